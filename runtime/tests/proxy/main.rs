//! An idle proxy is the network: the same random exchanges, direct and through it, come to the same. What is compared is
//! every byte that a side reads, how its stream ends, and whether what it writes to a peer that is gone fails at last.
//! Every protocol over TCP is such bytes; `http` has two of them besides, spoken by real parties. The exchanges are drawn
//! so that they come to one thing alone when they are direct.

#![allow(clippy::unwrap_used)]

mod http;

use brunt::fault::Proxy;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

const EXCHANGES: u64 = 1_000;
/// No exchange takes so long: what lasts longer hangs.
const LONG: Duration = Duration::from_secs(20);
/// What may be unread in one direction: it fits into the sockets' buffers, so that no step waits for a later one.
const MOST_UNREAD: usize = 40_000;

fn proxy_before(server: SocketAddr) -> Proxy {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(Proxy::new(server)).unwrap()
}

/// Byte `at` of what a side sends.
fn byte(side: usize, at: usize) -> u8 {
    ((at as u64 * 2 + side as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8
}

fn bytes(side: usize, from: usize, length: usize) -> Vec<u8> {
    (from..from + length).map(|at| byte(side, at)).collect()
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Write(usize),
    Read(usize),
    /// An orderly end of what it sends.
    Finish,
    /// Closes the socket: with unread bytes in it, that is a reset.
    Close,
    Reset,
    ReadToEnd,
    /// Writes until that fails.
    WriteInVain,
}

/// How a stream ended for its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Orderly,
    Reset,
}

#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Read { side: usize, correct: usize, end: Option<End> },
    FailedInVain { side: usize },
    Hung { side: usize, read: usize },
}

/// One of the two ends of a connection.
struct Side {
    number: usize,
    socket: Option<TcpStream>,
    sent: usize,
    read: usize,
    /// A write was told of the reset, which no read is told of again.
    reset_in_write: bool,
}

impl Side {
    fn new(number: usize, socket: TcpStream) -> Self {
        socket.set_nodelay(true).unwrap();
        socket.set_read_timeout(Some(LONG)).unwrap();
        socket.set_write_timeout(Some(LONG)).unwrap();
        Self { number, socket: Some(socket), sent: 0, read: 0, reset_in_write: false }
    }

    fn socket(&self) -> &TcpStream {
        self.socket.as_ref().unwrap()
    }

    /// Whether all was taken.
    fn write(&mut self, length: usize) -> bool {
        let text = bytes(self.number, self.sent, length);
        self.sent += length;
        let written = self.socket().write_all(&text);
        self.reset_in_write |= written.as_ref().is_err_and(|e| e.kind() == ErrorKind::ConnectionReset);
        written.is_ok()
    }

    fn read(&mut self, most: usize) -> Seen {
        let (mut correct, side, mut buffer) = (0, self.number, vec![0; 64 << 10]);
        while correct < most {
            let space = buffer.len().min(most - correct);
            let end = match self.socket().read(&mut buffer[..space]) {
                Ok(0) if self.reset_in_write => End::Reset,
                Ok(0) => End::Orderly,
                Ok(length) => {
                    assert!(buffer[..length] == bytes(1 - side, self.read, length)[..], "other bytes than were sent");
                    (correct, self.read) = (correct + length, self.read + length);
                    continue;
                }
                Err(error) if error.kind() == ErrorKind::ConnectionReset => End::Reset,
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    return Seen::Hung { side, read: correct };
                }
                Err(error) => panic!("{error:?}"),
            };
            return Seen::Read { side, correct, end: Some(end) };
        }
        Seen::Read { side, correct, end: None }
    }

    /// Waits until so many unread bytes are there: without them, a close would be an orderly end.
    fn await_unread(&self, length: usize) {
        let (start, mut buffer) = (Instant::now(), vec![0; length]);
        while length > 0 && self.socket().peek(&mut buffer).is_ok_and(|there| there < length) {
            assert!(start.elapsed() < LONG, "{length} bytes never came");
            std::thread::sleep(Duration::from_micros(100));
        }
    }

    fn close(&mut self, reset: bool) {
        if reset {
            socket2::SockRef::from(self.socket()).set_linger(Some(Duration::ZERO)).unwrap();
        }
        self.socket = None;
    }

    fn write_in_vain(&mut self) -> Seen {
        let start = Instant::now();
        while self.write(1) {
            if start.elapsed() > LONG {
                return Seen::Hung { side: self.number, read: 0 };
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        Seen::FailedInVain { side: self.number }
    }
}

/// What a side is known to have done while an exchange is drawn.
#[derive(Clone, Copy, Default)]
struct Drawn {
    unread: usize,
    finished: bool,
    gone: bool,
    /// Its stream has been read to its end.
    heard: bool,
}

/// The steps of an exchange in the order in which they are taken, each with its side.
fn drawn(random: &mut Pcg64Mcg) -> Vec<(usize, Step)> {
    let (mut steps, mut sides) = (Vec::new(), [Drawn::default(); 2]);
    for _ in 0..random.random_range(1..14) {
        let at = random.random_range(0..2);
        let (me, peer) = (sides[at], sides[1 - at]);
        if me.gone {
            continue;
        }
        let step = match random.random_range(0..20) {
            0..8 if !me.finished => Step::Write([1, 100, 5_000, 30_000][random.random_range(0..4)]),
            8..14 if peer.unread > 0 => Step::Read(random.random_range(1..=peer.unread)),
            14 | 15 if !me.finished => Step::Finish,
            16 => Step::Close,
            17 => Step::Reset,
            18 | 19 if (peer.finished || peer.gone) && !peer.heard => Step::ReadToEnd,
            _ => continue,
        };
        match step {
            Step::Write(length) if me.unread + length > MOST_UNREAD => continue,
            Step::Write(length) if !peer.gone => sides[at].unread += length,
            Step::Read(length) => sides[1 - at].unread -= length,
            Step::Finish => sides[at].finished = true,
            Step::Close | Step::Reset => sides[at].gone = true,
            Step::ReadToEnd => (sides[1 - at].unread, sides[1 - at].heard) = (0, true),
            _ => {}
        }
        steps.push((at, step));
    }
    for at in (0..2).filter(|at| !sides[*at].gone && !sides[*at].finished && !sides[1 - *at].gone) {
        steps.push((at, Step::Finish));
    }
    for at in (0..2).filter(|at| !sides[*at].gone) {
        if !sides[1 - at].heard {
            steps.push((at, Step::ReadToEnd));
        }
        if sides[1 - at].gone && !sides[at].finished {
            steps.push((at, Step::WriteInVain));
        }
    }
    steps
}

/// Takes the steps one after the other.
fn played(steps: &[(usize, Step)], server: &TcpListener, address: SocketAddr) -> Vec<Seen> {
    let client = TcpStream::connect(address).unwrap();
    let mut sides = [Side::new(0, client), Side::new(1, server.accept().unwrap().0)];
    let mut seen = Vec::new();
    for (at, step) in steps {
        let coming = sides[1 - at].sent - sides[*at].read;
        let peer_is_there = sides[1 - at].socket.is_some();
        let me = &mut sides[*at];
        match step {
            Step::Write(length) => drop(me.write(*length)),
            Step::Read(length) => seen.push(me.read(*length)),
            Step::ReadToEnd => seen.push(me.read(usize::MAX)),
            // A peer that is gone has been told nothing of it.
            Step::Finish => drop(me.socket().shutdown(Shutdown::Write)),
            Step::Close => {
                if peer_is_there {
                    me.await_unread(coming);
                }
                me.close(false);
            }
            Step::Reset => me.close(true),
            Step::WriteInVain => seen.push(me.write_in_vain()),
        }
    }
    seen
}

#[test]
fn random_exchanges_come_to_the_same_through_an_idle_proxy() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = proxy_before(server.local_addr().unwrap());
    let mut ends = [0; 2];
    for seed in 0..EXCHANGES {
        let steps = drawn(&mut Pcg64Mcg::seed_from_u64(seed));
        let direct = played(&steps, &server, server.local_addr().unwrap());
        let proxied = played(&steps, &server, proxy.address());
        assert_eq!(proxied, direct, "seed {seed} (left: through the proxy): {steps:?}");
        for seen in &direct {
            assert!(!matches!(seen, Seen::Hung { .. }), "seed {seed}, direct: {steps:?}");
            if let Seen::Read { end: Some(end), .. } = seen {
                ends[*end as usize] += 1;
            }
        }
    }
    assert!(ends.iter().all(|ends| *ends > EXCHANGES / 10), "orderly ends and resets: {ends:?}");
    await_all_closed(&proxy);
}

/// Waits until the proxy has closed its last connection, which it does after the client saw the
/// end of it.
fn await_all_closed(proxy: &Proxy) {
    let begun = Instant::now();
    while proxy.counts().open > 0 {
        assert!(begun.elapsed() < LONG, "connections stay open: {proxy:?}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// How a server ends that answers before it has read the request.
#[derive(Clone, Copy, Debug)]
enum Early {
    Close,
    FinishAndClose,
    Reset,
    FinishAndReadOn,
}

/// What the client of an early answer sees, and how much the server reads to an end.
fn early(
    how: Early,
    upload: usize,
    reads: usize,
    answer: usize,
    server: &TcpListener,
    address: SocketAddr,
) -> (Seen, Option<Seen>) {
    let mut client = Side::new(0, TcpStream::connect(address).unwrap());
    let mut served = Side::new(1, server.accept().unwrap().0);
    std::thread::scope(|scope| {
        let client = scope.spawn(move || {
            let _ = client.write(upload);
            let _ = client.socket().shutdown(Shutdown::Write);
            client.read(usize::MAX)
        });
        assert_eq!(served.read(reads), Seen::Read { side: 1, correct: reads, end: None });
        served.await_unread(1);
        assert!(served.write(answer));
        if matches!(how, Early::FinishAndClose | Early::FinishAndReadOn) {
            served.socket().shutdown(Shutdown::Write).unwrap();
        }
        let rest = matches!(how, Early::FinishAndReadOn).then(|| served.read(usize::MAX));
        served.close(matches!(how, Early::Reset));
        (client.join().unwrap(), rest)
    })
}

#[test]
fn an_answer_before_the_end_of_the_request_arrives() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = proxy_before(server.local_addr().unwrap());
    let mut random = Pcg64Mcg::seed_from_u64(413);
    for n in 0..200 {
        let how = [Early::Close, Early::FinishAndClose, Early::Reset, Early::FinishAndReadOn][n % 4];
        let upload = [20_000, 300_000, 2 << 20][random.random_range(0..3)];
        let (reads, answer) = (random.random_range(1..10_000), random.random_range(1..MOST_UNREAD));
        let direct = early(how, upload, reads, answer, &server, server.local_addr().unwrap());
        let proxied = early(how, upload, reads, answer, &server, proxy.address());
        assert_eq!(proxied, direct, "{n}: {how:?}, {upload} up, {reads} read, {answer} answered");
        assert!(matches!(direct.0, Seen::Read { correct, .. } if correct == answer), "{n}: {direct:?}");
    }
}
