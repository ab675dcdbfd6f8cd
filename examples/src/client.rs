//! A typed client of the API. Knows the types of the domain and the form of a refusal, nothing else of the service.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api::Refusal;
use crate::breaker::State;
use crate::profile::{Profile, ProfileDetails};
use crate::seen::{self, Degraded, Seen};
use crate::workflow::{Workflow, WorkflowRequest};

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No usable answer came.
    #[error("no answer from the service")]
    Transport(#[from] reqwest::Error),
    /// The service refused.
    #[error("{status}: {message}")]
    Refused {
        /// The status of the answer.
        status: StatusCode,
        /// What the service said is wrong.
        message: String,
    },
}

impl ClientError {
    /// The status with which the service refused; none where no answer came.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Transport(_) => None,
            Self::Refused { status, .. } => Some(*status),
        }
    }
}

/// A client of one service; clones share its connections.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base: String,
}

/// What every call returns.
pub type Answer<T> = Result<T, ClientError>;

impl Client {
    /// A client of the service at that address.
    pub fn new(address: SocketAddr) -> Self {
        Self { http: reqwest::Client::new(), base: format!("http://{address}") }
    }

    /// Where the service is: `http://127.0.0.1:8080`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Whether the service and its database answer.
    ///
    /// # Errors
    /// As every call: [`ClientError`].
    pub async fn health(&self) -> Answer<()> {
        self.send(Method::GET, "/health", None::<&()>).await.map(drop)
    }

    /// Creates a profile.
    ///
    /// # Errors
    /// Refused with 422 where the details are invalid, 409 where the email address is taken.
    pub async fn create_profile(&self, details: &ProfileDetails) -> Answer<Profile> {
        self.call(Method::POST, "/profiles", Some(details)).await
    }

    /// Reads a profile, which may be one that was seen before an outage: [`look_up`](Self::look_up) tells.
    ///
    /// # Errors
    /// Refused with 404 where there is none.
    pub async fn profile(&self, id: i64) -> Answer<Profile> {
        Ok(self.look_up(id).await?.value)
    }

    /// Reads a profile, and whether it is known to be current.
    ///
    /// # Errors
    /// Refused with 404 where there is none.
    pub async fn look_up(&self, id: i64) -> Answer<Seen<Profile>> {
        self.see(&format!("/profiles/{id}")).await
    }

    /// Replaces the details of a profile.
    ///
    /// # Errors
    /// Refused with 422, 409 or 404 as when creating and reading one.
    pub async fn update_profile(&self, id: i64, details: &ProfileDetails) -> Answer<Profile> {
        self.call(Method::PUT, &format!("/profiles/{id}"), Some(details)).await
    }

    /// Takes a workflow through its stages; its status says how it ended.
    ///
    /// # Errors
    /// Refused with 422 where the title is invalid, 404 where there is no such profile.
    pub async fn start_workflow(&self, request: &WorkflowRequest) -> Answer<Workflow> {
        self.call(Method::POST, "/workflows", Some(request)).await
    }

    /// Reads a workflow.
    ///
    /// # Errors
    /// Refused with 404 where there is none.
    pub async fn workflow(&self, id: i64) -> Answer<Workflow> {
        self.call(Method::GET, &format!("/workflows/{id}"), None::<&()>).await
    }

    /// Subscribes a profile to a topic.
    ///
    /// # Errors
    /// Refused with 422 where the topic is invalid, 404 where there is no such profile.
    pub async fn subscribe(&self, profile_id: i64, topic: &str) -> Answer<()> {
        let path = format!("/profiles/{profile_id}/subscriptions/{topic}");
        self.send(Method::PUT, &path, None::<&()>).await.map(drop)
    }

    /// Ends a subscription.
    ///
    /// # Errors
    /// Refused with 404 where there is none.
    pub async fn unsubscribe(&self, profile_id: i64, topic: &str) -> Answer<()> {
        let path = format!("/profiles/{profile_id}/subscriptions/{topic}");
        self.send(Method::DELETE, &path, None::<&()>).await.map(drop)
    }

    /// The topics that a profile follows, sorted.
    ///
    /// # Errors
    /// Refused with 404 where there is no such profile.
    pub async fn subscriptions(&self, profile_id: i64) -> Answer<Vec<String>> {
        self.call(Method::GET, &format!("/profiles/{profile_id}/subscriptions"), None::<&()>).await
    }

    /// What a profile might follow, and whether all that is known was asked.
    ///
    /// # Errors
    /// Refused with 404 where there is no such profile.
    pub async fn suggestions(&self, profile_id: i64) -> Answer<Seen<Vec<String>>> {
        self.see(&format!("/profiles/{profile_id}/suggestions")).await
    }

    /// The state of every breaker of the service, by what it is in front of.
    ///
    /// # Errors
    /// As every call: [`ClientError`].
    pub async fn status(&self) -> Answer<BTreeMap<String, State>> {
        self.call(Method::GET, "/status", None::<&()>).await
    }

    async fn see<T: DeserializeOwned>(&self, path: &str) -> Answer<Seen<T>> {
        let response = self.send(Method::GET, path, None::<&()>).await?;
        let degraded = response.headers().get(seen::HEADER).map(|value| value.to_str().unwrap_or_default());
        let degraded = degraded.map(Degraded::of_header);
        Ok(Seen { value: response.json().await?, degraded })
    }

    async fn call<T: DeserializeOwned>(&self, method: Method, path: &str, body: Option<&impl Serialize>) -> Answer<T> {
        Ok(self.send(method, path, body).await?.json().await?)
    }

    async fn send(&self, method: Method, path: &str, body: Option<&impl Serialize>) -> Answer<reqwest::Response> {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let Refusal { error } = response.json().await?;
        Err(ClientError::Refused { status, message: error })
    }
}
