//! The suite of a stateful service, applied to one that lives in memory.

use brunt::User;
use brunt_suites::StatefulService;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Keys on a shelf.
struct Shelf(Mutex<BTreeSet<u64>>);

impl Shelf {
    fn keys(&self) -> MutexGuard<'_, BTreeSet<u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StatefulService for Shelf {
    async fn open() -> brunt::Result<Self> {
        Ok(Self(Mutex::new((0..1_000).collect())))
    }

    async fn read(&self, key: u64) -> brunt::Result {
        if !self.keys().contains(&key) {
            brunt::fail!("missing", "there is no {key} on the shelf");
        }
        Ok(())
    }

    async fn write(&self, key: u64) -> brunt::Result {
        self.keys().insert(key);
        Ok(())
    }

    async fn contains(&self, key: u64) -> brunt::Result<bool> {
        Ok(self.keys().contains(&key))
    }

    async fn workflow(&self, user: &User) -> brunt::Result {
        let key = 1_000 + user.unique_id();
        user.step("write", self.write(key)).await?;
        // A workflow in memory takes no time worth comparing; this one waits as a database would.
        user.step("work", async {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            Ok::<_, brunt::Failed>(())
        })
        .await?;
        user.step("read", self.read(key)).await
    }
}

brunt_suites::stateful_service!(Shelf);

/// A shelf that forgets: the suite must notice.
mod forgetful {
    use super::*;

    struct Forgetful(Shelf);

    impl StatefulService for Forgetful {
        async fn open() -> brunt::Result<Self> {
            Ok(Self(Shelf::open().await?))
        }

        async fn read(&self, key: u64) -> brunt::Result {
            self.0.read(key).await
        }

        async fn write(&self, key: u64) -> brunt::Result {
            if !key.is_multiple_of(7) { self.0.write(key).await } else { Ok(()) }
        }

        async fn contains(&self, key: u64) -> brunt::Result<bool> {
            self.0.contains(key).await
        }

        async fn workflow(&self, user: &User) -> brunt::Result {
            self.0.workflow(user).await
        }
    }

    #[test]
    fn a_lost_write_is_found() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let opened = brunt_suites::stateful::Opened::<Forgetful>::open().await.expect("opens");
            for key in 1_000..1_014 {
                opened.write_key(key).await.expect("is acknowledged");
            }
            let failed = opened.verify().await.expect_err("two writes are lost");
            assert_eq!(failed.kind(), "lost write");
            assert!(failed.message().starts_with("2 of 14 "), "{failed}");
        });
    }
}
