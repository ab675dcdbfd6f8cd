//! Agents: each takes a request and answers after some work, alone, one after the other, or beside one another.

mod orchestrate;
mod secured;
mod worker;

pub use orchestrate::{parallel, sequence};
pub use secured::{Key, Secured};
pub use worker::Worker;

use std::future::Future;

/// What an agent is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub caller: String,
    /// What they ask.
    pub prompt: String,
    /// Proof of who asks, which only a [`Secured`] agent wants: see [`Key::sign`].
    pub signature: Option<Vec<u8>>,
}

/// What it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Who answers.
    pub agent: String,
    /// The answer.
    pub text: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// The request makes no sense as it is.
    #[error("{0}")]
    Invalid(String),
    /// The caller is not who they say, or may not ask.
    #[error("{0}")]
    Refused(String),
    /// An agent ended without an answer: it panicked.
    #[error("an agent ended early: {0}")]
    Ended(#[from] tokio::task::JoinError),
}

/// Takes requests.
pub trait Agent: Send + Sync {
    /// Answers a request.
    fn invoke(&self, request: &Request) -> impl Future<Output = Result<Answer, AgentError>> + Send;
}

impl Request {
    /// A request without proof of who asks.
    pub fn new(caller: impl Into<String>, prompt: impl Into<String>) -> Self {
        Self { caller: caller.into(), prompt: prompt.into(), signature: None }
    }
}
