//! Profiles in SQLite.

use rusqlite::{Connection, OptionalExtension, Row, ffi, params};

use super::broken_constraint;
use crate::error::Error;
use crate::profile::{Profile, ProfileDetails};

pub(super) fn insert(connection: &Connection, details: ProfileDetails) -> Result<Profile, Error> {
    connection
        .prepare_cached("INSERT INTO profiles (name, email, headline, revision) VALUES (?1, ?2, ?3, 1)")?
        .execute(params![details.name, details.email, details.headline])
        .map_err(|error| taken(error, &details))?;
    Ok(Profile { id: connection.last_insert_rowid(), details, revision: 1 })
}

pub(super) fn find(connection: &Connection, id: i64) -> Result<Profile, Error> {
    connection
        .prepare_cached("SELECT id, name, email, headline, revision FROM profiles WHERE id = ?1")?
        .query_row([id], from_row)
        .optional()?
        .ok_or_else(|| Error::not_found("profile", id))
}

pub(super) fn update(connection: &Connection, id: i64, details: &ProfileDetails) -> Result<Profile, Error> {
    connection
        .prepare_cached(
            "UPDATE profiles SET name = ?2, email = ?3, headline = ?4, revision = revision + 1 WHERE id = ?1
             RETURNING id, name, email, headline, revision",
        )?
        .query_row(params![id, details.name, details.email, details.headline], from_row)
        .optional()
        .map_err(|error| taken(error, details))?
        .ok_or_else(|| Error::not_found("profile", id))
}

/// What a write that refers to a profile failed with: that the profile is unknown, where that was the reason.
pub(super) fn unknown(error: rusqlite::Error, id: i64) -> Error {
    match broken_constraint(&error) {
        Some(ffi::SQLITE_CONSTRAINT_FOREIGNKEY) => Error::not_found("profile", id),
        _ => error.into(),
    }
}

fn taken(error: rusqlite::Error, details: &ProfileDetails) -> Error {
    match broken_constraint(&error) {
        Some(ffi::SQLITE_CONSTRAINT_UNIQUE) => Error::taken(&details.email),
        _ => error.into(),
    }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Profile> {
    let details = ProfileDetails { name: row.get(1)?, email: row.get(2)?, headline: row.get(3)? };
    Ok(Profile { id: row.get(0)?, details, revision: row.get(4)? })
}
