//! A system whose capacity is known, and bodies that use it, for the tests of those who drive the engine.

use super::User;
use super::rt::made::{Fixture, LocalFuture, LocalState, Made, SendFuture, SendMade};
use super::spec::{Setup, Spec, TargetText, TestBody};
use super::user::body::Body;
use crate::Failed;
use brunt_plan::Kind;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::Semaphore;

type Done<'a> = LocalFuture<'a, Result<(), Failed>>;
pub(crate) type Iterate = for<'a> fn(&'a User, &'a Fixture, &'a mut LocalState) -> Done<'a>;

/// Serves eight at a time, 10 ms each: 800 a second.
#[derive(Debug)]
struct Server {
    seats: Semaphore,
    served: AtomicU64,
}

fn make_server(_: usize) -> SendMade<'static, Box<Fixture>> {
    let (seats, served) = (Semaphore::new(8), AtomicU64::new(0));
    Made::Ready(Ok(Box::new(Server { seats, served }) as Box<Fixture>))
}

/// Waits for a seat.
pub(crate) fn serve<'a>(_: &'a User, fixture: &'a Fixture, _: &'a mut LocalState) -> Done<'a> {
    Box::pin(async {
        let server = fixture.downcast_ref::<Server>().ok_or("no server")?;
        let _seat = server.seats.acquire().await?;
        tokio::time::sleep(Duration::from_millis(10)).await;
        server.served.fetch_add(1, Relaxed);
        Ok(())
    })
}

/// Sheds what it has no seat for.
pub(crate) fn shed<'a>(_: &'a User, fixture: &'a Fixture, _: &'a mut LocalState) -> Done<'a> {
    Box::pin(async {
        let server = fixture.downcast_ref::<Server>().ok_or("no server")?;
        let _seat = server.seats.try_acquire().map_err(|_| Failed::new("shed", "no seat"))?;
        tokio::time::sleep(Duration::from_millis(10)).await;
        Ok(())
    })
}

/// Ten seconds for everybody, however many they are.
pub(crate) fn wait<'a>(_: &'a User, _: &'a Fixture, _: &'a mut LocalState) -> Done<'a> {
    Box::pin(async {
        tokio::time::sleep(Duration::from_secs(10)).await;
        Ok(())
    })
}

/// Goes on after a tenth of a second, and leaves behind a step that takes longer than any level.
pub(crate) fn leave_behind<'a>(user: &'a User, _: &'a Fixture, _: &'a mut LocalState) -> Done<'a> {
    Box::pin(async {
        let steps = user.steps();
        tokio::spawn(async move {
            let late = async {
                tokio::time::sleep(Duration::from_secs(200)).await;
                Ok::<_, Failed>(())
            };
            steps.step("late", late).await
        });
        tokio::time::sleep(Duration::from_millis(100)).await;
        Ok(())
    })
}

/// One server has served them all, not one for each load.
pub(crate) fn served_by_one<'a>(fixture: &'a Fixture, _: &'a super::Counted) -> SendMade<'a, ()> {
    let served = fixture.downcast_ref::<Server>().map_or(0, |server| server.served.load(Relaxed));
    let enough = if served > 30_000 { Ok(()) } else { Err(Failed::new("fixture", format_args!("served {served}"))) };
    Made::<(), SendFuture<'_, Result<(), Failed>>>::Ready(enough)
}

/// A stress test of the server.
pub(crate) fn stress(iterate: Iterate, options: &'static str, targets: &'static [TargetText]) -> Spec {
    Spec {
        kind: Kind::Stress,
        module: "brunt::tests",
        function: "test",
        package: "brunt",
        manifest_dir: "",
        target: super::spec::CargoTarget::default(),
        file: file!(),
        line: 0,
        options,
        targets,
        ignore: None,
        batch: None,
        body: TestBody::Users(Body::Local { iterate, user_setup: None, user_teardown: None }),
        setup: Some(Setup { make: make_server, shared: None }),
        teardown: None,
        verify: None,
        sample: None,
    }
}
