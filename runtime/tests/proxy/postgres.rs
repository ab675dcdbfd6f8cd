//! PostgreSQL's own server, spoken to by tokio-postgres: simple and prepared queries one by one and in pipelines, `COPY`
//! both ways, transactions, errors, notifications, cancel requests, and every way of ending, also in the middle of a
//! query. A query that is to be met while it runs waits for a lock that another client holds: no sleep decides.

use super::exchange::LONG;
use super::{Named, await_all_closed};
use brunt::fault::{Error, Proxy};
use brunt::postgres::{Cluster, Options};
use futures_util::future::join_all;
use futures_util::{SinkExt, TryStreamExt};
use hyper::body::Bytes;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use std::future::poll_fn;
use std::net::{Shutdown, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_postgres::{AsyncMessage, Config, NoTls, SimpleQueryMessage};

#[derive(Clone, Copy, Debug)]
enum CopyEnd {
    Finishes,
    Aborts,
    /// With a row that is none.
    IsWrong,
}

#[derive(Clone, Debug)]
enum Part {
    /// So many rows of so many bytes, by a prepared statement.
    Rows {
        rows: i32,
        length: i32,
    },
    /// Several statements in one message, of which one may fail.
    Simple(String),
    /// What 100 is divided by, in queries that are sent before the first answer is read.
    Pipeline(Vec<i32>),
    CopyIn {
        rows: usize,
        end: CopyEnd,
    },
    CopyOut {
        rows: usize,
        length: usize,
    },
    /// Inserts, a mistake among them if it `fails`.
    Transaction {
        fails: bool,
        commits: bool,
    },
    Notifies(usize),
    IsCancelled,
}

#[derive(Clone, Copy, Debug)]
enum Ending {
    Terminates,
    /// The client ends its stream while a query runs, and gets its answer.
    Finishes,
    LeavesInQuery {
        reset: bool,
    },
    LeavesInTransaction {
        reset: bool,
    },
    LeavesInCopy {
        reset: bool,
    },
    /// The server ends the connection while a query runs.
    IsTerminated,
}

#[derive(Clone, Debug)]
struct Session {
    parts: Vec<Part>,
    ending: Ending,
}

fn drawn(random: &mut Pcg64Mcg) -> Session {
    let mut parts = Vec::new();
    for _ in 0..random.random_range(0..5) {
        parts.push(match random.random_range(0..10) {
            0 | 1 => {
                let (rows, length) = (random.random_range(0..40), [0, 10, 10_000][random.random_range(0..3)]);
                Part::Rows { rows, length }
            }
            2 => {
                let statements =
                    ["select 1, null", "insert into t values (7)", "select 1 / 0", "selec", "table t limit 2"];
                let drawn = (0..random.random_range(1..5)).map(|_| statements[random.random_range(0..5)]);
                Part::Simple(drawn.collect::<Vec<_>>().join("; "))
            }
            3 => Part::Pipeline((0..random.random_range(1..10)).map(|_| random.random_range(0..6)).collect()),
            4 | 5 => {
                let end = [CopyEnd::Finishes, CopyEnd::Aborts, CopyEnd::IsWrong][random.random_range(0..3)];
                Part::CopyIn { rows: [0, 1, 10_000][random.random_range(0..3)], end }
            }
            6 => {
                let (rows, length) = (random.random_range(0..40), [1, 1_000, 20_000][random.random_range(0..3)]);
                Part::CopyOut { rows, length }
            }
            7 => Part::Transaction { fails: random.random_bool(0.3), commits: random.random_bool(0.5) },
            8 => Part::Notifies(random.random_range(1..5)),
            _ => Part::IsCancelled,
        });
    }
    let reset = random.random_bool(0.5);
    let ending = match random.random_range(0..10) {
        0..3 => Ending::Terminates,
        3 | 4 => Ending::Finishes,
        5 | 6 => Ending::LeavesInQuery { reset },
        7 => Ending::LeavesInTransaction { reset },
        8 => Ending::LeavesInCopy { reset },
        _ => Ending::IsTerminated,
    };
    Session { parts, ending }
}

fn shown(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(error) => format!("{} {}", error.code().code(), error.message()),
        None => error.to_string(),
    }
}

fn shown_rows(rows: &[SimpleQueryMessage]) -> String {
    let message = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => {
            format!("({})", (0..row.len()).map(|n| row.get(n).unwrap_or("null")).collect::<Vec<_>>().join(", "))
        }
        SimpleQueryMessage::CommandComplete(rows) => format!("{rows} rows"),
        _ => String::new(),
    };
    rows.iter().map(message).collect::<Vec<_>>().join(" ")
}

/// A client, its socket, and what the server tells it unasked.
struct Client {
    client: tokio_postgres::Client,
    /// To end the stream with, or to reset it.
    socket: std::net::TcpStream,
    connection: JoinHandle<Option<String>>,
    told: Arc<Mutex<Vec<String>>>,
    address: SocketAddr,
    number: i32,
    seen: Vec<String>,
}

/// A query that waits as long as somebody holds the lock.
const WAITS: &str = "select 'got it', pg_advisory_xact_lock(1)::text";

impl Client {
    async fn connect(config: &Config, address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap().into_std().unwrap();
        stream.set_nodelay(true).unwrap();
        let socket = stream.try_clone().unwrap();
        let (client, mut connection) = config.connect_raw(TcpStream::from_std(stream).unwrap(), NoTls).await.unwrap();
        let told = Arc::new(Mutex::new(Vec::new()));
        let listener = told.clone();
        let connection = tokio::spawn(async move {
            loop {
                let said = match poll_fn(|cx| connection.poll_message(cx)).await {
                    Some(Ok(AsyncMessage::Notice(notice))) => notice.to_string(),
                    Some(Ok(AsyncMessage::Notification(note))) => format!("{}: {}", note.channel(), note.payload()),
                    Some(Ok(_)) => continue,
                    Some(Err(error)) => return Some(shown(&error)),
                    None => return None,
                };
                listener.lock().unwrap().push(said);
            }
        });
        let number = client.query_one("select pg_backend_pid()", &[]).await.unwrap().get(0);
        Self { client, socket, connection, told, address, number, seen: Vec::new() }
    }

    fn see(&mut self, what: Result<String, tokio_postgres::Error>) {
        self.seen.push(what.unwrap_or_else(|error| shown(&error)));
    }

    async fn simple(&mut self, text: &str) {
        let answer = self.client.simple_query(text).await.map(|rows| shown_rows(&rows));
        self.see(answer);
    }

    async fn play(&mut self, part: &Part, other: &Other) {
        match part {
            Part::Rows { rows, length } => {
                let text = "select n, repeat('x', $1) from generate_series(1, $2) n";
                let answer = self.client.query(text, &[length, rows]).await;
                let read = |row: &tokio_postgres::Row| (row.get::<_, i32>(0), row.get::<_, String>(1).len());
                self.see(answer.map(|rows| format!("{:?}", rows.iter().map(read).collect::<Vec<_>>())));
            }
            Part::Simple(text) => self.simple(text).await,
            Part::Pipeline(divisors) => {
                let statement = self.client.prepare("select 100 / $1::int4").await.unwrap();
                let client = &self.client;
                let answers = join_all(divisors.iter().map(|divisor| {
                    let statement = &statement;
                    async move { client.query_one(statement, &[divisor]).await }
                }));
                for answer in answers.await {
                    self.see(answer.map(|row| row.get::<_, i32>(0).to_string()));
                }
            }
            Part::CopyIn { rows, end } => {
                let mut sink = pin!(self.client.copy_in::<_, Bytes>("copy t from stdin").await.unwrap());
                for row in 0..*rows {
                    sink.feed(format!("{row}\n").into_bytes().into()).await.unwrap();
                }
                let ended = match end {
                    CopyEnd::Finishes => sink.finish().await.map(|rows| format!("{rows} rows in")),
                    CopyEnd::IsWrong => {
                        sink.feed(b"none\n".to_vec().into()).await.unwrap();
                        sink.finish().await.map(|rows| format!("{rows} rows in"))
                    }
                    CopyEnd::Aborts => Ok("aborted".to_owned()),
                };
                self.see(ended);
            }
            Part::CopyOut { rows, length } => {
                let text = format!("copy (select repeat('x', {length}) from generate_series(1, {rows})) to stdout");
                let copy = self.client.copy_out(&text).await.unwrap();
                let all = copy.try_fold(0, |all, part| std::future::ready(Ok(all + part.len()))).await;
                self.see(all.map(|all| format!("{all} bytes out")));
            }
            Part::Transaction { fails, commits } => {
                self.simple("begin").await;
                self.simple("insert into t select generate_series(1, 3)").await;
                if *fails {
                    self.simple("insert into t values (null)").await;
                }
                self.simple("select count(*) from t").await;
                self.simple(if *commits { "commit" } else { "rollback" }).await;
            }
            Part::Notifies(times) => {
                self.simple("listen news").await;
                for number in 0..*times {
                    self.simple(&format!("notify news, '{number}'; do $$ begin raise notice '{number}'; end $$")).await;
                }
            }
            Part::IsCancelled => {
                let (token, address) = (self.client.cancel_token(), self.address);
                let (answer, ()) = tokio::join!(self.client.simple_query(WAITS), async {
                    other.until_waits(self.number).await;
                    let stream = TcpStream::connect(address).await.unwrap().into_std().unwrap();
                    let mut end = TcpStream::from_std(stream.try_clone().unwrap()).unwrap();
                    let stream = TcpStream::from_std(stream).unwrap();
                    token.cancel_query_raw(stream, NoTls).await.unwrap();
                    // The server signals twice, and ends this connection after that: a later query is not meant.
                    assert_eq!(end.read(&mut [0]).await.unwrap(), 0);
                });
                self.see(answer.map(|rows| shown_rows(&rows)));
            }
        }
    }

    /// Ends it; what is left of the connection ends with it.
    async fn end(mut self, ending: Ending, other: &Other) -> Vec<String> {
        match ending {
            Ending::Terminates => {}
            Ending::Finishes => {
                let (answer, ()) = tokio::join!(self.client.simple_query(WAITS), async {
                    other.until_waits(self.number).await;
                    self.socket.shutdown(Shutdown::Write).unwrap();
                    other.unlock().await;
                });
                self.see(answer.map(|rows| shown_rows(&rows)));
                self.seen.push(format!("ended: {:?}", (&mut self.connection).await.unwrap()));
                other.lock().await;
            }
            Ending::LeavesInQuery { reset } => {
                // Else the server looks at its client only when it has the answer.
                self.simple("set client_connection_check_interval = 10").await;
                let query = self.client.simple_query(WAITS);
                tokio::select! {
                    answer = query => panic!("{answer:?}"),
                    () = other.until_waits(self.number) => {}
                }
                return self.leave(reset).await;
            }
            Ending::LeavesInTransaction { reset } => {
                self.simple("begin; insert into t values (1); insert into t values (2)").await;
                return self.leave(reset).await;
            }
            Ending::LeavesInCopy { reset } => {
                let mut sink = Box::pin(self.client.copy_in::<_, Bytes>("copy t from stdin").await.unwrap());
                sink.send(b"1\n2\n3".to_vec().into()).await.unwrap();
                let seen = self.leave(reset).await;
                drop(sink);
                return seen;
            }
            Ending::IsTerminated => {
                let (answer, ()) = tokio::join!(self.client.simple_query(WAITS), async {
                    other.until_waits(self.number).await;
                    other.ask(&format!("select pg_terminate_backend({})", self.number)).await;
                });
                self.see(answer.map(|rows| shown_rows(&rows)));
                self.seen.push(format!("ended: {:?}", (&mut self.connection).await.unwrap()));
                self.simple("select 'too late'").await;
            }
        }
        let Self { client, socket, connection, mut seen, told, .. } = self;
        drop((client, socket));
        if !connection.is_finished() {
            seen.push(format!("ended: {:?}", connection.await.unwrap()));
        }
        seen.append(&mut told.lock().unwrap());
        seen
    }

    /// Closes the socket as a client does that dies.
    async fn leave(self, reset: bool) -> Vec<String> {
        if reset {
            socket2::SockRef::from(&self.socket).set_linger(Some(Duration::ZERO)).unwrap();
        }
        self.connection.abort();
        let _ = self.connection.await;
        drop(self.socket);
        self.seen
    }
}

/// Who looks on, directly, and holds the lock.
struct Other(tokio_postgres::Client);

impl Other {
    async fn ask(&self, text: &str) -> String {
        shown_rows(&self.0.simple_query(text).await.unwrap())
    }

    async fn lock(&self) {
        self.ask("select pg_advisory_lock(1)").await;
    }

    async fn unlock(&self) {
        self.ask("select pg_advisory_unlock(1)").await;
    }

    /// Waits until a server process is to be seen so and so often in a view.
    async fn until(&self, view: &str, number: i32, times: usize) {
        let start = Instant::now();
        while self.0.query(view, &[&number]).await.unwrap().len() != times {
            assert!(start.elapsed() < LONG, "server process {number}: {view:?} is to show {times}");
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
    }

    async fn until_waits(&self, number: i32) {
        self.until("select from pg_locks where not granted and pid = $1", number, 1).await;
    }

    async fn until_gone(&self, number: i32) {
        self.until("select from pg_stat_activity where pid = $1", number, 0).await;
    }
}

/// What a client at this address sees, and what is left behind.
async fn played(session: &Session, config: &Config, address: SocketAddr, other: &Other) -> Vec<String> {
    other.ask("truncate t").await;
    let mut client = Client::connect(config, address).await;
    for part in &session.parts {
        client.play(part, other).await;
    }
    let number = client.number;
    let mut seen = client.end(session.ending, other).await;
    other.until_gone(number).await;
    seen.push(format!("left: {}", other.ask("select count(*), sum(id) from t").await));
    seen
}

/// A server of its own, or `None` where PostgreSQL is missing and nobody requires it.
async fn server() -> Option<Cluster> {
    match Cluster::start(Options::new()).await {
        Ok(cluster) => Some(cluster),
        Err(Error::Missing(missing)) => {
            let required = std::env::var("BRUNT_REQUIRE").is_ok_and(|names| names.contains("postgres"));
            assert!(!required, "{missing}, and BRUNT_REQUIRE names it");
            eprintln!("skipped: {missing} (BRUNT_REQUIRE=postgres makes this a failure)");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

async fn compare(sessions: u64) {
    let Some(cluster) = server().await else { return };
    cluster.primary().sql("create table t (id bigint not null)").await.unwrap();
    let address = cluster.primary().direct_address();
    let proxy = Proxy::new(address).await.unwrap();
    let mut config = Config::new();
    config.user("postgres").password(cluster.password()).dbname("postgres");
    let stream = TcpStream::connect(address).await.unwrap();
    let (other, connection) = config.connect_raw(stream, NoTls).await.unwrap();
    tokio::spawn(connection);
    let other = Other(other);
    other.lock().await;
    let mut all = Vec::new();
    for seed in 0..sessions {
        let session = drawn(&mut Pcg64Mcg::seed_from_u64(seed));
        let play = |address| tokio::time::timeout(LONG * 2, played(&session, &config, address, &other));
        let named = |way| Named { seed, way, exchange: &session };
        let guard = named("direct");
        let direct = play(address).await.unwrap_or_else(|_| panic!("seed {seed} hangs, direct: {session:?}"));
        drop(guard);
        let guard = named("through the proxy");
        let proxied = play(proxy.address()).await;
        let proxied = proxied.unwrap_or_else(|_| panic!("seed {seed} hangs through the proxy: {session:?}"));
        drop(guard);
        assert_eq!(proxied, direct, "seed {seed} (left: through the proxy): {session:?}");
        all.extend(direct);
    }
    for wanted in [
        "57014 canceling",
        "57P01 terminating",
        "22012 division",
        "22P02 invalid input",
        "25P02 current transaction",
        "10000 rows in",
        "bytes out",
        "news: 0",
        "got it",
        "ended: None",
    ] {
        assert!(all.iter().any(|seen| seen.contains(wanted)), "{wanted:?} was never seen: the draw does not try it");
    }
    drop(other);
    tokio::task::spawn_blocking(move || await_all_closed(&proxy)).await.unwrap();
}

fn run(sessions: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(compare(sessions));
}

#[test]
fn postgres_through_an_idle_proxy_is_as_without() {
    run(200);
}

#[test]
#[ignore = "takes a minute: cargo test -p brunt --features postgres,redis --test proxy -- --ignored"]
fn a_thousand_sessions_of_postgres_through_an_idle_proxy_are_as_without() {
    run(super::EXCHANGES);
}
