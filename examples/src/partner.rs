//! Another service of this kind, whose popular topics are suggested here: asked through a circuit breaker, so that a
//! partner that is down costs nobody's time. Knows one path of its API.

use std::time::Duration;

use crate::breaker::{self, Breaker, State};
use crate::error::Error;

/// How long the partner may take to answer.
const LIMIT: Duration = Duration::from_millis(500);

/// A partner is tried again soon: asking it costs little, and only suggestions wait for it.
const BREAKER: breaker::Settings = breaker::Settings { failures: 5, reset: Duration::from_secs(2), successes: 2 };

/// A partner service; clones share its connections and its breaker.
#[derive(Clone, Debug)]
pub struct Partner {
    http: reqwest::Client,
    topics: String,
    breaker: Breaker,
}

impl Partner {
    /// The service at that base: `http://127.0.0.1:8080`.
    pub fn new(base: &str) -> Self {
        Self { http: reqwest::Client::new(), topics: format!("{base}/topics"), breaker: Breaker::new(BREAKER) }
    }

    /// The topics that are popular there.
    pub(crate) async fn topics(&self) -> Result<Vec<String>, Error> {
        let ask = async { self.http.get(&self.topics).timeout(LIMIT).send().await?.error_for_status()?.json().await };
        self.breaker.call(ask).await.map_err(|failure| match failure {
            breaker::CallError::Failed(late) if late.is_timeout() => Error::Timeout { what: "partner", limit: LIMIT },
            other => Error::Unavailable { what: "partner", why: other.to_string() },
        })
    }

    /// Whether the partner is asked at present.
    pub(crate) fn state(&self) -> State {
        self.breaker.state()
    }
}
