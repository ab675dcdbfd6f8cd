//! What a client sees of each fault, over real sockets. Bounds on time are generous and only from below; an answer that
//! should never come is waited for briefly, one that must come for long.

use super::*;
use crate::fault::{Heal, Met};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(30);
const BRIEF: Duration = Duration::from_millis(60);

/// A server that sends everything back, to the end of the process.
fn echo() -> SocketAddr {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    std::thread::spawn(move || {
        while let Ok((client, _)) = server.accept() {
            std::thread::spawn(move || {
                let _ = client.set_nodelay(true);
                let _ = std::io::copy(&mut &client, &mut &client);
                let _ = client.shutdown(Shutdown::Write);
            });
        }
    });
    address
}

fn client_of(proxy: &Proxy) -> TcpStream {
    let client = TcpStream::connect(proxy.address()).unwrap();
    client.set_nodelay(true).unwrap();
    client.set_read_timeout(Some(LONG)).unwrap();
    client
}

fn ask(mut client: &TcpStream, text: &[u8]) -> io::Result<Vec<u8>> {
    client.write_all(text)?;
    answer(client, text.len())
}

fn answer(mut client: &TcpStream, length: usize) -> io::Result<Vec<u8>> {
    let mut answer = vec![0; length];
    client.read_exact(&mut answer).map(|()| answer)
}

/// Whether nothing comes for a while.
fn silent(mut client: &TcpStream) -> bool {
    client.set_read_timeout(Some(BRIEF)).unwrap();
    let nothing =
        client.read(&mut [0; 1]).is_err_and(|e| matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));
    client.set_read_timeout(Some(LONG)).unwrap();
    nothing
}

/// What the proxy's thread counts just after a client has seen it.
fn eventually<T: PartialEq + fmt::Debug>(wanted: T, seen: impl Fn() -> T) {
    let start = Instant::now();
    while seen() != wanted {
        assert!(start.elapsed() < LONG, "wanted {wanted:?}, seen {:?}", seen());
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn reset_of(mut client: &TcpStream) -> ErrorKind {
    client.read(&mut [0; 1]).expect_err("a reset").kind()
}

fn with_proxy<F: Future<Output = ()>>(body: impl FnOnce(Proxy) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async { body(Proxy::new(echo()).await.unwrap()).await });
}

#[test]
fn bytes_pass_unchanged_and_are_counted() {
    with_proxy(|proxy| async move {
        let client = client_of(&proxy);
        let text: Vec<u8> = (0..3_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let (writer, sent) = (client.try_clone().unwrap(), text.clone());
        let thread = std::thread::spawn(move || {
            (&writer).write_all(&sent).unwrap();
            writer.shutdown(Shutdown::Write).unwrap();
        });
        let mut got = Vec::new();
        (&client).read_to_end(&mut got).unwrap();
        thread.join().unwrap();
        assert!(got == text);
        eventually((1, 3_000_000, 3_000_000), || {
            let counts = proxy.counts();
            (counts.connections, counts.bytes_to_upstream, counts.bytes_to_client)
        });
    });
}

#[test]
fn requests_are_counted_by_turns() {
    with_proxy(|proxy| async move {
        let clients = [client_of(&proxy), client_of(&proxy)];
        for n in 0..10 {
            ask(&clients[n % 2], b"request").unwrap();
        }
        assert_eq!((proxy.counts().requests, proxy.counts().open), (10, 2));
    });
}

#[test]
fn a_refused_port_refuses_and_comes_back_under_its_number() {
    with_proxy(|proxy| async move {
        let open = client_of(&proxy);
        ask(&open, b"before").unwrap();
        for round in 0..20 {
            let fault = proxy.inject(Fault::refuse()).await.unwrap();
            let second = proxy.inject(Fault::refuse()).await.unwrap();
            let refused = || TcpStream::connect(proxy.address()).unwrap_err().kind();
            assert_eq!(refused(), ErrorKind::ConnectionRefused);
            ask(&open, b"an open connection lives on").unwrap();
            drop(fault);
            assert_eq!(refused(), ErrorKind::ConnectionRefused, "the second fault still holds");
            second.heal().unwrap();
            ask(&client_of(&proxy), b"again").unwrap_or_else(|e| panic!("round {round}: {e}"));
        }
    });
}

#[test]
fn refused_connections_are_counted_where_the_system_tells() {
    with_proxy(async |proxy| {
        let fault = proxy.inject(Fault::refuse()).await.unwrap();
        (0..3).for_each(|_| assert!(TcpStream::connect(proxy.address()).is_err()));
        assert!(fault.refused().is_none_or(|refused| refused >= 3), "{:?}", fault.refused());
        assert_eq!(fault.refused().is_some(), std::path::Path::new("/proc/self/net/snmp").exists());
        let other = proxy.inject(Fault::reset()).await.unwrap();
        assert_eq!(other.refused(), None);
    });
}

#[test]
fn a_reset_is_a_reset_to_open_and_to_new_connections() {
    with_proxy(|proxy| async move {
        let open = client_of(&proxy);
        ask(&open, b"before").unwrap();
        let fault = proxy.inject(Fault::reset()).await.unwrap();
        assert_eq!(reset_of(&open), ErrorKind::ConnectionReset);
        assert_eq!(reset_of(&client_of(&proxy)), ErrorKind::ConnectionReset);
        assert_eq!(fault.connections(), [0, 1]);
        fault.heal().unwrap();
        ask(&client_of(&proxy), b"after").unwrap();
        eventually("beforeafter".len() as u64, || proxy.counts().bytes_to_upstream);
    });
}

#[test]
fn the_first_connections_fail_and_the_next_do_not() {
    with_proxy(|proxy| async move {
        let open = client_of(&proxy);
        ask(&open, b"before").unwrap();
        let fault = proxy.inject(Fault::reset().first(3)).await.unwrap();
        for _ in 0..3 {
            assert_eq!(reset_of(&client_of(&proxy)), ErrorKind::ConnectionReset);
        }
        ask(&client_of(&proxy), b"fourth").unwrap();
        ask(&open, b"open before").unwrap();
        assert_eq!(fault.connections(), [1, 2, 3]);
    });
}

#[test]
fn a_share_of_the_connections_is_the_same_for_the_same_seed() {
    let failed = || {
        let (give, take) = std::sync::mpsc::channel();
        with_proxy(|proxy| async move {
            let _fault = proxy.inject(Fault::reset().connections(0.5).seed(11)).await.unwrap();
            let failed: Vec<bool> = (0..20).map(|_| ask(&client_of(&proxy), b"x").is_err()).collect();
            give.send(failed).unwrap();
        });
        take.recv().unwrap()
    };
    let first = failed();
    assert!(first.contains(&true) && first.contains(&false), "{first:?}");
    assert_eq!(first, failed());
}

#[test]
fn a_fault_without_a_seed_has_its_proxys_and_tells_where_it_draws() {
    with_proxy(|proxy| async move {
        let proxy = proxy.seeded(7);
        for (fault, seed) in [
            (Fault::reset().connections(0.5), Some(7)),
            (Fault::reset().connections(0.5).seed(11), Some(11)),
            (Fault::black_hole().pieces(0.5), Some(7)),
            (Fault::latency(Duration::ZERO).jitter(Duration::from_millis(1)), Some(7)),
            (Fault::stall(0.1), Some(7)),
            (Fault::slicer(9, 3, Duration::ZERO), Some(7)),
            (Fault::latency(Duration::ZERO).seed(11), None),
        ] {
            let injected = proxy.inject(fault).await.unwrap();
            assert_eq!(Heal::seed(&injected), seed, "{injected:?}");
        }
    });
}

#[test]
fn whoever_heals_learns_what_was_broken_and_what_it_met() {
    with_proxy(|proxy| async move {
        let open = client_of(&proxy);
        ask(&open, b"before").unwrap();
        let fault: Box<dyn Heal> = Box::new(proxy.inject(Fault::latency(Duration::from_millis(5))).await.unwrap());
        assert_eq!(fault.what(), format!("latency 5ms, on answers, at {}", proxy.upstream()));
        assert_eq!(fault.met(), Some(Met::default()));
        ask(&open, b"ping").unwrap();
        assert_eq!(fault.met(), Some(Met { connections: vec![0], pieces: 1 }));
        fault.heal().await.unwrap();

        let refuse: Box<dyn Heal> = Box::new(proxy.inject(Fault::refuse()).await.unwrap());
        assert_eq!(refuse.met(), None, "the kernel refuses");
        refuse.heal().await.unwrap();
        ask(&client_of(&proxy), b"after").unwrap();
    });
}

#[test]
fn a_hung_connection_is_accepted_and_hears_nothing_until_healed() {
    with_proxy(|proxy| async move {
        let fault = proxy.inject(Fault::hang()).await.unwrap();
        let client = client_of(&proxy);
        (&client).write_all(b"anybody?").unwrap();
        assert!(silent(&client));
        eventually(vec![0], || fault.connections());
        assert_eq!(proxy.counts().bytes_to_upstream, 0);
        fault.heal().unwrap();
        assert_eq!(answer(&client, 8).unwrap(), b"anybody?");
    });
}

#[test]
fn a_black_hole_is_silent_in_its_direction_and_loses_nothing() {
    with_proxy(|proxy| async move {
        let client = client_of(&proxy);
        for (fault, arrived) in [(Fault::black_hole().on_requests(), 0), (Fault::black_hole().on_answers(), 7)] {
            eventually(true, || proxy.counts().bytes_to_client == 7 * proxy.counts().requests);
            let before = proxy.counts();
            let fault = proxy.inject(fault).await.unwrap();
            (&client).write_all(b"request").unwrap();
            assert!(silent(&client));
            eventually(1, || proxy.counts().requests - before.requests); // the attempt was seen
            eventually(arrived, || proxy.counts().bytes_to_upstream - before.bytes_to_upstream);
            eventually(vec![0], || fault.connections());
            drop(fault);
            assert_eq!(answer(&client, 7).unwrap(), b"request");
        }
    });
}

#[test]
fn a_limited_answer_breaks_off_with_an_orderly_end() {
    with_proxy(|proxy| async move {
        let fault = proxy.inject(Fault::limit(1_000)).await.unwrap();
        let client = client_of(&proxy);
        (&client).write_all(&[b'x'; 5_000]).unwrap();
        let mut got = Vec::new();
        (&client).read_to_end(&mut got).unwrap();
        assert_eq!((got.len(), fault.connections()), (1_000, vec![0]));
    });
}

#[test]
fn latency_bandwidth_and_stalls_take_at_least_their_time() {
    with_proxy(|proxy| async move {
        let client = client_of(&proxy);
        for (fault, least) in [
            (Fault::latency(Duration::from_millis(40)), 40),
            (Fault::latency(Duration::from_millis(20)).both_ways(), 40),
            (Fault::bandwidth(10_000).on_answers(), 90),
            (Fault::stall(1.0).on_answers(), 200),
        ] {
            let text = format!("{fault}");
            let fault = proxy.inject(fault).await.unwrap();
            let start = Instant::now();
            (&client).write_all(&[b'x'; 1_000]).unwrap();
            if least < 200 {
                answer(&client, 1_000).unwrap();
                assert!(start.elapsed() >= Duration::from_millis(least), "{text}: {:?}", start.elapsed());
                drop(fault);
            } else {
                assert!(silent(&client), "{text}");
                drop(fault);
                answer(&client, 1_000).unwrap();
            }
        }
    });
}

#[test]
fn slices_arrive_whole_and_in_order() {
    with_proxy(|proxy| async move {
        let fault = proxy.inject(Fault::slicer(7, 5, Duration::ZERO)).await.unwrap();
        let text: Vec<u8> = (0..=255).cycle().take(20_000).collect();
        assert!(ask(&client_of(&proxy), &text).unwrap() == text);
        assert!(fault.connections() == [0]);
    });
}

#[test]
fn a_slow_close_ends_late() {
    with_proxy(|proxy| async move {
        let _fault = proxy.inject(Fault::slow_close(Duration::from_millis(80)).on_answers()).await.unwrap();
        let client = client_of(&proxy);
        ask(&client, b"last words").unwrap();
        let start = Instant::now();
        client.shutdown(Shutdown::Write).unwrap();
        assert_eq!((&client).read(&mut [0; 1]).unwrap(), 0);
        assert!(start.elapsed() >= Duration::from_millis(80), "{:?}", start.elapsed());
    });
}

#[test]
fn an_end_in_one_direction_leaves_the_other_open() {
    with_proxy(|proxy| async move {
        let _fault = proxy.inject(Fault::latency(Duration::from_millis(30))).await.unwrap();
        let client = client_of(&proxy);
        (&client).write_all(b"question").unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        let mut got = Vec::new();
        (&client).read_to_end(&mut got).unwrap();
        assert_eq!(got, b"question");
    });
}

#[test]
fn an_unreachable_upstream_is_a_reset_and_a_redirect_leads_on() {
    with_proxy(|proxy| async move {
        let (nobody, _) = ReservedPort::open(&[proxy.upstream()]).unwrap(); // holds a port on which nobody listens
        let gone = nobody.address();
        let home = proxy.upstream();
        proxy.redirect(gone).unwrap();
        assert_eq!(reset_of(&client_of(&proxy)), ErrorKind::ConnectionReset);
        assert_eq!(proxy.counts().failed, 1);
        proxy.redirect(home).unwrap();
        ask(&client_of(&proxy), b"home").unwrap();
    });
}

#[test]
fn every_address_of_a_name_is_tried_in_turn() {
    with_proxy(|proxy| async move {
        let home = proxy.upstream();
        let silent: Vec<ReservedPort> = (0..3).map(|_| ReservedPort::open(&[home]).unwrap().0).collect();
        let mut addresses: Vec<SocketAddr> = silent.iter().map(ReservedPort::address).collect();
        addresses.push(home);
        proxy.redirect(&addresses[..]).unwrap();
        assert_eq!(proxy.upstream(), addresses[0]);
        ask(&client_of(&proxy), b"found").unwrap();
        assert_eq!((proxy.upstream(), proxy.counts().failed), (home, 0));
        let port = proxy.address().port();
        for own in [format!("127.0.0.1:{port}"), format!("0.0.0.0:{port}"), format!("[::ffff:127.0.0.1]:{port}")] {
            let error = proxy.redirect(&own).unwrap_err().to_string();
            assert!(error.contains("the proxy itself") && error.contains(&own), "{error}");
        }
        assert_eq!(proxy.upstream(), home);
    });
}

#[test]
fn an_end_does_not_arrive_through_a_black_hole() {
    with_proxy(|proxy| async move {
        let client = client_of(&proxy);
        ask(&client, b"before").unwrap();
        let fault = proxy.inject(Fault::black_hole().on_requests()).await.unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        assert!(silent(&client), "the server must not learn of the end");
        eventually(vec![0], || fault.connections());
        fault.heal().unwrap();
        assert_eq!((&client).read(&mut [0; 1]).unwrap(), 0);
    });
}

/// The largest and smallest of everything that a fault takes.
#[test]
fn no_fault_is_too_large_or_too_small() {
    let (never, nothing) = (Duration::MAX, Duration::ZERO);
    let faults: Vec<Box<dyn Fn() -> Fault>> = vec![
        Box::new(move || Fault::latency(never)),
        Box::new(move || Fault::latency(never).jitter(never).both_ways()),
        Box::new(move || Fault::latency(nothing).jitter(never)),
        Box::new(|| Fault::bandwidth(u64::MAX)),
        Box::new(|| Fault::bandwidth(1)),
        Box::new(move || Fault::slicer(usize::MAX, usize::MAX, never)),
        Box::new(move || Fault::slicer(1, usize::MAX, nothing)),
        Box::new(|| Fault::limit(0)),
        Box::new(|| Fault::limit(usize::MAX)),
        Box::new(move || Fault::slow_close(never)),
        Box::new(|| Fault::stall(1.0)),
        Box::new(|| Fault::reset().first(u64::MAX)),
        Box::new(|| Fault::reset().pieces(0.0).connections(-0.0)),
        Box::new(move || Fault::rule("for ever", move |_| Box::new(Paced(never)))),
    ];
    with_proxy(|proxy| async move {
        for fault in faults.iter().flat_map(|one| faults.iter().map(move |other| [one(), other()])) {
            let name = format!("{fault:?}");
            let [one, other] = fault;
            let client = client_of(&proxy);
            let _ = (&client).write_all(b"request");
            let _faults = [proxy.inject(one).await.unwrap(), proxy.inject(other).await.unwrap()];
            let _ = (&client).write_all(b"more");
            client.shutdown(Shutdown::Write).unwrap_or(());
            let healthy = client_of(&proxy);
            drop(_faults);
            let answer = ask(&healthy, b"healed");
            assert!(answer.is_ok() || name.contains("reset") || name.contains("limit"), "{name}: {answer:?}");
        }
        ask(&client_of(&proxy), b"the proxy lives").unwrap();
    });
}

#[test]
fn a_rule_that_ends_a_new_connection_in_order_is_no_reset() {
    with_proxy(|proxy| async move {
        let _fault = proxy.inject(Fault::rule("full", |_| Box::new(Full))).await.unwrap();
        for _ in 0..20 {
            let mut client = client_of(&proxy);
            let _ = client.write_all(b"a request that nobody reads");
            assert_eq!(client.read(&mut [0; 1]).map_err(|e| e.kind()), Ok(0));
        }
        eventually(20, || proxy.counts().unheard);
    });
}

/// A server that takes no more connections, and says so in order.
struct Full;

impl Rule for Full {
    fn begin(&mut self, _: &mut rand_pcg::Pcg64Mcg) -> Action {
        Action::Close
    }

    fn decide(&mut self, _: &[u8], _: &mut rand_pcg::Pcg64Mcg) -> Action {
        Action::Forward
    }
}

struct Paced(Duration);

impl Rule for Paced {
    fn decide(&mut self, _: &[u8], _: &mut rand_pcg::Pcg64Mcg) -> Action {
        Action::Pace(self.0)
    }

    fn end(&mut self, _: &mut rand_pcg::Pcg64Mcg) -> Action {
        Action::Delay(self.0)
    }
}

#[test]
fn a_panic_heals_and_a_dropped_proxy_leaves_nothing_open() {
    with_proxy(|proxy| async move {
        let fault = proxy.inject(Fault::refuse()).await.unwrap();
        let panicked = std::thread::spawn(move || {
            let _fault = fault;
            std::panic::resume_unwind(Box::new("the test panics"));
        });
        assert!(panicked.join().is_err());
        let client = client_of(&proxy);
        ask(&client, b"healed").unwrap();
        let (control, late) = (proxy.control.clone(), proxy.inject(Fault::refuse()).await.unwrap());
        drop(proxy);
        late.heal().unwrap();
        assert!(control.is_gone(), "a late guard must not open the port again");
        assert!((&client).read(&mut [0; 1]).is_ok_and(|n| n == 0));
    });
}

#[test]
fn a_proxy_refuses_virtual_time() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let error = runtime.block_on(Proxy::new("127.0.0.1:1")).unwrap_err();
    assert!(matches!(error, Error::VirtualTime { .. }), "{error}");
}
