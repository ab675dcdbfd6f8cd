//! Subscriptions: which topics a profile follows.

use rusqlite::{Connection, params};

use crate::error::Error;
use crate::profile;

/// Subscribes the profile to the topic; doing it again changes nothing.
///
/// # Errors
/// [`Error::Invalid`] for a topic that is not 1 to 64 of `a-z 0-9 -`, [`Error::NotFound`] for an unknown profile,
/// [`Error::Database`].
pub fn add(connection: &Connection, profile_id: i64, topic: &str) -> Result<(), Error> {
    validate(topic)?;
    connection
        .prepare_cached("INSERT INTO subscriptions (profile_id, topic) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute(params![profile_id, topic])
        .map_err(|error| profile::unknown(error, profile_id))?;
    Ok(())
}

/// Ends the subscription of the profile to the topic.
///
/// # Errors
/// [`Error::NotFound`] where there is none, [`Error::Database`].
pub fn remove(connection: &Connection, profile_id: i64, topic: &str) -> Result<(), Error> {
    let removed = connection
        .prepare_cached("DELETE FROM subscriptions WHERE profile_id = ?1 AND topic = ?2")?
        .execute(params![profile_id, topic])?;
    if removed == 0 {
        return Err(Error::not_found("subscription to", topic));
    }
    Ok(())
}

/// The topics that the profile follows, sorted.
///
/// # Errors
/// [`Error::NotFound`] for an unknown profile, [`Error::Database`].
pub fn of_profile(connection: &Connection, profile_id: i64) -> Result<Vec<String>, Error> {
    profile::find(connection, profile_id)?;
    let mut statement =
        connection.prepare_cached("SELECT topic FROM subscriptions WHERE profile_id = ?1 ORDER BY topic")?;
    let topics = statement.query_map([profile_id], |row| row.get(0))?;
    Ok(topics.collect::<rusqlite::Result<_>>()?)
}

fn validate(topic: &str) -> Result<(), Error> {
    let valid = (1..=64).contains(&topic.len())
        && topic.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if valid { Ok(()) } else { Err(Error::Invalid(format!("a topic is 1 to 64 of a-z, 0-9 and -, not {topic:?}"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_a_short_slug() {
        assert!(validate("release-2").is_ok());
        assert!(validate(&"a".repeat(64)).is_ok());
        for topic in ["", "Release", "a b", "ä", &"a".repeat(65)] {
            assert!(validate(topic).is_err(), "{topic:?}");
        }
    }
}
