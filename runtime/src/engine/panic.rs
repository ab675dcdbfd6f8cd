//! Panics of bodies and hooks are data: caught, with message and place, and not printed.

use crate::failure::Failed;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static WATCHED: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
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
                before(info);
            }
        }));
    });
}
