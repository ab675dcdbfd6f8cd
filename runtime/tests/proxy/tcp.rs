//! TCP alone: every protocol over it is such bytes.

use super::exchange::{Early, EarlyAnswer, End, Ends, Seen, Side, Step, Tcp, drawn, played};
#[cfg(target_os = "linux")]
use super::exchange::{LONG, Layer};
use super::{EXCHANGES, await_all_closed, proxy_before};
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use std::net::TcpListener;
use std::time::Duration;

#[test]
fn random_exchanges_come_to_the_same_through_an_idle_proxy() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, proxy) = (server.local_addr().unwrap(), proxy_before(server.local_addr().unwrap()));
    let mut ends = Ends::default();
    for seed in 0..EXCHANGES {
        let steps = drawn(&mut Pcg64Mcg::seed_from_u64(seed), &[Step::Finish]);
        let direct = played(&steps, Tcp::pair(&server, address));
        let proxied = played(&steps, Tcp::pair(&server, proxy.address()));
        assert_eq!(proxied, direct, "seed {seed} (left: through the proxy): {steps:?}");
        assert!(!direct.iter().any(|seen| matches!(seen, Seen::Hung { .. })), "seed {seed}, direct: {steps:?}");
        ends.count(&direct);
    }
    assert!(ends.orderly.min(ends.reset) > EXCHANGES / 10, "{ends:?}");
    await_all_closed(&proxy);
}

#[test]
fn an_answer_before_the_end_of_the_request_arrives() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, proxy) = (server.local_addr().unwrap(), proxy_before(server.local_addr().unwrap()));
    let mut random = Pcg64Mcg::seed_from_u64(413);
    for n in 0..200 {
        let early = EarlyAnswer::drawn(n, &mut random);
        let direct = early.played(Tcp::pair(&server, address));
        let proxied = early.played(Tcp::pair(&server, proxy.address()));
        assert_eq!(proxied, direct, "{n}: {early:?} (left: through the proxy)");
        assert!(matches!(direct.0, Seen::Read { correct, .. } if correct == early.answer), "{n}: {direct:?}");
        assert_eq!(direct.1.is_some(), matches!(early.how, Early::FinishAndReadOn));
    }
}

/// More than the sockets on the way hold.
const LARGE: usize = 7 << 20;

/// What is read of a stream that has filled every socket on the way.
fn read_late(sides: [Side<Tcp>; 2], sender: usize) -> Seen {
    let [client, server] = sides;
    let (mut writing, mut reading) = if sender == 0 { (client, server) } else { (server, client) };
    std::thread::scope(|scope| {
        scope.spawn(move || {
            assert!(writing.write(LARGE));
            writing.finish();
        });
        // The sockets are full long before; were they not, the test would try less.
        std::thread::sleep(Duration::from_millis(50));
        reading.read(usize::MAX)
    })
}

#[test]
fn what_has_to_wait_for_its_reader_arrives_whole() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, proxy) = (server.local_addr().unwrap(), proxy_before(server.local_addr().unwrap()));
    for sender in [0, 1, 0, 1] {
        let direct = read_late(Side::pair(Tcp::pair(&server, address)), sender);
        let proxied = read_late(Side::pair(Tcp::pair(&server, proxy.address())), sender);
        let whole = Seen::Read { side: 1 - sender, correct: LARGE, end: Some(End::Orderly) };
        assert_eq!((&proxied, &direct), (&whole, &whole), "(left: through the proxy)");
    }
}

/// What a server that waits is told when a client has ended its stream and resets the connection later.
#[cfg(target_os = "linux")]
fn told_of_a_late_reset([mut client, mut served]: [Side<Tcp>; 2], resets: usize) -> [bool; 2] {
    let sides = if resets == 0 { [&mut client, &mut served] } else { [&mut served, &mut client] };
    let [resetting, waiting] = sides;
    resetting.finish();
    assert!(matches!(waiting.read(1), Seen::Read { end: Some(End::Orderly), .. }));
    let before = waiting.layer().tcp().is_broken(Duration::ZERO);
    resetting.close(true);
    [before, waiting.layer().tcp().is_broken(LONG)]
}

#[test]
#[cfg(target_os = "linux")]
fn a_reset_after_an_orderly_end_arrives_where_nobody_writes() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, proxy) = (server.local_addr().unwrap(), proxy_before(server.local_addr().unwrap()));
    for n in 0..100 {
        let direct = told_of_a_late_reset(Side::pair(Tcp::pair(&server, address)), n % 2);
        let proxied = told_of_a_late_reset(Side::pair(Tcp::pair(&server, proxy.address())), n % 2);
        assert_eq!((proxied, direct), ([false, true], [false, true]), "{n} (left: through the proxy)");
    }
    await_all_closed(&proxy);
}
