//! User profiles: what one holds and what is valid. Knows no SQL.

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::store::Store;

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
/// [`Error::Invalid`], [`Error::Conflict`] where the email address is taken, and what befalls the store.
pub async fn create(store: &Store, details: ProfileDetails) -> Result<Profile, Error> {
    details.validate()?;
    store.insert_profile(details).await
}

/// The profile of that id.
///
/// # Errors
/// [`Error::NotFound`], and what befalls the store.
pub async fn find(store: &Store, id: i64) -> Result<Profile, Error> {
    store.profile(id).await
}

/// Replaces the details of the profile of that id.
///
/// # Errors
/// [`Error::Invalid`], [`Error::NotFound`], [`Error::Conflict`] where the email address is another's, and what befalls
/// the store.
pub async fn update(store: &Store, id: i64, details: ProfileDetails) -> Result<Profile, Error> {
    details.validate()?;
    store.update_profile(id, details).await
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
