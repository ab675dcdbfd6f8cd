//! User profiles: what one holds, what is valid, and how it is stored.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// A stored profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Given by the service.
    pub id: i64,
    /// What the user wrote.
    #[serde(flatten)]
    pub details: ProfileDetails,
    /// 1 when created, one more with every update.
    pub revision: i64,
}

/// What a user writes into a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileDetails {
    /// The user's name, 1 to 100 characters.
    pub name: String,
    /// Where to reach the user; no two profiles share one.
    pub email: String,
    /// One line about the user, at most 200 characters.
    pub headline: String,
}

impl ProfileDetails {
    /// Whether the details may be stored.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the first rule that is broken.
    pub fn validate(&self) -> Result<(), Error> {
        let broken = if self.name.trim().is_empty() || self.name.chars().count() > 100 {
            "a name has 1 to 100 characters"
        } else if !self.email.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty()) {
            "an email address has the form name@domain"
        } else if self.headline.chars().count() > 200 {
            "a headline has at most 200 characters"
        } else {
            return Ok(());
        };
        Err(Error::Invalid(broken.to_owned()))
    }
}

/// Stores a new profile.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Conflict`] where the email address is taken, [`Error::Database`].
pub fn create(connection: &Connection, details: ProfileDetails) -> Result<Profile, Error> {
    details.validate()?;
    connection
        .prepare_cached("INSERT INTO profiles (name, email, headline, revision) VALUES (?1, ?2, ?3, 1)")?
        .execute(params![details.name, details.email, details.headline])
        .map_err(|error| taken(error, &details))?;
    Ok(Profile { id: connection.last_insert_rowid(), details, revision: 1 })
}

/// The profile of that id.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Database`].
pub fn find(connection: &Connection, id: i64) -> Result<Profile, Error> {
    connection
        .prepare_cached("SELECT id, name, email, headline, revision FROM profiles WHERE id = ?1")?
        .query_row([id], from_row)
        .optional()?
        .ok_or_else(|| Error::not_found("profile", id))
}

/// Replaces the details of the profile of that id.
///
/// # Errors
/// [`Error::Invalid`], [`Error::NotFound`], [`Error::Conflict`] where the email address is another's,
/// [`Error::Database`].
pub fn update(connection: &Connection, id: i64, details: ProfileDetails) -> Result<Profile, Error> {
    details.validate()?;
    connection
        .prepare_cached(
            "UPDATE profiles SET name = ?2, email = ?3, headline = ?4, revision = revision + 1 WHERE id = ?1
             RETURNING id, name, email, headline, revision",
        )?
        .query_row(params![id, details.name, details.email, details.headline], from_row)
        .optional()
        .map_err(|error| taken(error, &details))?
        .ok_or_else(|| Error::not_found("profile", id))
}

/// What a write that refers to a profile failed with: that the profile is unknown, where that was the reason.
pub(crate) fn unknown(error: rusqlite::Error, id: i64) -> Error {
    match Error::broken_constraint(&error) {
        Some(rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY) => Error::not_found("profile", id),
        _ => error.into(),
    }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Profile> {
    let details = ProfileDetails { name: row.get(1)?, email: row.get(2)?, headline: row.get(3)? };
    Ok(Profile { id: row.get(0)?, details, revision: row.get(4)? })
}

fn taken(error: rusqlite::Error, details: &ProfileDetails) -> Error {
    match Error::broken_constraint(&error) {
        Some(rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE) => {
            Error::Conflict(format!("the email address {} is taken", details.email))
        }
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details() -> ProfileDetails {
        ProfileDetails { name: "Ada".into(), email: "ada@example.org".into(), headline: String::new() }
    }

    #[test]
    fn rules_hold_at_their_edges() {
        assert!(details().validate().is_ok());
        assert!(ProfileDetails { name: "x".repeat(100), ..details() }.validate().is_ok());
        assert!(ProfileDetails { name: "x".repeat(101), ..details() }.validate().is_err());
        assert!(ProfileDetails { name: "  ".into(), ..details() }.validate().is_err());
        assert!(ProfileDetails { headline: "ü".repeat(200), ..details() }.validate().is_ok());
        assert!(ProfileDetails { headline: "ü".repeat(201), ..details() }.validate().is_err());
        for email in ["", "ada", "@example.org", "ada@"] {
            assert!(ProfileDetails { email: email.into(), ..details() }.validate().is_err(), "{email:?}");
        }
    }
}
