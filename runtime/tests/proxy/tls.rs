//! TLS 1.2 and 1.3 by rustls, client and server: what TCP's exchanges have, and besides ends that TLS tells of
//! (`close_notify`) and ends that it does not, which are truncations, and handshakes that fail.

use super::exchange::{EarlyAnswer, Ends, Layer, Seen, Step, Tcp, drawn, played};
use super::{EXCHANGES, await_all_closed, both_ways, proxy_before};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use rustls::client::Resumption;
use rustls::pki_types::PrivateKeyDer;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ClientConnection, Connection, RootCertStore, ServerConfig, ServerConnection};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

/// Hands out the bytes of one record at most: how many are left in the socket depends on what was read of the messages,
/// not on how they arrived.
struct Records {
    tcp: Tcp,
    header: Vec<u8>,
    left: usize,
}

const HEADER: usize = 5;

impl Read for Records {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left > 0 {
            let space = buffer.len().min(self.left);
            let length = self.tcp.read(&mut buffer[..space])?;
            self.left -= length;
            return Ok(length);
        }
        let space = buffer.len().min(HEADER - self.header.len());
        let length = self.tcp.read(&mut buffer[..space])?;
        self.header.extend_from_slice(&buffer[..length]);
        if self.header.len() == HEADER {
            self.left = usize::from(u16::from_be_bytes([self.header[3], self.header[4]]));
            self.header.clear();
        }
        Ok(length)
    }
}

struct Tls {
    session: Connection,
    records: Records,
}

impl Tls {
    fn new(session: impl Into<Connection>, tcp: Tcp) -> Self {
        Self { session: session.into(), records: Records { tcp, header: Vec::new(), left: 0 } }
    }

    /// Sends what the session has to say. What a peer that is gone does not take is forgotten.
    fn send(&mut self) -> io::Result<()> {
        while self.session.wants_write() {
            if let Err(error) = self.session.write_tls(&mut self.records.tcp) {
                while self.session.wants_write() {
                    self.session.write_tls(&mut io::sink())?;
                }
                return Err(error);
            }
        }
        Ok(())
    }

    fn receive(&mut self) -> io::Result<usize> {
        let length = self.session.read_tls(&mut self.records)?;
        if let Err(error) = self.session.process_new_packets() {
            let _ = self.send(); // the alert
            return Err(io::Error::other(error));
        }
        Ok(length)
    }

    fn handshake(&mut self) -> io::Result<()> {
        self.send()?;
        while self.session.is_handshaking() {
            if self.receive()? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            self.send()?;
        }
        Ok(())
    }
}

impl Read for Tls {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.session.reader().read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.receive()?,
                read => return read,
            };
        }
    }
}

impl Write for Tls {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = self.session.writer().write(bytes)?;
        self.send().map(|()| length)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Layer for Tls {
    fn tcp(&self) -> &Tcp {
        &self.records.tcp
    }

    fn say_end(&mut self) {
        self.session.send_close_notify();
        let _ = self.send();
    }
}

/// A server with a certificate of its own, and clients of one version of TLS.
struct Parties {
    server: Arc<ServerConfig>,
    /// Of TLS 1.2 and 1.3.
    trusting: [Arc<ClientConfig>; 2],
    distrusting: [Arc<ClientConfig>; 2],
}

impl Parties {
    fn new() -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let rcgen::CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
        let server = ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(&[&TLS12, &TLS13]);
        let mut server = server.unwrap().with_no_client_auth().with_single_cert(vec![cert.der().clone()], key).unwrap();
        // Unread tickets would make every close a reset.
        server.send_tls13_tickets = 0;
        let mut trust = RootCertStore::empty();
        trust.add(cert.der().clone()).unwrap();
        let client = |trust: &RootCertStore, version| {
            let client = ClientConfig::builder_with_provider(provider.clone()).with_protocol_versions(&[version]);
            let mut client = client.unwrap().with_root_certificates(trust.clone()).with_no_client_auth();
            client.resumption = Resumption::disabled();
            Arc::new(client)
        };
        let trusting = [&TLS12, &TLS13].map(|version| client(&trust, version));
        let distrusting = [&TLS12, &TLS13].map(|version| client(&RootCertStore::empty(), version));
        Self { server: Arc::new(server), trusting, distrusting }
    }

    fn sessions(&self, client: &Arc<ClientConfig>, server: &TcpListener, address: SocketAddr) -> [Tls; 2] {
        let [client_tcp, server_tcp] = Tcp::pair(server, address);
        let client = ClientConnection::new(client.clone(), "localhost".try_into().unwrap()).unwrap();
        let served = ServerConnection::new(self.server.clone()).unwrap();
        [Tls::new(client, client_tcp), Tls::new(served, server_tcp)]
    }

    /// The two ends of a new session, after its handshake.
    fn pair(&self, version: usize, server: &TcpListener, address: SocketAddr) -> [Tls; 2] {
        let [mut client, mut served] = self.sessions(&self.trusting[version], server, address);
        std::thread::scope(|scope| {
            let shaking = scope.spawn(|| client.handshake());
            served.handshake().unwrap();
            shaking.join().unwrap().unwrap();
        });
        [client, served]
    }
}

#[test]
fn tls_through_an_idle_proxy_is_as_without() {
    let (server, parties) = (TcpListener::bind("127.0.0.1:0").unwrap(), Parties::new());
    let (address, proxy) = (server.local_addr().unwrap(), proxy_before(server.local_addr().unwrap()));
    let mut ends = Ends::default();
    for seed in 0..EXCHANGES {
        let mut random = Pcg64Mcg::seed_from_u64(seed);
        let version = random.random_range(0..2);
        let steps = drawn(&mut random, &[Step::Finish, Step::Truncate, Step::SayEnd]);
        let [direct, proxied] = both_ways(seed, &steps, |proxied| {
            let address = if proxied { proxy.address() } else { address };
            played(&steps, parties.pair(version, &server, address))
        });
        assert_eq!(proxied, direct, "TLS 1.{}, seed {seed} (left: through the proxy): {steps:?}", version + 2);
        assert!(!direct.iter().any(|seen| matches!(seen, Seen::Hung { .. })), "seed {seed}, direct: {steps:?}");
        ends.count(&direct);
    }
    assert!(ends.orderly.min(ends.truncated).min(ends.reset) > EXCHANGES / 10, "{ends:?}");
    await_all_closed(&proxy);
}

#[test]
fn an_early_answer_in_tls_arrives() {
    let (server, parties) = (TcpListener::bind("127.0.0.1:0").unwrap(), Parties::new());
    let (address, proxy) = (server.local_addr().unwrap(), proxy_before(server.local_addr().unwrap()));
    let mut random = Pcg64Mcg::seed_from_u64(413);
    for n in 0..100 {
        let early = EarlyAnswer::drawn(n, &mut random);
        let [direct, proxied] = both_ways(n as u64, &early, |proxied| {
            early.played(parties.pair(n % 2, &server, if proxied { proxy.address() } else { address }))
        });
        assert_eq!(proxied, direct, "{n}: {early:?} (left: through the proxy)");
        assert!(matches!(direct.0, Seen::Read { correct, .. } if correct == early.answer), "{n}: {direct:?}");
    }
}

/// How a handshake fails.
#[derive(Clone, Copy, Debug)]
enum Failure {
    /// The client does not know who signed the certificate, and says so in an alert.
    Distrust,
    /// The server goes when it has read the client's first words.
    ServerLeaves,
    /// The server goes without having read them: a reset.
    ServerLeavesUnread,
    ServerResets,
    /// The client ends its stream after its first words.
    ClientFinishes,
}

/// What the client and the server are told.
fn failed(failure: Failure, [mut client, mut served]: [Tls; 2]) -> [String; 2] {
    std::thread::scope(|scope| {
        let shaking = scope.spawn(move || match failure {
            Failure::ClientFinishes => {
                client.send().unwrap();
                client.tcp().finish();
                // How much of the server's answer is read is the client's matter.
                format!("{:?}", io::copy(&mut client.records.tcp, &mut io::sink()).map(|_| "an orderly end"))
            }
            _ => format!("{:?}", client.handshake()),
        });
        let server = match failure {
            Failure::Distrust | Failure::ClientFinishes => format!("{:?}", served.handshake()),
            Failure::ServerLeavesUnread => {
                served.tcp().await_unread(1);
                String::new()
            }
            Failure::ServerLeaves | Failure::ServerResets => {
                while !served.session.wants_write() {
                    served.receive().unwrap();
                }
                if matches!(failure, Failure::ServerResets) {
                    served.tcp().make_close_a_reset();
                }
                String::new()
            }
        };
        drop(served);
        [shaking.join().unwrap(), server]
    })
}

#[test]
fn a_handshake_that_fails_fails_the_same() {
    let (server, parties) = (TcpListener::bind("127.0.0.1:0").unwrap(), Parties::new());
    let (address, proxy) = (server.local_addr().unwrap(), proxy_before(server.local_addr().unwrap()));
    for n in 0..200 {
        let failure = [
            Failure::Distrust,
            Failure::ServerLeaves,
            Failure::ServerLeavesUnread,
            Failure::ServerResets,
            Failure::ClientFinishes,
        ][n % 5];
        let clients = if matches!(failure, Failure::Distrust) { &parties.distrusting } else { &parties.trusting };
        let client = &clients[n / 5 % 2];
        let direct = failed(failure, parties.sessions(client, &server, address));
        let proxied = failed(failure, parties.sessions(client, &server, proxy.address()));
        assert_eq!(proxied, direct, "{n}: {failure:?} (left: through the proxy)");
        let [client, server] = direct;
        let told = match failure {
            Failure::Distrust => client.contains("UnknownIssuer") && server.contains("AlertReceived(UnknownCA)"),
            Failure::ServerLeaves => client.contains("UnexpectedEof"),
            Failure::ServerLeavesUnread | Failure::ServerResets => client.contains("ConnectionReset"),
            Failure::ClientFinishes => client.contains("orderly") && server.contains("UnexpectedEof"),
        };
        assert!(told, "{failure:?}: the client was told {client}, the server {server}");
    }
}
