//! Panics of bodies and hooks are data: caught, with message and place, and not printed.

use crate::failure::Failed;
use crate::record::Repeated;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, Once, PoisonError};

/// Panics outside of watched code, by the test on whose threads they happened.
static STRAYS: Mutex<BTreeMap<u64, Repeated>> = Mutex::new(BTreeMap::new());

thread_local! {
    /// The test that this thread works for; 0: none.
    static OWNER: Cell<u64> = const { Cell::new(0) };
    static WATCHED: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Drops what is the user's. A panic of it is counted for the test on whose threads it happens, and printed, as one of a
/// task that nobody awaits.
pub(super) fn contained(run: impl FnOnce()) {
    let outer = WATCHED.replace(false);
    let _ = catch_unwind(AssertUnwindSafe(run));
    WATCHED.set(outer);
}

/// Runs user code; a panic becomes a failure of kind "panic". Its state may be broken by the panic, as it may be by an
/// error: that is the user's to know.
#[inline]
pub(super) fn catch<T>(run: impl FnOnce() -> T) -> Result<T, Failed> {
    let outer = WATCHED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(run));
    WATCHED.set(outer);
    result.map_err(|payload| failed(&*payload))
}

#[cold]
fn failed(payload: &(dyn Any + Send)) -> Failed {
    let message = message(payload);
    if message.contains("Tokio") && message.contains("IO is disabled") {
        return Failed::new(
            Failed::PANIC,
            "a socket was opened in virtual time, where there are none: leave out `virtual_time`, or put something \
             that works on timers and channels in the socket's place",
        );
    }
    match PLACE.take() {
        Some(place) => Failed::new(Failed::PANIC, format_args!("{message} ({place})")),
        None => Failed::new(Failed::PANIC, message),
    }
}

/// The threads of one test's runtime. Panics on them that nobody catches for a body or a hook are counted for the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner(u64);

impl Owner {
    pub(super) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// This thread works for the test from now on.
    pub(super) fn own_thread(self) {
        OWNER.set(self.0);
    }

    /// That of this thread.
    pub(super) fn of_this_thread() -> Self {
        Self(OWNER.get())
    }

    /// This thread works for no test any more.
    pub(super) fn leave_thread() {
        OWNER.set(0);
    }

    /// The panics since they were last taken.
    pub(super) fn take_strays(self) -> Repeated {
        STRAYS.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0).unwrap_or_default()
    }
}

/// Counts a panic of a thread that works for a test.
fn count_stray(info: &PanicHookInfo<'_>) {
    let owner = OWNER.try_with(Cell::get).unwrap_or(0);
    if owner == 0 {
        return;
    }
    let message = message(info.payload());
    let text = info.location().map_or_else(|| message.to_owned(), |place| format!("{message} ({place})"));
    STRAYS.lock().unwrap_or_else(PoisonError::into_inner).entry(owner).or_default().add(1, &text);
}

/// What was panicked with.
pub(super) fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without a message")
}

/// Wraps the process's panic hook once: panics of watched code are noted, all others go on to the hook there was.
pub(super) fn install_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
            if WATCHED.get() {
                PLACE.set(info.location().map(|place| format!("{}:{}", place.file(), place.line())));
            } else {
                count_stray(info);
                before(info);
            }
        }));
    });
}
