//! Profiles in PostgreSQL.

use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;

use super::connector::Connection;
use crate::error::Error;
use crate::profile::{Profile, ProfileDetails};

pub(super) async fn insert(connection: &Connection, details: ProfileDetails) -> Result<Profile, Error> {
    let rows = connection
        .query_typed(
            "INSERT INTO profiles (name, email, headline, revision) VALUES ($1, $2, $3, 1)
             RETURNING id, name, email, headline, revision",
            &[(&details.name, Type::TEXT), (&details.email, Type::TEXT), (&details.headline, Type::TEXT)],
        )
        .await
        .map_err(|error| taken(error, &details))?;
    from_row(&rows[0])
}

pub(super) async fn find(connection: &Connection, id: i64) -> Result<Profile, Error> {
    let rows = connection
        .query_typed("SELECT id, name, email, headline, revision FROM profiles WHERE id = $1", &[(&id, Type::INT8)])
        .await?;
    from_row(rows.first().ok_or_else(|| Error::not_found("profile", id))?)
}

pub(super) async fn update(connection: &Connection, id: i64, details: &ProfileDetails) -> Result<Profile, Error> {
    let rows = connection
        .query_typed(
            "UPDATE profiles SET name = $2, email = $3, headline = $4, revision = revision + 1 WHERE id = $1
             RETURNING id, name, email, headline, revision",
            &[
                (&id, Type::INT8),
                (&details.name, Type::TEXT),
                (&details.email, Type::TEXT),
                (&details.headline, Type::TEXT),
            ],
        )
        .await
        .map_err(|error| taken(error, details))?;
    from_row(rows.first().ok_or_else(|| Error::not_found("profile", id))?)
}

/// What a write that refers to a profile failed with: that the profile is unknown, where that was the reason.
pub(super) fn unknown(error: tokio_postgres::Error, id: i64) -> Error {
    match error.code() {
        Some(&SqlState::FOREIGN_KEY_VIOLATION) => Error::not_found("profile", id),
        _ => error.into(),
    }
}

fn taken(error: tokio_postgres::Error, details: &ProfileDetails) -> Error {
    match error.code() {
        Some(&SqlState::UNIQUE_VIOLATION) => Error::taken(&details.email),
        _ => error.into(),
    }
}

fn from_row(row: &Row) -> Result<Profile, Error> {
    let details = ProfileDetails { name: row.try_get(1)?, email: row.try_get(2)?, headline: row.try_get(3)? };
    Ok(Profile { id: row.try_get(0)?, details, revision: row.try_get(4)? })
}
