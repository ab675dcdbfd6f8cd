//! A random exchange of two sides step by step, over TCP or over what lies upon it, and what either side sees of it.

use rand::RngExt;
use rand_pcg::Pcg64Mcg;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// No exchange takes so long: what lasts longer hangs.
pub(crate) const LONG: Duration = Duration::from_secs(20);
/// What may be unread in one direction: it fits into the sockets' buffers, so that no step waits for a later one.
pub(crate) const MOST_UNREAD: usize = 40_000;

/// What each side sends, from its first byte on.
static BYTES: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| {
    let byte = |side: u64, at: u64| ((at * 2 + side).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8;
    [0, 1].map(|side| (0..8 << 20).map(|at| byte(side, at)).collect())
});

fn bytes(side: usize, from: usize, length: usize) -> &'static [u8] {
    &BYTES[side][from..from + length]
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Write(usize),
    Read(usize),
    /// An orderly end of what it sends.
    Finish,
    /// The end of the TCP stream alone, without the word for it of what lies upon it.
    Truncate,
    /// That word alone: the TCP stream stays open.
    SayEnd,
    /// Closes the socket: with unread bytes in it, that is a reset.
    Close,
    Reset,
    ReadToEnd,
    /// Writes until that fails.
    WriteInVain,
}

/// How a stream ended for its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Orderly,
    Truncated,
    Reset,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Read { side: usize, correct: usize, end: Option<End> },
    FailedInVain { side: usize },
    Hung { side: usize, read: usize },
}

/// A socket that counts its bytes. A write that is told of the reset leaves the reads after it without: here they are
/// told too.
#[derive(Debug)]
pub(crate) struct Tcp {
    socket: TcpStream,
    sent: usize,
    received: usize,
    reset_in_write: bool,
}

impl Tcp {
    pub(crate) fn new(socket: TcpStream) -> Self {
        socket.set_nodelay(true).unwrap();
        socket.set_read_timeout(Some(LONG)).unwrap();
        socket.set_write_timeout(Some(LONG)).unwrap();
        Self { socket, sent: 0, received: 0, reset_in_write: false }
    }

    /// The two ends of a new connection.
    pub(crate) fn pair(server: &TcpListener, address: SocketAddr) -> [Self; 2] {
        let client = TcpStream::connect(address).unwrap();
        [client, server.accept().unwrap().0].map(Self::new)
    }

    pub(crate) fn sent(&self) -> usize {
        self.sent
    }

    pub(crate) fn received(&self) -> usize {
        self.received
    }

    pub(crate) fn finish(&self) {
        // A peer that is gone has been told nothing of it.
        let _ = self.socket.shutdown(Shutdown::Write);
    }

    /// Waits until so many unread bytes are there: without them, a close would be an orderly end.
    pub(crate) fn await_unread(&self, length: usize) {
        let (start, mut buffer) = (Instant::now(), vec![0; length]);
        while length > 0 && self.socket.peek(&mut buffer).is_ok_and(|there| there < length) {
            assert!(start.elapsed() < LONG, "{length} bytes never came");
            std::thread::sleep(Duration::from_micros(100));
        }
    }

    /// Whether the system tells, within this time, of a reset that no read or write has been told of.
    #[cfg(target_os = "linux")]
    pub(crate) fn is_broken(&self, within: Duration) -> bool {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let within = Timespec { tv_sec: within.as_secs() as i64, tv_nsec: 0 };
        poll(&mut [PollFd::new(&self.socket, PollFlags::empty())], Some(&within)).unwrap() > 0
    }

    pub(crate) fn make_close_a_reset(&self) {
        socket2::SockRef::from(&self.socket).set_linger(Some(Duration::ZERO)).unwrap();
    }
}

impl Read for Tcp {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.socket.read(buffer)?;
        self.received += length;
        if length == 0 && self.reset_in_write {
            return Err(ErrorKind::ConnectionReset.into());
        }
        Ok(length)
    }
}

impl Write for Tcp {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.socket.write(bytes);
        self.reset_in_write |= written.as_ref().is_err_and(|e| e.kind() == ErrorKind::ConnectionReset);
        self.sent += written.as_ref().unwrap_or(&0);
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What carries a side's bytes: TCP, or what lies upon it. Reading no bytes is the end that the peer gave in order,
/// `UnexpectedEof` one that it did not.
pub(crate) trait Layer: Read + Write + Send {
    fn tcp(&self) -> &Tcp;

    /// Says the end of what is sent, where TCP's own does not.
    fn say_end(&mut self);
}

impl Layer for Tcp {
    fn tcp(&self) -> &Tcp {
        self
    }

    fn say_end(&mut self) {}
}

/// One of the two ends of a connection.
pub(crate) struct Side<L> {
    number: usize,
    layer: Option<L>,
    sent: usize,
    read: usize,
}

impl<L: Layer> Side<L> {
    pub(crate) fn pair(layers: [L; 2]) -> [Self; 2] {
        let mut number = 0;
        layers.map(|layer| {
            number += 1;
            Self { number: number - 1, layer: Some(layer), sent: 0, read: 0 }
        })
    }

    pub(crate) fn layer(&mut self) -> &mut L {
        self.layer.as_mut().unwrap()
    }

    /// Whether all was taken.
    pub(crate) fn write(&mut self, length: usize) -> bool {
        let text = bytes(self.number, self.sent, length);
        self.sent += length;
        self.layer().write_all(text).is_ok()
    }

    pub(crate) fn read(&mut self, most: usize) -> Seen {
        let (mut correct, side, mut buffer) = (0, self.number, vec![0; most.min(64 << 10)]);
        while correct < most {
            let space = buffer.len().min(most - correct);
            let end = match self.layer().read(&mut buffer[..space]) {
                Ok(0) => End::Orderly,
                Ok(length) => {
                    assert!(buffer[..length] == *bytes(1 - side, self.read, length), "other bytes than were sent");
                    (correct, self.read) = (correct + length, self.read + length);
                    continue;
                }
                Err(error) => match error.kind() {
                    ErrorKind::UnexpectedEof => End::Truncated,
                    ErrorKind::ConnectionReset => End::Reset,
                    ErrorKind::WouldBlock | ErrorKind::TimedOut => return Seen::Hung { side, read: correct },
                    _ => panic!("{error:?}"),
                },
            };
            return Seen::Read { side, correct, end: Some(end) };
        }
        Seen::Read { side, correct, end: None }
    }

    pub(crate) fn finish(&mut self) {
        self.layer().say_end();
        self.layer().tcp().finish();
    }

    pub(crate) fn close(&mut self, reset: bool) {
        if reset {
            self.layer().tcp().make_close_a_reset();
        }
        self.layer = None;
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

/// The steps of an exchange in the order in which they are taken, each with its side. `ends` are the ways in which a
/// side ends what it sends and goes on reading.
pub(crate) fn drawn(random: &mut Pcg64Mcg, ends: &[Step]) -> Vec<(usize, Step)> {
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
            14 | 15 if !me.finished => ends[random.random_range(0..ends.len())],
            16 => Step::Close,
            17 => Step::Reset,
            18 | 19 if (peer.finished || peer.gone) && !peer.heard => Step::ReadToEnd,
            _ => continue,
        };
        match step {
            Step::Write(length) if me.unread + length > MOST_UNREAD => continue,
            Step::Write(length) if !peer.gone => sides[at].unread += length,
            Step::Read(length) => sides[1 - at].unread -= length,
            Step::Finish | Step::Truncate | Step::SayEnd => sides[at].finished = true,
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
pub(crate) fn played<L: Layer>(steps: &[(usize, Step)], layers: [L; 2]) -> Vec<Seen> {
    let (mut sides, mut seen) = (Side::pair(layers), Vec::new());
    for (at, step) in steps {
        let peer_sent = sides[1 - at].layer.as_ref().map(|layer| layer.tcp().sent());
        let me = &mut sides[*at];
        match step {
            Step::Write(length) => drop(me.write(*length)),
            Step::Read(length) => seen.push(me.read(*length)),
            Step::ReadToEnd => seen.push(me.read(usize::MAX)),
            Step::Finish => me.finish(),
            Step::Truncate => me.layer().tcp().finish(),
            Step::SayEnd => me.layer().say_end(),
            Step::Close => {
                if let Some(sent) = peer_sent {
                    let tcp = me.layer().tcp();
                    tcp.await_unread(sent - tcp.received());
                }
                me.close(false);
            }
            Step::Reset => me.close(true),
            Step::WriteInVain => seen.push(me.write_in_vain()),
        }
    }
    seen
}

/// How a server ends that answers before it has read the request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Early {
    Close,
    FinishAndClose,
    Reset,
    FinishAndReadOn,
}

/// An answer of so many bytes when so many of the request have been read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EarlyAnswer {
    pub(crate) how: Early,
    pub(crate) upload: usize,
    pub(crate) reads: usize,
    pub(crate) answer: usize,
}

impl EarlyAnswer {
    pub(crate) fn drawn(n: usize, random: &mut Pcg64Mcg) -> Self {
        Self {
            how: [Early::Close, Early::FinishAndClose, Early::Reset, Early::FinishAndReadOn][n % 4],
            upload: [20_000, 300_000, 2 << 20][random.random_range(0..3)],
            reads: random.random_range(1..10_000),
            answer: random.random_range(1..MOST_UNREAD),
        }
    }

    /// What the client sees, and how much the server reads to an end.
    pub(crate) fn played<L: Layer>(self, layers: [L; 2]) -> (Seen, Option<Seen>) {
        let [mut client, mut served] = Side::pair(layers);
        std::thread::scope(|scope| {
            let client = scope.spawn(move || {
                let _ = client.write(self.upload);
                client.finish();
                client.read(usize::MAX)
            });
            assert_eq!(served.read(self.reads), Seen::Read { side: 1, correct: self.reads, end: None });
            served.layer().tcp().await_unread(1);
            assert!(served.write(self.answer));
            if matches!(self.how, Early::FinishAndClose | Early::FinishAndReadOn) {
                served.finish();
            }
            let rest = matches!(self.how, Early::FinishAndReadOn).then(|| served.read(usize::MAX));
            served.close(matches!(self.how, Early::Reset));
            (client.join().unwrap(), rest)
        })
    }
}

/// How many streams ended in each way, as a guard against exchanges that try one alone.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    pub(crate) orderly: u64,
    pub(crate) truncated: u64,
    pub(crate) reset: u64,
}

impl Ends {
    pub(crate) fn count(&mut self, seen: &[Seen]) {
        for seen in seen {
            match seen {
                Seen::Read { end: Some(End::Orderly), .. } => self.orderly += 1,
                Seen::Read { end: Some(End::Truncated), .. } => self.truncated += 1,
                Seen::Read { end: Some(End::Reset), .. } => self.reset += 1,
                _ => {}
            }
        }
    }
}
