//! Catches panics of bodies and hooks: they become data, with message and place, and are not printed.

use crate::failure::Failed;
#[cfg(unix)]
use crate::fault::unasked;
use crate::record::Repeated;
use crate::sync::Lock;
use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

/// The panics outside of watched code, by the test on whose threads they happened.
static STRAYS: Lock<BTreeMap<u64, Repeated>> = Lock::new(BTreeMap::new());

/// The backtraces of panics in watched code, by the test and the message; only where `RUST_BACKTRACE` asks for them.
static TRACES: Lock<BTreeMap<u64, BTreeMap<String, Vec<String>>>> = Lock::new(BTreeMap::new());
/// The greatest number of places for which a test keeps backtraces.
const PLACES_TRACED: usize = 10;

thread_local! {
    /// The test that this thread works for; 0 stands for none.
    static OWNER: Cell<u64> = const { Cell::new(0) };
    static WATCHED: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<Option<(String, Backtrace)>> = const { RefCell::new(None) };
}

/// Drops values of the user. A panic in it is counted for the test on whose threads it happens, and printed, like that
/// of a task that nobody awaits.
pub(crate) fn drop_contained(run: impl FnOnce()) {
    let outer = WATCHED.replace(false);
    let _ = catch_unwind(AssertUnwindSafe(run));
    WATCHED.set(outer);
}

/// Runs user code; a panic becomes a failure of kind "panic". The panic may break the state of user code, as an error
/// may: handling that is up to the user.
#[inline]
pub(crate) fn catch_panic<T>(run: impl FnOnce() -> T) -> Result<T, Failed> {
    let outer = WATCHED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(run));
    WATCHED.set(outer);
    result.map_err(|payload| panic_failure(&*payload))
}

#[cold]
fn panic_failure(payload: &(dyn Any + Send)) -> Failed {
    let message = panic_message(payload);
    if message.contains("Tokio") && message.contains("IO is disabled") {
        return Failed::new(
            Failed::PANIC,
            "a socket was opened in virtual time, where there are none: leave out `virtual_time`, or put something \
             that works on timers and channels in the socket's place",
        );
    }
    match PLACE.take() {
        Some((place, trace)) => {
            let message = format!("{message} ({place})");
            keep_trace(&message, &place, &trace);
            Failed::new(Failed::PANIC, message)
        }
        None => Failed::new(Failed::PANIC, message),
    }
}

/// The owner of threads: one test's runtime. Panics on its threads that are not caught for a body or a hook are counted
/// for the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner(u64);

impl Owner {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// Makes this thread work for the test from now on.
    pub(crate) fn own_thread(self) {
        OWNER.set(self.0);
        self.starts_here();
    }

    /// Assigns processes that this thread starts to the test, and nothing else: the panics of the thread are reported
    /// in another way.
    pub(crate) fn starts_here(self) {
        #[cfg(unix)]
        unasked::start_for(self.0);
    }

    /// The number that distinguishes it from other owners.
    #[cfg(unix)]
    pub(crate) fn number(self) -> u64 {
        self.0
    }

    /// The owner of this thread.
    pub(crate) fn of_this_thread() -> Self {
        Self(OWNER.get())
    }

    /// Makes this thread work for no test any more.
    pub(crate) fn leave_thread() {
        OWNER.set(0);
        #[cfg(unix)]
        unasked::start_for(0);
    }

    /// Takes the backtraces of panics in watched code since the last call, by their message.
    pub(crate) fn take_traces(self) -> BTreeMap<String, Vec<String>> {
        TRACES.lock().remove(&self.0).unwrap_or_default()
    }

    /// Takes the panics outside of watched code since the last call.
    pub(crate) fn take_strays(self) -> Repeated {
        STRAYS.lock().remove(&self.0).unwrap_or_default()
    }
}

/// Keeps the backtrace of a panic, once for each place: the messages of two panics at one place show how they differ.
fn keep_trace(message: &str, place: &str, trace: &Backtrace) {
    if trace.status() != BacktraceStatus::Captured {
        return;
    }
    let mut all = TRACES.lock();
    let of_test = all.entry(OWNER.get()).or_default();
    let at_place = format!(" ({place})");
    if of_test.len() < PLACES_TRACED && !of_test.keys().any(|kept| kept.ends_with(&at_place)) {
        of_test.insert(message.to_owned(), frames_of_user_code(&trace.to_string()));
    }
}

/// The lines of a backtrace between the panic's own frames and those of the callers of the user's code.
fn frames_of_user_code(trace: &str) -> Vec<String> {
    let is_frame = |line: &&str| line.trim_start().split_once(": ").is_some_and(|(n, _)| n.parse::<u32>().is_ok());
    let lines: Vec<&str> = trace.lines().collect();
    let of = |names: &[&str], line: &str| names.iter().any(|name| line.contains(name));
    let panics = ["rust_begin_unwind", "core::panicking"];
    let first = lines.iter().rposition(|line| is_frame(line) && of(&panics, line)).map_or(0, |at| at + 1);
    let first = first + lines[first..].iter().position(is_frame).unwrap_or(0);
    let callers = [
        "AssertUnwindSafe",
        "brunt::engine::users::",
        "brunt::private::",
        "catch_unwind",
        "std::panicking::try",
        "__rust_try",
    ];
    let end = lines[first..].iter().position(|line| is_frame(line) && of(&callers, line));
    let end = end.map_or(lines.len(), |at| first + at);
    lines[first..end].iter().map(|line| (*line).to_owned()).collect()
}

/// Counts a panic of a thread that works for a test.
fn count_stray(info: &PanicHookInfo<'_>) {
    let owner = OWNER.try_with(Cell::get).unwrap_or(0);
    if owner == 0 {
        return;
    }
    let message = panic_message(info.payload());
    let text = info.location().map_or_else(|| message.to_owned(), |place| format!("{message} ({place})"));
    STRAYS.lock().entry(owner).or_default().add(1, &text);
}

/// The message of a panic.
pub(crate) fn panic_message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without a message")
}

/// Wraps the process's panic hook once: panics of watched code are noted, all others are passed to the previous hook.
pub(crate) fn install_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
            if WATCHED.get() {
                let place = info.location().map(|place| format!("{}:{}", place.file(), place.line()));
                PLACE.set(place.map(|place| (place, Backtrace::capture())));
            } else {
                count_stray(info);
                before(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backtrace_is_that_of_the_users_code() {
        let trace = "   0: std::backtrace::Backtrace::create\n   1: brunt::engine::panic::install_hook::{{closure}}\n   \
                     2: std::panicking::panic_with_hook\n   3: rust_begin_unwind\n             at /rustc/x/panicking.rs:1:1\n   \
                     4: core::panicking::panic_fmt\n             at /rustc/x/panicking.rs:80:14\n   5: shop::pay\n             \
                     at ./src/lib.rs:7:9\n   6: shop::checkout::{{closure}}\n   7: brunt::private::form::await_plain::{{closure}}\n   \
                     8: std::panicking::catch_unwind\n   9: main\n";
        let wanted = ["   5: shop::pay", "             at ./src/lib.rs:7:9", "   6: shop::checkout::{{closure}}"];
        assert_eq!(frames_of_user_code(trace), wanted);
    }

    #[test]
    fn real_frames_begin_where_the_panic_was() {
        fn deep() {
            panic!("deep");
        }
        install_hook();
        let owner = Owner::new();
        owner.own_thread();
        let failed = catch_panic(deep).unwrap_err();
        for number in 0..3 {
            let _ = catch_panic(|| panic!("one place, message {number}"));
        }
        Owner::leave_thread();
        let traces = owner.take_traces();
        assert!(traces.is_empty() || traces.len() == 2, "one for each place: {traces:#?}");
        // Only where it was asked for.
        let Some(frames) = traces.get(failed.message()) else { return assert!(traces.is_empty()) };
        assert!(frames[0].contains("deep"), "{frames:#?}");
        assert!(!frames.iter().any(|frame| frame.contains("catch_unwind")), "{frames:#?}");
    }
}
