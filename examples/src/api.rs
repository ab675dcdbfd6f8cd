//! The HTTP API: paths, bodies and status codes. Decides nothing about the domain.

use std::collections::BTreeMap;

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRef, FromRequest, Path, Request, State};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use crate::breaker;
use crate::error::Error;
use crate::last_known::LastKnown;
use crate::partner::Partner;
use crate::profile::{self, Profile, ProfileDetails};
use crate::seen::{self, Seen};
use crate::store::Store;
use crate::subscription;
use crate::suggestion;
use crate::workflow::{self, Workflow, WorkflowRequest};

/// What the answers come from.
#[derive(Clone)]
struct Sources {
    store: Store,
    last_known: LastKnown,
    partner: Option<Partner>,
}

impl FromRef<Sources> for Store {
    fn from_ref(sources: &Sources) -> Self {
        Self::clone(&sources.store)
    }
}

/// All routes over that store, and the partner where there is one.
pub(crate) fn router(store: Store, partner: Option<Partner>) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/status", get(status))
        .route("/topics", get(popular_topics))
        .route("/profiles", post(create_profile))
        .route("/profiles/{id}", get(read_profile).put(update_profile))
        .route("/profiles/{id}/subscriptions", get(list_subscriptions))
        .route("/profiles/{id}/subscriptions/{topic}", put(subscribe).delete(unsubscribe))
        .route("/profiles/{id}/suggestions", get(suggest))
        .route("/workflows", post(start_workflow))
        .route("/workflows/{id}", get(read_workflow))
        .with_state(Sources { store, last_known: LastKnown::new(), partner })
}

type Answer<T> = Result<T, Error>;

async fn health(State(store): State<Store>) -> Answer<StatusCode> {
    store.ping().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The breakers, by what they are in front of.
async fn status(State(sources): State<Sources>) -> Json<BTreeMap<&'static str, breaker::State>> {
    let partner = sources.partner.map(|partner| ("partner", partner.state()));
    Json(sources.store.breakers().into_iter().chain(partner).collect())
}

async fn create_profile(
    State(sources): State<Sources>,
    Body(details): Body<ProfileDetails>,
) -> Answer<(StatusCode, Json<Profile>)> {
    let created = profile::create(&sources.store, details).await?;
    Ok((StatusCode::CREATED, Json(sources.last_known.remember(created))))
}

async fn read_profile(State(sources): State<Sources>, Path(id): Path<i64>) -> Answer<Response> {
    Ok(seen(sources.last_known.find(&sources.store, id).await?))
}

async fn update_profile(
    State(sources): State<Sources>,
    Path(id): Path<i64>,
    Body(details): Body<ProfileDetails>,
) -> Answer<Json<Profile>> {
    let updated = profile::update(&sources.store, id, details).await?;
    Ok(Json(sources.last_known.remember(updated)))
}

async fn popular_topics(State(store): State<Store>) -> Answer<Json<Vec<String>>> {
    Ok(Json(suggestion::popular(&store).await?))
}

async fn suggest(State(sources): State<Sources>, Path(id): Path<i64>) -> Answer<Response> {
    Ok(seen(suggestion::for_profile(&sources.store, sources.partner.as_ref(), id).await?))
}

/// A body, with the header that says so where it is less than it should be.
fn seen<T: Serialize>(seen: Seen<T>) -> Response {
    let mut response = Json(seen.value).into_response();
    if let Some(degraded) = seen.degraded {
        response.headers_mut().insert(seen::HEADER, HeaderValue::from_static(degraded.header()));
    }
    response
}

async fn list_subscriptions(State(store): State<Store>, Path(id): Path<i64>) -> Answer<Json<Vec<String>>> {
    Ok(Json(subscription::of_profile(&store, id).await?))
}

async fn subscribe(State(store): State<Store>, Path((id, topic)): Path<(i64, String)>) -> Answer<StatusCode> {
    subscription::add(&store, id, topic).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn unsubscribe(State(store): State<Store>, Path((id, topic)): Path<(i64, String)>) -> Answer<StatusCode> {
    subscription::remove(&store, id, topic).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn start_workflow(
    State(store): State<Store>,
    Body(request): Body<WorkflowRequest>,
) -> Answer<(StatusCode, Json<Workflow>)> {
    Ok((StatusCode::CREATED, Json(workflow::start(&store, request).await?)))
}

async fn read_workflow(State(store): State<Store>, Path(id): Path<i64>) -> Answer<Json<Workflow>> {
    Ok(Json(store.workflow(id).await?))
}

/// A JSON body whose mistakes are answered like every other refusal.
struct Body<T>(T);

impl<S: Send + Sync, T: serde::de::DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        match Json::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(rejection) => Err(malformed(&rejection)),
        }
    }
}

fn malformed(rejection: &JsonRejection) -> Response {
    refusal(rejection.status(), rejection.body_text())
}

/// The body of every refusal.
#[derive(Serialize, Deserialize)]
pub(crate) struct Refusal {
    /// What is wrong with the request, or what went wrong with the service.
    pub(crate) error: String,
}

fn refusal(status: StatusCode, error: String) -> Response {
    (status, Json(Refusal { error })).into_response()
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Timeout { .. } => StatusCode::GATEWAY_TIMEOUT,
            Self::Database(_) | Self::Ended(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        refusal(status, self.to_string())
    }
}
