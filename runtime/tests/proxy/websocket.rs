//! Websocket by tungstenite, client and server: messages whole and in fragments, pings and their pongs, the handshake
//! that closes from either side, and every way of leaving without one. The sides take turns, and a turn has been read
//! when the next begins: what is pending is the same, direct or not.

use super::exchange::Tcp;
use super::{EXCHANGES, assert_drawn, await_all_closed, both_ways, proxy_before};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::sync::LazyLock;
use tungstenite::handshake::HandshakeError;
use tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tungstenite::http::StatusCode;
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tungstenite::{Bytes, Error, Message, WebSocket};

const CLIENT: usize = 0;
const SERVER: usize = 1;
const END_OF_TURN: &str = "your turn";
/// What a server takes in one message.
const LARGEST_MESSAGE: usize = 1 << 20;

#[derive(Clone, Debug)]
enum Sent {
    Text(usize),
    Binary(usize),
    Ping(usize),
    /// One message in these parts, with a ping after the first.
    Fragments(Vec<usize>),
}

/// How a session ends, and by whom where not both do.
#[derive(Clone, Copy, Debug)]
enum Ending {
    /// By the handshake.
    Closes(usize, u16),
    BothClose,
    /// The socket is closed, without a word.
    Leaves(usize),
    Resets(usize),
    /// ... in the middle of a frame.
    BreaksOff {
        side: usize,
        reset: bool,
    },
    /// Last words, and the socket is closed while a message of so many bytes is coming and none of it has been read.
    LeavesUnread {
        side: usize,
        length: usize,
    },
    /// The stream ends, and what the peer still sends is read.
    FinishesAndReadsOn(usize),
    /// The client sends more than the server takes.
    TooLarge,
}

#[derive(Clone, Debug)]
struct Session {
    /// What the server answers instead of switching to websocket.
    refused: Option<u16>,
    /// Who begins.
    first: usize,
    turns: Vec<Vec<Sent>>,
    ending: Ending,
}

fn drawn(random: &mut Pcg64Mcg) -> Session {
    let length = |random: &mut Pcg64Mcg| [0, 1, 125, 126, 5_000, 65_535, 65_536][random.random_range(0..7)];
    let sent = |random: &mut Pcg64Mcg| match random.random_range(0..10) {
        0..3 => Sent::Text(length(random)),
        3..6 => Sent::Binary(length(random)),
        6 | 7 => Sent::Ping(random.random_range(0..126)),
        _ => Sent::Fragments((0..random.random_range(2..5)).map(|_| length(random)).collect()),
    };
    let mut turns = Vec::new();
    for _ in 0..random.random_range(1..5) {
        turns.push((0..random.random_range(0..4)).map(|_| sent(random)).collect());
    }
    let first = random.random_range(0..2);
    // Who leaves has read all that was sent to him: else it would depend on when a pong comes whether that is a reset.
    let (reader, any) = ((first + turns.len()) % 2, random.random_range(0..2));
    let ending = match random.random_range(0..10) {
        0 | 1 => Ending::Closes(any, [1000, 1001, 1011, 4000][random.random_range(0..4)]),
        2 => Ending::BothClose,
        3 => Ending::Leaves(reader),
        4 => Ending::Resets(any),
        5 | 6 => Ending::BreaksOff { side: reader, reset: random.random_bool(0.5) },
        7 => Ending::LeavesUnread { side: any, length: [1_000, LARGEST_MESSAGE][random.random_range(0..2)] },
        8 => Ending::FinishesAndReadsOn(any),
        _ => Ending::TooLarge,
    };
    let refused = random.random_bool(0.05).then(|| [401, 403, 503][random.random_range(0..3)]);
    Session { refused, first, turns, ending }
}

/// What every message is a beginning of.
static TEXT: LazyLock<Bytes> = LazyLock::new(|| (b'a'..=b'z').cycle().take(LARGEST_MESSAGE + 1).collect());

fn text(length: usize) -> String {
    String::from_utf8_lossy(&TEXT[..length]).into_owned()
}

struct Side {
    socket: Option<WebSocket<Tcp>>,
    seen: Vec<String>,
}

impl Side {
    fn socket(&mut self) -> &mut WebSocket<Tcp> {
        self.socket.as_mut().unwrap()
    }

    fn send(&mut self, message: Message) {
        self.socket().send(message).unwrap();
    }

    fn take_turn(&mut self, turn: &[Sent]) {
        for sent in turn {
            match sent {
                Sent::Text(length) => self.send(Message::text(text(*length))),
                Sent::Binary(length) => self.send(Message::binary(text(*length))),
                Sent::Ping(length) => self.send(Message::Ping(text(*length).into())),
                Sent::Fragments(parts) => {
                    let mut from = 0;
                    for (at, length) in parts.iter().enumerate() {
                        let part = TEXT.slice(from..from + length);
                        from += length;
                        let kind = if at == 0 { Data::Text } else { Data::Continue };
                        let frame = Frame::message(part, OpCode::Data(kind), at + 1 == parts.len());
                        self.send(Message::Frame(frame));
                        if at == 0 {
                            self.send(Message::Ping(TEXT.slice(..7)));
                        }
                    }
                }
            }
        }
        self.send(Message::text(END_OF_TURN));
    }

    /// Whether the stream goes on.
    fn read(&mut self) -> bool {
        let read = self.socket().read();
        self.seen.push(match &read {
            Ok(Message::Close(frame)) => format!("{frame:?}"),
            Ok(message) if message.to_text().is_ok_and(|text| text == END_OF_TURN) => END_OF_TURN.to_owned(),
            Ok(message) => {
                let kind = match message {
                    Message::Text(_) => "text",
                    Message::Binary(_) => "binary",
                    Message::Ping(_) => "ping",
                    _ => "pong",
                };
                let right = TEXT[..message.len()] == message.clone().into_data()[..];
                format!("{kind} of {} bytes, {}", message.len(), if right { "as sent" } else { "other ones" })
            }
            Err(Error::Io(error)) => format!("{:?}", error.kind()),
            Err(error) => format!("{error:?}"),
        });
        read.is_ok()
    }

    fn read_turn(&mut self) {
        while self.read() && self.seen.last().is_none_or(|seen| seen != END_OF_TURN) {}
    }

    fn read_to_end(&mut self) {
        while self.read() {}
        self.socket = None;
    }
}

/// Both sides at once, each on a thread.
fn both(sides: &mut [Side; 2], act: impl Fn(usize, &mut Side) + Sync) {
    std::thread::scope(|scope| {
        let [client, server] = sides;
        scope.spawn(|| act(CLIENT, client));
        act(SERVER, server);
    });
}

/// The sides of a new session, or what each is told instead.
#[allow(clippy::result_large_err)] // tungstenite's errors
fn shaken(session: &Session, [client, server]: [Tcp; 2]) -> Result<[Side; 2], [String; 2]> {
    let config = WebSocketConfig::default().max_message_size(Some(LARGEST_MESSAGE)).max_frame_size(None);
    let answer = |_: &Request, answer: Response| match session.refused {
        None => Ok(answer),
        Some(status) => {
            let mut refusal = ErrorResponse::new(Some("not here".to_owned()));
            *refusal.status_mut() = StatusCode::from_u16(status).unwrap();
            Err(refusal)
        }
    };
    let told = |error: Error| match error {
        Error::Http(answer) => answer.status().to_string(),
        error => error.to_string(),
    };
    std::thread::scope(|scope| {
        let client = scope.spawn(|| tungstenite::client("ws://here/chat", client).map(|(socket, _)| socket));
        let server = tungstenite::accept_hdr_with_config(server, answer, Some(config));
        match (client.join().unwrap(), server) {
            (Ok(client), Ok(server)) => {
                Ok([client, server].map(|socket| Side { socket: Some(socket), seen: Vec::new() }))
            }
            (Err(HandshakeError::Failure(client)), Err(HandshakeError::Failure(server))) => {
                Err([client, server].map(told))
            }
            (client, server) => panic!("one side alone: {client:?}, {server:?}"),
        }
    })
}

/// What the client and the server see.
fn played(session: &Session, tcp: [Tcp; 2]) -> [Vec<String>; 2] {
    let mut sides = match shaken(session, tcp) {
        Ok(sides) => sides,
        Err(told) => return told.map(|told| vec![told]),
    };
    for (number, turn) in session.turns.iter().enumerate() {
        let speaker = (session.first + number) % 2;
        both(&mut sides, |at, side| if at == speaker { side.take_turn(turn) } else { side.read_turn() });
    }
    end(session.ending, &mut sides);
    sides.map(|side| side.seen)
}

fn end(ending: Ending, sides: &mut [Side; 2]) {
    let close = |side: &mut Side, code: u16| {
        let frame = CloseFrame { code: CloseCode::from(code), reason: "that was all".into() };
        side.socket().close(Some(frame)).unwrap();
        side.socket().flush().unwrap();
    };
    match ending {
        Ending::Closes(by, code) => close(&mut sides[by], code),
        Ending::BothClose => sides.iter_mut().for_each(|side| close(side, 1000)),
        Ending::Leaves(by) => sides[by].socket = None,
        Ending::Resets(by) => {
            sides[by].socket().get_ref().make_close_a_reset();
            sides[by].socket = None;
        }
        Ending::BreaksOff { side, reset } => {
            // The head of a binary frame of 100 bytes, masked where the client sends it, and half of it.
            let head: &[u8] = if side == CLIENT { &[0x82, 0x80 | 100, 1, 2, 3, 4] } else { &[0x82, 100] };
            let tcp = sides[side].socket().get_mut();
            tcp.write_all(&[head, &[7; 50]].concat()).unwrap();
            if reset {
                tcp.make_close_a_reset();
            }
            sides[side].socket = None;
        }
        Ending::LeavesUnread { side: by, length } => both(sides, |at, side| {
            if at == by {
                // Unread bytes, of the message or of a pong before it, make a reset of the close.
                side.socket().get_ref().await_unread(1);
                side.send(Message::text(text(50)));
                side.socket = None;
            } else {
                let _ = side.socket().send(Message::binary(text(length)));
            }
        }),
        Ending::FinishesAndReadsOn(by) => {
            sides[by].socket().get_ref().finish();
            both(sides, |at, side| if at == by { side.read_turn() } else { side.take_turn(&[Sent::Text(5_000)]) });
            sides[1 - by].read_to_end();
        }
        Ending::TooLarge => both(sides, |at, side| {
            if at == CLIENT {
                // The server is gone before it has read all that.
                let _ = side.socket().send(Message::binary(text(LARGEST_MESSAGE + 1)));
            } else {
                side.read_to_end();
            }
        }),
    }
    both(sides, |_, side| {
        if side.socket.is_some() {
            side.read_to_end();
        }
    });
}

#[test]
fn websocket_through_an_idle_proxy_is_as_without() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address: SocketAddr = server.local_addr().unwrap();
    let proxy = proxy_before(address);
    let mut all = Vec::new();
    for seed in 0..EXCHANGES {
        let session = drawn(&mut Pcg64Mcg::seed_from_u64(seed));
        let [direct, proxied] = both_ways(seed, &session, |proxied| {
            played(&session, Tcp::pair(&server, if proxied { proxy.address() } else { address }))
        });
        assert_eq!(proxied, direct, "seed {seed} (left: through the proxy): {session:?}");
        all.extend(direct.into_iter().flatten());
    }
    assert_drawn(
        &all,
        &[
            "text of",
            "binary of",
            "ping of",
            "pong of",
            "ConnectionClosed",
            "ResetWithoutClosingHandshake",
            "ConnectionReset",
            "MessageTooLong",
            "CloseFrame { code: Away",
            "503 Service",
        ],
    );
    await_all_closed(&proxy);
}
