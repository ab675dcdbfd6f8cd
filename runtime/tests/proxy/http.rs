//! HTTP/1 and HTTP/2 by hyper, client and server: requests and answers of all sizes, several over one connection, answers
//! before the request has ended, answers that break off, resets, clients that leave.

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// Connections, each of several exchanges: more than a thousand in all.
const CONNECTIONS: u64 = 600;
const LONG: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Version {
    One,
    Two,
}

/// What the server does with a request; it stands in the path.
#[derive(Clone, Copy, Debug)]
enum Answer {
    Echo,
    /// Before it has read the request, and says that the connection ends.
    Early,
    /// So many bytes, and then the body fails.
    BreaksOff(usize),
    /// None: the connection is reset when the request has been read.
    Reset,
}

#[derive(Clone, Copy, Debug)]
struct Exchange {
    upload: usize,
    /// Sent in parts of unknown number.
    in_parts: bool,
    answer: Answer,
    /// The client drops the answer when it has its head.
    leaves: bool,
}

#[derive(Debug, PartialEq)]
enum Seen {
    Answer { status: StatusCode, length: usize, is_right: bool },
    BrokeOff { status: StatusCode, is_right: bool, reset: bool },
    Left { status: StatusCode },
    NoAnswer { reset: bool },
    Hung,
}

fn drawn(random: &mut Pcg64Mcg) -> Vec<Exchange> {
    let mut exchanges = Vec::new();
    for _ in 0..random.random_range(1..6) {
        let exchange = Exchange {
            upload: [0, 1, 1_000, 20_000, 100_000][random.random_range(0..5)],
            in_parts: random.random_bool(0.5),
            answer: match random.random_range(0..8) {
                0 => Answer::Early,
                1 => Answer::BreaksOff(random.random_range(1..100_000)),
                2 if random.random_bool(0.5) => Answer::Reset,
                _ => Answer::Echo,
            },
            leaves: random.random_bool(0.1),
        };
        exchanges.push(exchange);
        // What follows these on the same connection depends on who is faster, direct or not.
        if exchange.leaves || !matches!(exchange.answer, Answer::Echo) {
            break;
        }
    }
    if let Some(Exchange { answer: Answer::Early, upload, .. }) = exchanges.last_mut() {
        // More than the sockets hold is sent or is not, direct or not, before the server has gone.
        *upload = (*upload).min(20_000);
    }
    exchanges
}

fn text(length: usize) -> Bytes {
    (0..length).map(|at| (at as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes()[7]).collect()
}

/// A body in parts of 3,000 bytes, which may end in an error.
struct Parts {
    left: Bytes,
    fails: bool,
}

impl Body for Parts {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.left.is_empty() {
            let failed = std::mem::take(&mut self.fails);
            return Poll::Ready(failed.then(|| Err(io::Error::other("it breaks off"))));
        }
        let length = self.left.len().min(3_000);
        Poll::Ready(Some(Ok(Frame::data(self.left.split_to(length)))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

type AnyBody = BoxBody<Bytes, io::Error>;

async fn served(request: Request<Incoming>, reset: &Notify) -> Result<Response<AnyBody>, io::Error> {
    let path = request.uri().path().to_owned();
    if path == "/early" {
        let answer = Response::builder().status(StatusCode::PAYLOAD_TOO_LARGE);
        let answer =
            if request.version() == hyper::Version::HTTP_11 { answer.header("connection", "close") } else { answer };
        return answer.body(Full::new(text(5_000)).map_err(|never| match never {}).boxed()).map_err(io::Error::other);
    }
    let body = request.into_body().collect().await.map_err(io::Error::other)?.to_bytes();
    if let Some(length) = path.strip_prefix("/breaks_off/") {
        let left = text(length.parse().map_err(io::Error::other)?);
        return Ok(Response::new(Parts { left, fails: true }.boxed()));
    }
    if path == "/reset" {
        reset.notify_one();
        std::future::pending::<()>().await;
    }
    Ok(Response::new(Full::new(body).map_err(|never| match never {}).boxed()))
}

/// A socket that sends small parts at once instead of waiting 40 ms for more.
fn prompt(socket: TcpStream) -> TcpStream {
    socket.set_nodelay(true).unwrap();
    socket
}

async fn serve(listener: TcpListener, version: Version) {
    while let Ok((socket, _)) = listener.accept().await {
        tokio::spawn(serve_one(prompt(socket), version));
    }
}

async fn serve_one(socket: TcpStream, version: Version) {
    // The socket stays open as long as this.
    let held = socket2::SockRef::from(&socket).try_clone().unwrap();
    let (io, reset) = (TokioIo::new(socket), Arc::new(Notify::new()));
    let asked = reset.clone();
    let service = hyper::service::service_fn(move |request| {
        let reset = reset.clone();
        async move { served(request, &reset).await }
    });
    let served: Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>> = match version {
        Version::One => Box::pin(hyper::server::conn::http1::Builder::new().serve_connection(io, service)),
        Version::Two => {
            Box::pin(hyper::server::conn::http2::Builder::new(TokioExecutor::new()).serve_connection(io, service))
        }
    };
    tokio::select! {
        _ = served => {}
        () = asked.notified() => held.set_linger(Some(Duration::ZERO)).unwrap(),
    }
}

/// The client's end of a connection.
enum Sender {
    One(hyper::client::conn::http1::SendRequest<AnyBody>),
    Two(hyper::client::conn::http2::SendRequest<AnyBody>),
}

impl Sender {
    async fn connect(version: Version, address: SocketAddr) -> Self {
        let io = TokioIo::new(prompt(TcpStream::connect(address).await.unwrap()));
        match version {
            Version::One => {
                let (sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
                tokio::spawn(connection);
                Self::One(sender)
            }
            Version::Two => {
                let (sender, connection) =
                    hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
                tokio::spawn(connection);
                Self::Two(sender)
            }
        }
    }

    /// Whether a reset of the connection is the cause. HTTP/2 writes while it waits, and a write that comes too late is told
    /// of a broken pipe: there it is not asked.
    fn was_reset(&self, error: &hyper::Error) -> bool {
        let mut causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
        let is_reset = |error: &io::Error| error.kind() == io::ErrorKind::ConnectionReset;
        matches!(self, Self::One(_)) && causes.any(|cause| cause.downcast_ref().is_some_and(is_reset))
    }

    async fn send(&mut self, request: Request<AnyBody>) -> hyper::Result<Response<Incoming>> {
        match self {
            Self::One(sender) => {
                sender.ready().await?;
                sender.send_request(request).await
            }
            Self::Two(sender) => {
                sender.ready().await?;
                sender.send_request(request).await
            }
        }
    }
}

async fn exchanged(sender: &mut Sender, exchange: Exchange) -> Seen {
    let path = match exchange.answer {
        Answer::Echo => "/echo".to_owned(),
        Answer::Early => "/early".to_owned(),
        Answer::BreaksOff(length) => format!("/breaks_off/{length}"),
        Answer::Reset => "/reset".to_owned(),
    };
    let (wanted, body) = (text(exchange.upload), text(exchange.upload));
    let body = if exchange.in_parts {
        Parts { left: body, fails: false }.boxed()
    } else {
        Full::new(body).map_err(|never| match never {}).boxed()
    };
    let request = Request::builder().method("POST").uri(format!("http://here{path}")).header("host", "here");
    let answer = match sender.send(request.body(body).unwrap()).await {
        Ok(answer) => answer,
        Err(error) => return Seen::NoAnswer { reset: sender.was_reset(&error) },
    };
    let status = answer.status();
    if exchange.leaves {
        return Seen::Left { status };
    }
    let wanted = if status.is_success() { wanted } else { text(5_000) };
    let (mut body, mut got) = (answer.into_body(), Vec::new());
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => got.extend_from_slice(&frame.into_data().unwrap_or_default()),
            // How much came before depends on how it was cut into packets.
            Err(error) => {
                let reset = sender.was_reset(&error);
                return Seen::BrokeOff { status, is_right: got[..] == text(got.len()), reset };
            }
        }
    }
    Seen::Answer { status, length: got.len(), is_right: got[..] == wanted }
}

async fn played(version: Version, exchanges: &[Exchange], address: SocketAddr) -> Vec<Seen> {
    let (mut sender, mut seen) = (Sender::connect(version, address).await, Vec::new());
    for exchange in exchanges {
        let one = tokio::time::timeout(LONG, exchanged(&mut sender, *exchange)).await;
        seen.push(one.unwrap_or(Seen::Hung));
    }
    seen
}

fn compare(version: Version) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, version));
        let proxy = brunt::fault::Proxy::new(address).await.unwrap();
        let mut answers = [0; 4];
        for seed in 0..CONNECTIONS {
            let exchanges = drawn(&mut Pcg64Mcg::seed_from_u64(seed));
            let direct = played(version, &exchanges, address).await;
            let proxied = played(version, &exchanges, proxy.address()).await;
            assert_eq!(proxied, direct, "{version:?}, seed {seed} (left: through the proxy): {exchanges:?}");
            for seen in direct {
                match seen {
                    Seen::Answer { is_right, .. } => answers[0] += usize::from(is_right),
                    Seen::NoAnswer { reset: true } => answers[3] += 1,
                    // HTTP/2 takes back an answer that has not left yet.
                    Seen::BrokeOff { is_right: true, reset: false, .. } | Seen::NoAnswer { .. } => answers[1] += 1,
                    Seen::Left { .. } => answers[2] += 1,
                    _ => {}
                }
            }
        }
        assert!(answers.iter().sum::<usize>() >= 1_000, "{answers:?}");
        assert_eq!(answers[3] > 25, version == Version::One, "{answers:?}");
        assert!(answers[0] > 600 && answers[1].min(answers[2]) > 25, "{answers:?}");
    });
}

#[test]
fn http_1_through_an_idle_proxy_is_as_without() {
    compare(Version::One);
}

#[test]
fn http_2_through_an_idle_proxy_is_as_without() {
    compare(Version::Two);
}
