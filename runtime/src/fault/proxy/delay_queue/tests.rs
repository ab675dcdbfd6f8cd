//! A delay queue under every fault, in a time that the test itself keeps: no sockets, no clock.

use super::*;
use crate::fault::Fault;
use proptest::prelude::*;

fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn injected(faults: impl IntoIterator<Item = Fault>) -> Vec<Arc<InjectedFault>> {
    faults.into_iter().enumerate().map(|(id, fault)| Arc::new(InjectedFault::new(id as u64, fault, 0))).collect()
}

/// A queue to the client with these faults, and the time at which it begins.
fn queue(injections: &[Arc<InjectedFault>]) -> (DelayQueue, Instant) {
    let mut queue = DelayQueue::new(0, Direction::ToClient);
    assert_eq!(queue.adopt(injections), None);
    (queue, Instant::now())
}

/// Empties a queue: what came out, and when.
fn run(queue: &mut DelayQueue, mut now: Instant) -> Vec<(Instant, Delivery)> {
    let mut out = Vec::new();
    loop {
        assert_eq!(queue.advance(now), None);
        while let Some(item) = queue.take_due(now) {
            out.push((now, item));
        }
        match queue.next_event(now) {
            Some(next) => now = next,
            None => return out,
        }
    }
}

fn bytes_of(out: &[(Instant, Delivery)]) -> Vec<u8> {
    let bytes = |item: &Delivery| if let Delivery::Bytes(bytes) = item { bytes.clone() } else { Vec::new() };
    out.iter().flat_map(|(_, item)| bytes(item)).collect()
}

#[test]
fn latency_is_pipelined_and_keeps_order_despite_jitter() {
    let (mut queue, start) = queue(&injected([Fault::latency(millis(50)).jitter(millis(50))]));
    for n in 0..100_u8 {
        assert!(queue.wants_input(start + millis(n.into())), "latency must not hold the sender back");
        assert_eq!(queue.offer(&[n], start + millis(n.into())), None);
    }
    let out = run(&mut queue, start + millis(99));
    assert_eq!(bytes_of(&out), (0..100).collect::<Vec<u8>>());
    assert!(out.last().unwrap().0 <= start + millis(199), "100 pieces side by side, not one after the other");
}

#[test]
fn bandwidth_takes_its_time_and_holds_the_sender_back() {
    let (mut queue, start) = queue(&injected([Fault::bandwidth(100_000)]));
    assert_eq!(queue.offer(&[7; 50_000], start), None);
    assert!(!queue.wants_input(start + millis(1)), "the sender must feel it");
    let out = run(&mut queue, start);
    assert_eq!(out.len(), 50, "it drips");
    assert_eq!(out.last().unwrap().0, start + millis(500));
}

#[test]
fn a_late_timer_does_not_slow_a_paced_line() {
    let (mut queue, start) = queue(&injected([Fault::bandwidth(100_000)]));
    queue.offer(&[7; 50_000], start);
    let (mut now, mut got) = (start, 0);
    while got < 50_000 {
        now += millis(3); // looks in every 3 ms only, where a piece is due every 10
        queue.advance(now);
        while let Some(Delivery::Bytes(bytes)) = queue.take_due(now) {
            got += bytes.len();
        }
    }
    assert!(now <= start + millis(503), "{:?}", now - start);
}

#[test]
fn latency_and_bandwidth_add_up_and_latency_alone_passes_with_time() {
    let faults = injected([Fault::latency(millis(40)), Fault::bandwidth(1_000)]);
    let (mut queue, start) = queue(&faults);
    queue.offer(&[1; 10], start);
    assert_eq!(run(&mut queue, start).last().unwrap().0, start + millis(50));
    queue.offer(&[1; 10], start + millis(1_000));
    let later = run(&mut queue, start + millis(1_000));
    assert!(later.last().unwrap().0 >= start + millis(1_040), "catching up must not shorten the latency");
}

#[test]
fn a_black_hole_holds_and_its_healing_lets_all_pass() {
    let faults = injected([Fault::black_hole()]);
    let (mut queue, start) = queue(&faults);
    queue.offer(b"held", start);
    queue.end(start);
    assert_eq!(run(&mut queue, start + millis(60_000)), []);
    assert_eq!(faults[0].connections(), [0]);
    assert_eq!(queue.adopt(&[]), None);
    let out: Vec<Delivery> = run(&mut queue, start).into_iter().map(|(_, item)| item).collect();
    assert_eq!(out, [Delivery::Bytes(b"held".to_vec()), Delivery::End]);
}

#[test]
fn healing_takes_back_only_the_delay_of_what_healed() {
    let faults = injected([Fault::latency(millis(9_000)), Fault::latency(millis(30))]);
    let (mut queue, start) = queue(&faults);
    queue.offer(b"x", start);
    assert_eq!(queue.next_event(start), Some(start + millis(9_030)));
    queue.adopt(&faults[1..]);
    assert_eq!(queue.next_event(start), Some(start + millis(30)));
}

#[test]
fn a_limit_ends_the_stream_after_exactly_its_bytes() {
    let faults = injected([Fault::limit(5)]);
    let (mut queue, start) = queue(&faults);
    queue.offer(b"abc", start);
    assert!(faults[0].connections().is_empty(), "it has done nothing yet");
    queue.offer(b"defgh", start);
    let out = run(&mut queue, start);
    assert_eq!(bytes_of(&out), b"abcde");
    assert_eq!(out.last().unwrap().1, Delivery::Close);
    assert_eq!(faults[0].connections(), [0]);
}

#[test]
fn a_slow_close_keeps_back_the_end_and_nothing_else() {
    let (mut queue, start) = queue(&injected([Fault::slow_close(millis(700))]));
    queue.offer(b"bytes", start);
    queue.end(start);
    let out = run(&mut queue, start);
    assert_eq!(out, [(start, Delivery::Bytes(b"bytes".to_vec())), (start + millis(700), Delivery::End)]);
}

#[test]
fn a_reset_is_at_once_or_at_the_first_piece_drawn() {
    let mut queue = DelayQueue::new(0, Direction::ToClient);
    assert_eq!(queue.adopt(&injected([Fault::reset()])), Some(ForcedEnd::Reset));
    let faults = injected([Fault::reset().pieces(0.01)]);
    let (mut queue, start) = self::queue(&faults);
    let passed = (0..100_000).take_while(|_| queue.offer(b"x", start).is_none()).count();
    assert!((1..2_000).contains(&passed), "{passed}");
    assert_eq!(faults[0].connections(), [0]);
}

#[test]
fn a_fault_that_did_nothing_met_nothing() {
    let faults = injected([Fault::slow_close(millis(1)), Fault::slicer(100, 0, Duration::ZERO), Fault::stall(0.0)]);
    let (mut queue, start) = queue(&faults);
    queue.offer(b"short", start);
    run(&mut queue, start);
    assert!(faults.iter().all(|injection| injection.connections().is_empty()));
    queue.offer(&[0; 101], start);
    assert_eq!(faults[1].connections(), [0]);
}

/// Faults that keep every byte.
fn lossless() -> impl Strategy<Value = Fault> {
    prop_oneof![
        (0_u64..300, 0_u64..400).prop_map(|(delay, jitter)| Fault::latency(millis(delay)).jitter(millis(jitter))),
        (1_u64..1_000_000).prop_map(Fault::bandwidth),
        (1_usize..50, 0_usize..60, 0_u64..5).prop_map(|(size, by, pause)| Fault::slicer(size, by, millis(pause))),
        (0_u64..900).prop_map(|delay| Fault::slow_close(millis(delay))),
        (0.0..=1.0_f64).prop_map(Fault::stall),
        Just(Fault::black_hole()),
        Just(Fault::limit(usize::MAX)),
    ]
}

proptest! {
    /// Whatever is injected and healed in between: every byte comes out once, in order, and the end comes last.
    #[test]
    fn bytes_keep_their_order_under_every_fault(
        faults in prop::collection::vec((lossless(), 0.0..=1.0_f64, any::<u64>()), 0..4),
        chunks in prop::collection::vec((prop::collection::vec(any::<u8>(), 1..200), 0_u64..50, any::<u8>()), 0..30),
    ) {
        let faults = injected(faults.into_iter().map(|(fault, share, seed)| fault.pieces(share).seed(seed)));
        let (mut queue, mut now) = queue(&faults);
        let (mut sent, mut got) = (Vec::new(), Vec::new());
        for (chunk, pause, active) in &chunks {
            now += millis(*pause);
            let subset: Vec<_> =
                faults.iter().filter(|injection| active >> injection.id & 1 == 1).cloned().collect();
            prop_assert_eq!(queue.adopt(&subset), None);
            prop_assert_eq!(queue.offer(chunk, now), None);
            sent.extend_from_slice(chunk);
            while let Some(item) = queue.take_due(now) {
                got.push((now, item));
            }
        }
        queue.end(now);
        queue.adopt(&[]);
        got.extend(run(&mut queue, now));
        prop_assert_eq!(bytes_of(&got), sent);
        prop_assert_eq!(&got.last().unwrap().1, &Delivery::End);
        prop_assert!(got.windows(2).all(|pair| pair[0].0 <= pair[1].0));
        prop_assert_eq!(got.iter().filter(|(_, item)| *item == Delivery::End).count(), 1);
    }

    /// A limit in front of anything else lets exactly its bytes pass.
    #[test]
    fn a_limit_is_exact_beside_other_faults(
        other in lossless(), limit in 0_usize..500, chunks in prop::collection::vec(1_usize..100, 1..20),
    ) {
        prop_assume!(other.name() != "black hole");
        let (mut queue, now) = queue(&injected([Fault::limit(limit), other]));
        let (total, mut end) = (chunks.iter().sum::<usize>(), None);
        for chunk in chunks {
            end = end.or(queue.offer(&vec![b'x'; chunk], now));
        }
        prop_assert_eq!(end, None);
        let out = run(&mut queue, now);
        prop_assert_eq!(bytes_of(&out).len(), total.min(limit));
        prop_assert_eq!(out.iter().any(|(_, item)| *item == Delivery::Close), total > limit);
    }
}

#[test]
fn no_delay_is_too_long_and_healing_ends_it() {
    let faults = || [Fault::latency(Duration::MAX).jitter(Duration::MAX), Fault::slow_close(Duration::MAX)];
    let injections = injected(faults().into_iter().chain([Fault::slicer(1, 0, Duration::MAX)]));
    let (mut queue, start) = queue(&injections);
    assert_eq!(queue.offer(b"abc", start), None);
    assert_eq!(queue.lose(start), None);
    assert!(queue.next_event(start).is_some_and(|next| next > start + millis(1_000_000)));
    assert_eq!(queue.take_due(start + millis(1_000_000)), None);
    assert_eq!(queue.adopt(&[]), None);
    let out = run(&mut queue, start);
    assert_eq!(bytes_of(&out), b"abc");
    assert_eq!(out.last(), Some(&(start, Delivery::Lost)), "a reset comes after what was sent before it");
}
