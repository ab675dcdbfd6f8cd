//! What the counting allocator counts, in a process that has it installed and forbids `unsafe` of its own.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs)]

use brunt::allocator::{BATCH, Counts, installed, live, peak, reset_peak, thread_count, thread_peak};
use std::hint::black_box;
use std::sync::mpsc;
use std::thread;

brunt::allocator!();

/// What a closure allocates on this thread.
fn counted<T>(body: impl FnOnce() -> T) -> Counts {
    let before = thread_count();
    drop(black_box(body()));
    let after = thread_count();
    Counts { allocations: after.allocations - before.allocations, bytes: after.bytes - before.bytes }
}

/// The process's figures are shared by tests that run beside each other.
fn alone() -> std::sync::MutexGuard<'static, ()> {
    static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// What other tests, waiting for their turn, may take meanwhile.
const SLACK: u64 = 4 * BATCH;

#[test]
fn it_is_installed() {
    assert!(installed());
}

#[test]
fn an_operation_allocates_the_same_every_time() {
    let once = Counts { allocations: 1, bytes: 40 };
    assert!((0..1_000).all(|_| counted(|| Box::new([0_u64; 5])) == once));
    assert_eq!(counted(|| vec![0_u8; 1_000]), Counts { allocations: 1, bytes: 1_000 }, "zeroed");
    assert_eq!(counted(|| black_box(1) + 1), Counts::default());
    assert_eq!(counted(Vec::<u64>::new), Counts::default(), "nothing yet");
}

#[test]
fn a_block_that_grows_counts_what_it_grew_by() {
    let grown = counted(|| {
        let mut bytes: Vec<u8> = Vec::with_capacity(100);
        bytes.reserve_exact(300);
        bytes
    });
    assert_eq!(grown, Counts { allocations: 2, bytes: 300 });
    let shrunk = counted(|| {
        let mut bytes: Vec<u8> = Vec::with_capacity(100);
        bytes.push(1);
        bytes.shrink_to_fit();
        bytes
    });
    assert_eq!(shrunk, Counts { allocations: 1, bytes: 100 });
}

#[test]
fn other_threads_do_not_disturb_the_count() {
    let (go, gone) = mpsc::sync_channel::<()>(0);
    let busy = thread::spawn(move || {
        while gone.try_recv().is_err() {
            black_box(vec![0_u8; 1_000]);
        }
    });
    let counts: Vec<Counts> = (0..1_000).map(|_| counted(|| String::from("three"))).collect();
    go.send(()).unwrap();
    busy.join().unwrap();
    assert!(counts.iter().all(|counts| *counts == Counts { allocations: 1, bytes: 5 }));
}

#[test]
fn the_peak_of_a_thread_is_exact() {
    reset_peak();
    assert_eq!(thread_peak(), 0);
    let first = vec![0_u8; 1_000];
    drop(vec![0_u8; 500]);
    drop(vec![0_u8; 700]);
    assert_eq!(thread_peak(), 1_700);
    drop(first);
    assert_eq!(thread_peak(), 1_700);
    reset_peak();
    assert_eq!(thread_peak(), 0);
}

#[test]
fn the_process_hears_of_every_thread() {
    let _alone = alone();
    reset_peak();
    let before = live();
    let kept = thread::spawn(|| {
        drop(vec![0_u8; 8 << 20]);
        vec![0_u8; 2 << 20]
    });
    let kept = kept.join().unwrap();
    let (now, highest) = (live() - before, peak() - before);
    assert!(now.abs_diff(2 << 20) <= SLACK, "{now}");
    assert!(highest.abs_diff(8 << 20) <= SLACK, "{highest}");
    drop(kept);
    assert!(live().abs_diff(before) <= SLACK, "{} after {before}", live());
}

#[test]
fn threads_that_end_leave_nothing_untold() {
    let _alone = alone();
    let before = live();
    // What a thread takes here is given back by another: were a rest below the batch lost at its end, 300 threads
    // would lose six mebibytes.
    for _ in 0..300 {
        let made = thread::spawn(|| vec![1_u8; 20_000]).join().unwrap();
        drop(black_box(made));
    }
    assert!(live().abs_diff(before) <= SLACK, "{} after {before}", live());
}

#[test]
fn what_is_never_given_back_shows() {
    let _alone = alone();
    let before = live();
    let kept: Vec<Box<[u8; 1_000]>> = (0..1_000).map(|_| Box::new([0; 1_000])).collect();
    let leaked = live() - before;
    assert!(leaked.abs_diff(1_008_000) <= SLACK, "{leaked}");
    drop(kept);
}
