//! SCRAM verifiers (RFC 5802 and 5803): what a server stores to check a password without storing the password.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::io;

/// The verifier of a random password. It has one iteration, while a server would take 4,096 to make guessing expensive:
/// 128 random bits cannot be guessed, and a client in a debug build needs a tenth of a second of CPU for 4,096
/// iterations at every connection.
pub(super) fn scram_verifier(password: &str, salt: &str) -> io::Result<String> {
    let salted = hmac_sha256(password.as_bytes(), &[salt.as_bytes(), &1_u32.to_be_bytes()].concat())?;
    let (client, server) = (hmac_sha256(&salted, b"Client Key")?, hmac_sha256(&salted, b"Server Key")?);
    let [salt, stored, server] = [salt.as_bytes(), &Sha256::digest(client), &server].map(|part| STANDARD.encode(part));
    Ok(format!("SCRAM-SHA-256$1:{salt}${stored}:{server}"))
}

fn hmac_sha256(key: &[u8], message: &[u8]) -> io::Result<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(io::Error::other)?;
    mac.update(message);
    Ok(mac.finalize().into_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn the_authentication_code_is_the_standards() {
        let code = hmac_sha256(b"Jefe", b"what do ya want for nothing?").unwrap();
        assert_eq!(&code[..8], [0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e]);
    }

    #[test]
    fn it_depends_on_the_password_and_the_salt() {
        let of = |password, salt| scram_verifier(password, salt).unwrap();
        assert_eq!(of("a", "s"), of("a", "s"));
        assert!(of("a", "s") != of("b", "s") && of("a", "s") != of("a", "t"));
        assert!(of("a", "s").starts_with("SCRAM-SHA-256$1:cw==$"), "{}", of("a", "s"));
    }
}
