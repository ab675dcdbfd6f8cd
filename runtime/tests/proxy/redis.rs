//! Redis' own server: commands one by one and in pipelines, transactions, values of megabytes, messages to subscribers,
//! and every way of ending, over sockets that the test holds.

use super::exchange::{LONG, Tcp};
use super::{EXCHANGES, assert_drawn, await_all_closed, both_ways, proxy_before};
use brunt::fault::Error;
use brunt::redis::{Cluster, Options};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use std::cell::RefCell;
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// What the server's list of clients says of one whose command waits.
const IS_BLOCKED: &str = " flags=b ";

#[derive(Clone, Debug)]
enum Part {
    /// Commands that are all sent before the first reply is read.
    Pipeline(Vec<Vec<String>>),
    /// A value of so many bytes, there and back.
    Large(usize),
    /// So many messages of so many bytes to a channel, until the subscriber leaves it.
    Subscription { messages: usize, length: usize },
    /// A pop that waits for what another client pushes.
    Blocks,
}

#[derive(Clone, Copy, Debug)]
enum Ending {
    Quits,
    /// The client ends its stream behind so many commands, and reads their replies.
    Finishes(usize),
    /// The client leaves in the middle of a command.
    BreaksOff {
        reset: bool,
    },
    /// The server ends the connection while a command waits.
    IsKilled,
    /// The client announces more than the server takes, and may go on to send it.
    IsTooLarge {
        upload: usize,
    },
}

#[derive(Clone, Debug)]
struct Session {
    parts: Vec<Part>,
    ending: Ending,
}

/// Any command on a few keys, many of which fail because the key holds something of another kind.
fn command(random: &mut Pcg64Mcg) -> Vec<String> {
    let key = format!("key:{}", random.random_range(0..4));
    let value = "v".repeat([0, 1, 100, 5_000][random.random_range(0..4)]);
    let words: &[&str] = match random.random_range(0..15) {
        0 | 1 => &["SET", &key, &value],
        2 => &["GET", &key],
        3 => &["INCR", &key],
        4 => &["APPEND", &key, "vv"],
        5 => &["RPUSH", &key, "one", &value],
        6 => &["LRANGE", &key, "0", "-1"],
        7 => &["HSET", &key, "field", &value],
        8 => &["HGETALL", &key],
        9 => &["MGET", "key:0", &key, "missing"],
        10 => &["DEL", &key],
        11 => &["SET", &key, "7"],
        12 => &["ZADD", &key, "1.5", "member"],
        13 => &["NO_SUCH_COMMAND", &key],
        _ => &["GET"],
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn drawn(random: &mut Pcg64Mcg) -> Session {
    let mut parts = Vec::new();
    for _ in 0..random.random_range(0..4) {
        parts.push(match random.random_range(0..12) {
            0..6 => Part::Pipeline((0..random.random_range(1..20)).map(|_| command(random)).collect()),
            6 | 7 => {
                let mut pipeline: Vec<_> = (0..random.random_range(0..6)).map(|_| command(random)).collect();
                pipeline.insert(0, vec!["MULTI".to_owned()]);
                pipeline.push(vec![["EXEC", "EXEC", "DISCARD"][random.random_range(0..3)].to_owned()]);
                Part::Pipeline(pipeline)
            }
            8 => Part::Large([100_000, 1 << 20, 3 << 20][random.random_range(0..3)]),
            9 | 10 => {
                let (messages, length) = (random.random_range(0..10), [0, 10, 20_000][random.random_range(0..3)]);
                Part::Subscription { messages, length }
            }
            _ => Part::Blocks,
        });
    }
    let ending = match random.random_range(0..10) {
        0 | 1 => Ending::Quits,
        2 | 3 => Ending::Finishes(random.random_range(0..20)),
        4..7 => Ending::BreaksOff { reset: random.random_bool(0.5) },
        7 | 8 => Ending::IsKilled,
        _ => Ending::IsTooLarge { upload: [0, 2 << 20][random.random_range(0..2)] },
    };
    Session { parts, ending }
}

/// A reply in Redis' protocol, version 2.
#[derive(Debug, PartialEq)]
enum Reply {
    Nil,
    Status(String),
    Error(String),
    Integer(i64),
    Value(Vec<u8>),
    List(Vec<Reply>),
}

impl Reply {
    fn read(from: &mut impl BufRead) -> io::Result<Self> {
        let mut line = String::new();
        from.read_line(&mut line)?;
        let text = line.strip_suffix("\r\n").ok_or(ErrorKind::UnexpectedEof)?;
        let (kind, text) = text.split_at(1);
        let number = text.parse().map_err(io::Error::other);
        Ok(match kind {
            "+" => Self::Status(text.to_owned()),
            "-" => Self::Error(text.to_owned()),
            ":" => Self::Integer(number?),
            "$" | "*" if text == "-1" => Self::Nil,
            "$" => {
                let mut value = vec![0; number? as usize + 2];
                from.read_exact(&mut value)?;
                value.truncate(value.len() - 2);
                Self::Value(value)
            }
            "*" => Self::List((0..number?).map(|_| Self::read(from)).collect::<Result<_, _>>()?),
            _ => return Err(io::Error::other(format!("no reply: {line:?}"))),
        })
    }

    /// Large values are those of the test, of one letter alone.
    fn shown(&self) -> String {
        match self {
            Self::Value(value) if value.len() <= 100 => String::from_utf8_lossy(value).into_owned(),
            Self::Value(value) if value.iter().all(|byte| *byte == b'v') => format!("{} bytes, as set", value.len()),
            Self::Value(value) => format!("{} bytes, other ones", value.len()),
            Self::List(replies) => format!("[{}]", replies.iter().map(Self::shown).collect::<Vec<_>>().join(", ")),
            reply => format!("{reply:?}"),
        }
    }
}

fn packed<W: AsRef<[u8]>>(words: &[W]) -> Vec<u8> {
    let mut packed = format!("*{}\r\n", words.len()).into_bytes();
    for word in words.iter().map(AsRef::as_ref) {
        packed.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        packed.extend_from_slice(word);
        packed.extend_from_slice(b"\r\n");
    }
    packed
}

struct Client {
    stream: BufReader<Tcp>,
    id: String,
    /// What it was told.
    seen: Vec<String>,
}

impl Client {
    fn connect(address: SocketAddr, password: &str) -> Self {
        let stream = BufReader::new(Tcp::new(TcpStream::connect(address).unwrap()));
        let mut client = Self { stream, id: String::new(), seen: Vec::new() };
        assert_eq!(client.ask(&["AUTH", password]), Reply::Status("OK".to_owned()));
        let Reply::Integer(id) = client.ask(&["CLIENT", "ID"]) else { panic!("no number") };
        client.id = id.to_string();
        client
    }

    fn send<W: AsRef<[u8]>>(&mut self, words: &[W]) {
        self.stream.get_mut().write_all(&packed(words)).unwrap();
    }

    /// Whether the stream goes on.
    fn see(&mut self) -> bool {
        let reply = Reply::read(&mut self.stream);
        self.seen.push(match &reply {
            Ok(reply) => reply.shown(),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => "an orderly end".to_owned(),
            Err(error) => format!("{:?}", error.kind()),
        });
        reply.is_ok()
    }

    fn ask<W: AsRef<[u8]>>(&mut self, words: &[W]) -> Reply {
        self.send(words);
        Reply::read(&mut self.stream).unwrap()
    }

    fn play(&mut self, part: &Part, other: &mut Self) {
        match part {
            Part::Pipeline(commands) => {
                let all: Vec<u8> = commands.iter().flat_map(|words| packed(words)).collect();
                self.stream.get_mut().write_all(&all).unwrap();
                commands.iter().for_each(|_| assert!(self.see(), "{:?}", self.seen));
            }
            Part::Large(length) => {
                self.send(&[b"SET", &b"large"[..], &vec![b'v'; *length]]);
                self.send(&["GET", "large"]);
                assert!(self.see() && self.see(), "{:?}", self.seen);
            }
            Part::Subscription { messages, length } => {
                self.send(&["SUBSCRIBE", "channel"]);
                self.see();
                for _ in 0..*messages {
                    let heard = other.ask(&["PUBLISH", "channel", &"v".repeat(*length)]);
                    self.seen.push(format!("published to {heard:?}"));
                }
                (0..*messages).for_each(|_| assert!(self.see(), "{:?}", self.seen));
                self.send(&["UNSUBSCRIBE", "channel"]);
                self.see();
            }
            Part::Blocks => {
                self.send(&["BLPOP", "queue", &LONG.as_secs().to_string()]);
                other.until_client(&self.id, IS_BLOCKED);
                other.ask(&["RPUSH", "queue", "pushed"]);
                self.see();
            }
        }
    }

    fn end(&mut self, ending: Ending, other: &mut Self) {
        match ending {
            Ending::Quits => {
                self.send(&["QUIT"]);
                while self.see() {}
            }
            Ending::Finishes(commands) => {
                (0..commands).for_each(|_| self.send(&["INCR", "last words"]));
                self.stream.get_ref().finish();
                while self.see() {}
            }
            Ending::BreaksOff { reset } => {
                self.stream.get_mut().write_all(b"*3\r\n$3\r\nSET\r\n$7\r\npartial\r\n$10\r\n12345").unwrap();
                if reset {
                    self.stream.get_ref().make_close_a_reset();
                }
            }
            Ending::IsKilled => {
                self.send(&["BLPOP", "queue", &LONG.as_secs().to_string()]);
                other.until_client(&self.id, IS_BLOCKED);
                other.ask(&["CLIENT", "KILL", "ID", &self.id]);
                while self.see() {}
            }
            Ending::IsTooLarge { upload } => {
                let head: &[u8] = b"*1\r\n$900000000\r\n";
                // The server goes before it has read all that.
                let _ = self.stream.get_mut().write_all(&[head, &vec![b'v'; upload]].concat());
                while self.see() {}
                if upload > 0 {
                    // Whether it goes before or after the next bytes have come, and is told of in a reset, is chance.
                    *self.seen.last_mut().unwrap() = "an end".to_owned();
                }
            }
        }
    }

    /// Waits until the server's list of clients says this of one.
    fn until_client(&mut self, id: &str, wanted: &str) {
        let start = Instant::now();
        loop {
            let Reply::Value(text) = self.ask(&["CLIENT", "LIST", "ID", id]) else { panic!("no list of clients") };
            let text = String::from_utf8(text).unwrap();
            if text.contains(wanted) && (!wanted.is_empty() || text.is_empty()) {
                return;
            }
            assert!(start.elapsed() < LONG, "client {id} is to be {wanted:?}, and is {text:?}");
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// Whether the server forgets a client.
    fn until_gone(&mut self, id: &str) {
        self.until_client(id, "");
    }
}

/// What a client at this address sees, and what is left behind.
fn played(session: &Session, address: SocketAddr, password: &str, other: &mut Client) -> Vec<String> {
    other.ask(&["FLUSHALL"]);
    let mut client = Client::connect(address, password);
    for part in &session.parts {
        client.play(part, other);
    }
    client.end(session.ending, other);
    let Client { stream, id, mut seen } = client;
    drop(stream);
    other.until_gone(&id);
    let (size, partial) = (other.ask(&["DBSIZE"]), other.ask(&["EXISTS", "partial"]));
    seen.push(format!("left: {size:?} keys, a partial command's {partial:?}"));
    seen
}

/// A server of its own, or `None` where Redis is missing and nobody requires it.
fn server() -> Option<Cluster> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    match runtime.block_on(Cluster::start(Options::new())) {
        Ok(cluster) => Some(cluster),
        Err(Error::Missing(missing)) => {
            let required = std::env::var("BRUNT_REQUIRE").is_ok_and(|names| names.contains("redis"));
            assert!(!required, "{missing}, and BRUNT_REQUIRE names it");
            eprintln!("skipped: {missing} (BRUNT_REQUIRE=redis makes this a failure)");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn redis_through_an_idle_proxy_is_as_without() {
    let Some(cluster) = server() else { return };
    let address = cluster.primary().direct_address();
    let proxy = proxy_before(address);
    let other = RefCell::new(Client::connect(address, cluster.password()));
    let mut all = Vec::new();
    for seed in 0..EXCHANGES {
        let session = drawn(&mut Pcg64Mcg::seed_from_u64(seed));
        let [direct, proxied] = both_ways(seed, &session, |proxied| {
            let address = if proxied { proxy.address() } else { address };
            played(&session, address, cluster.password(), &mut other.borrow_mut())
        });
        assert_eq!(proxied, direct, "seed {seed} (left: through the proxy): {session:?}");
        all.extend(direct);
    }
    assert_drawn(
        &all,
        &[
            "bytes, as set",
            "WRONGTYPE",
            "EXECABORT",
            "message",
            "published to Integer(1)",
            "pushed",
            "an orderly end",
            "invalid bulk length",
        ],
    );
    await_all_closed(&proxy);
}
