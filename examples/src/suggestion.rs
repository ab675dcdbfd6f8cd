//! Suggestions: popular topics that a profile does not follow yet.

use crate::error::Error;
use crate::partner::Partner;
use crate::seen::{Degraded, Seen};
use crate::store::Store;
use crate::subscription;

/// How many topics a service calls popular.
const POPULAR: u32 = 10;

/// The topics that are popular here.
pub(crate) async fn popular(store: &Store) -> Result<Vec<String>, Error> {
    store.popular_topics(POPULAR).await
}

/// What the profile might follow: what is popular here and, with a partner, there. While the partner is out of order
/// the answer is partial.
///
/// # Errors
/// [`Error::NotFound`] for an unknown profile, and what befalls the store.
pub(crate) async fn for_profile(
    store: &Store,
    partner: Option<&Partner>,
    profile_id: i64,
) -> Result<Seen<Vec<String>>, Error> {
    let followed = subscription::of_profile(store, profile_id).await?;
    let mut topics = popular(store).await?;
    let degraded = match partner {
        None => None,
        Some(partner) => match partner.topics().await {
            Ok(theirs) => {
                topics.extend(theirs);
                None
            }
            Err(_) => Some(Degraded::Partial),
        },
    };
    topics.sort();
    topics.dedup();
    topics.retain(|topic| !followed.contains(topic));
    Ok(Seen { value: topics, degraded })
}
