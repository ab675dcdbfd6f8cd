//! The HTTP API: paths, bodies and status codes. Decides nothing about the domain.

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::profile::{self, Profile, ProfileDetails};
use crate::store::Store;
use crate::subscription;
use crate::workflow::{self, Workflow, WorkflowRequest};

/// All routes over that database.
pub(crate) fn router(store: Store) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/profiles", post(create_profile))
        .route("/profiles/{id}", get(read_profile).put(update_profile))
        .route("/profiles/{id}/subscriptions", get(list_subscriptions))
        .route("/profiles/{id}/subscriptions/{topic}", put(subscribe).delete(unsubscribe))
        .route("/workflows", post(start_workflow))
        .route("/workflows/{id}", get(read_workflow))
        .with_state(store)
}

type Answer<T> = Result<T, Error>;

async fn health(State(store): State<Store>) -> Answer<StatusCode> {
    store.ping().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn create_profile(
    State(store): State<Store>,
    Body(details): Body<ProfileDetails>,
) -> Answer<(StatusCode, Json<Profile>)> {
    Ok((StatusCode::CREATED, Json(profile::create(&store, details).await?)))
}

async fn read_profile(State(store): State<Store>, Path(id): Path<i64>) -> Answer<Json<Profile>> {
    Ok(Json(profile::find(&store, id).await?))
}

async fn update_profile(
    State(store): State<Store>,
    Path(id): Path<i64>,
    Body(details): Body<ProfileDetails>,
) -> Answer<Json<Profile>> {
    Ok(Json(profile::update(&store, id, details).await?))
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
