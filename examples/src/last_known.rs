//! The profiles that were seen last: what reads answer while the store cannot be used. Knows neither which store it is
//! nor how a degraded answer is shown.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use crate::error::Error;
use crate::profile::{self, Profile};
use crate::seen::{Degraded, Seen};
use crate::store::Store;

/// How many profiles are remembered: a few megabytes.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// The profiles that were seen last; clones share them.
#[derive(Clone)]
pub(crate) struct LastKnown {
    profiles: Arc<Mutex<LruCache<i64, Profile>>>,
}

impl LastKnown {
    pub(crate) fn new() -> Self {
        Self { profiles: Arc::new(Mutex::new(LruCache::new(REMEMBERED))) }
    }

    /// The profile of that id, as it is or, in an outage of the store, as it was seen last.
    ///
    /// # Errors
    /// Those of the store, where it says that there is none, or is out and the profile was never seen.
    pub(crate) async fn find(&self, store: &Store, id: i64) -> Result<Seen<Profile>, Error> {
        match profile::find(store, id).await {
            Ok(profile) => Ok(Seen::whole(self.remember(profile))),
            Err(outage) if outage.is_outage() => {
                let known = self.profiles().get(&id).cloned();
                known.map(|value| Seen { value, degraded: Some(Degraded::LastKnown) }).ok_or(outage)
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// Remembers the profile unless a later revision is known: one store may answer with an older state than another.
    pub(crate) fn remember(&self, profile: Profile) -> Profile {
        let mut profiles = self.profiles();
        if profiles.peek(&profile.id).is_none_or(|known| known.revision <= profile.revision) {
            profiles.put(profile.id, profile.clone());
        }
        profile
    }

    fn profiles(&self) -> MutexGuard<'_, LruCache<i64, Profile>> {
        self.profiles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
