//! An agent that answers only whom it knows: requests carry a signature by HMAC-SHA-256 (RFC 2104), callers a grant.

use super::{Agent, AgentError, Answer, Request};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::BTreeSet;

/// A secret that a caller and an agent share.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

/// An agent behind a check of who asks.
pub struct Secured<A> {
    agent: A,
    key: Key,
    granted: BTreeSet<String>,
}

impl Key {
    /// The key with these bytes: of any number, 32 random ones are best.
    ///
    /// # Errors
    /// None: HMAC takes keys of every length. The type is the library's.
    pub fn new(secret: &[u8]) -> Result<Self, AgentError> {
        let wrong = |error| AgentError::Invalid(format!("the key: {error}"));
        Ok(Self(Hmac::new_from_slice(secret).map_err(wrong)?))
    }

    /// The request with its signature.
    pub fn sign(&self, request: Request) -> Request {
        let signature = self.digest(&request).finalize().into_bytes().to_vec();
        Request { signature: Some(signature), ..request }
    }

    /// The name's length goes first, so that no part of a prompt can pass for a part of the name.
    fn digest(&self, request: &Request) -> Hmac<Sha256> {
        let mut digest = self.0.clone();
        digest.update(&(request.caller.len() as u64).to_be_bytes());
        digest.update(request.caller.as_bytes());
        digest.update(request.prompt.as_bytes());
        digest
    }
}

impl<A: Agent> Secured<A> {
    /// An agent that answers these callers.
    pub fn new(agent: A, key: Key, granted: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { agent, key, granted: granted.into_iter().map(Into::into).collect() }
    }

    fn check(&self, request: &Request) -> Result<(), AgentError> {
        let refused = |why: &str| AgentError::Refused(format!("{:?} {why}", request.caller));
        let signature = request.signature.as_deref().ok_or_else(|| refused("did not sign the request"))?;
        // Compares in constant time.
        let verified = self.key.digest(request).verify_slice(signature);
        verified.map_err(|_| refused("did not sign this request with the key"))?;
        if self.granted.contains(&request.caller) { Ok(()) } else { Err(refused("may not ask this agent")) }
    }
}

impl<A: Agent> Agent for Secured<A> {
    async fn invoke(&self, request: &Request) -> Result<Answer, AgentError> {
        self.check(request)?;
        self.agent.invoke(request).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::Worker;

    fn key() -> Key {
        Key::new(b"a secret of the tests").unwrap()
    }

    fn secured() -> Secured<Worker> {
        Secured::new(Worker::fast(), key(), ["ada"])
    }

    async fn refusal(request: Request) -> String {
        secured().invoke(&request).await.unwrap_err().to_string()
    }

    /// Test case 2 of RFC 4231.
    #[test]
    fn the_digest_is_that_of_the_standard() {
        let mut digest = Key::new(b"Jefe").unwrap().0;
        digest.update(b"what do ya want for nothing?");
        let hex: String = digest.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[tokio::test(start_paused = true)]
    async fn who_signs_and_is_granted_is_answered() {
        let signed = key().sign(Request::new("ada", "plain words"));
        assert_eq!(secured().invoke(&signed).await.unwrap().text, "2 words, most often plain (1)");
    }

    #[tokio::test]
    async fn anybody_else_is_refused_and_told_why() {
        let ada = || Request::new("ada", "words");
        assert_eq!(refusal(ada()).await, r#""ada" did not sign the request"#);
        let other = Key::new(b"another").unwrap().sign(ada());
        assert_eq!(refusal(other).await, r#""ada" did not sign this request with the key"#);
        let changed = Request { prompt: "other words".to_owned(), ..key().sign(ada()) };
        assert_eq!(refusal(changed).await, r#""ada" did not sign this request with the key"#);
        let shifted = Request { caller: "adaw".to_owned(), prompt: "ords".to_owned(), ..key().sign(ada()) };
        assert_eq!(refusal(shifted).await, r#""adaw" did not sign this request with the key"#);
        let stranger = key().sign(Request::new("bob", "words"));
        assert_eq!(refusal(stranger).await, r#""bob" may not ask this agent"#);
    }
}
