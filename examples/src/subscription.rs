//! Subscriptions: which topics a profile follows. Knows no SQL.

use crate::error::Error;
use crate::store::Store;

/// Subscribes the profile to the topic; doing it again changes nothing.
///
/// # Errors
/// [`Error::Invalid`] for a topic that is not 1 to 64 of `a-z 0-9 -`, [`Error::NotFound`] for an unknown profile, and
/// what befalls the store.
pub async fn add(store: &Store, profile_id: i64, topic: String) -> Result<(), Error> {
    validate(&topic)?;
    store.subscribe(profile_id, topic).await
}

/// Ends the subscription of the profile to the topic.
///
/// # Errors
/// [`Error::NotFound`] where there is none, and what befalls the store.
pub async fn remove(store: &Store, profile_id: i64, topic: String) -> Result<(), Error> {
    store.unsubscribe(profile_id, topic).await
}

/// The topics that the profile follows, sorted.
///
/// # Errors
/// [`Error::NotFound`] for an unknown profile, and what befalls the store.
pub async fn of_profile(store: &Store, profile_id: i64) -> Result<Vec<String>, Error> {
    store.subscriptions(profile_id).await
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
