//! What the proxy costs: the median round trip through it against a direct one, in turns, and how many small round trips
//! a core of its own could carry, by the CPU time of its thread (Linux).
//!
//! `cargo bench -p brunt --bench proxy`

#![allow(clippy::unwrap_used)]

use brunt::fault::Proxy;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// Rounds of each kind, in turns.
const ROUNDS: usize = 5;
/// Round trips of one connection in a round.
const TRIPS: usize = 20_000;
/// Connections that keep the proxy busy.
const BUSY: usize = 32;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = echo();
    let proxy = runtime.block_on(Proxy::new(server)).unwrap();
    let (mut direct, mut through, mut per_core, mut a_second) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        direct.push(round_trip(server));
        through.push(round_trip(proxy.address()));
        let (trips, time, cpu) = busy(proxy.address());
        a_second.push(trips as f64 / time.as_secs_f64());
        per_core.extend(cpu.map(|cpu| trips as f64 / cpu.as_secs_f64()));
    }
    let (direct, through) = (median(direct), median(through));
    println!("round trip, direct          {direct:>9.1} µs");
    println!("round trip, through         {through:>9.1} µs");
    println!("added                       {:>9.1} µs (wanted: less than 50)", through - direct);
    println!(
        "round trips, {BUSY} connections {:>9.0} a second, client, server and proxy on this machine",
        median(a_second)
    );
    if !per_core.is_empty() {
        println!(
            "round trips of one core     {:>9.0} a second of the proxy's CPU time (wanted: 50000)",
            median(per_core)
        );
    }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// A server that sends back what it gets.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            client.set_nodelay(true).unwrap();
            std::thread::spawn(move || {
                let mut bytes = [0; 64];
                while let Ok(read @ 1..) = client.read(&mut bytes) {
                    if client.write_all(&bytes[..read]).is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}

fn connect(address: SocketAddr) -> TcpStream {
    let client = TcpStream::connect(address).unwrap();
    client.set_nodelay(true).unwrap();
    client
}

fn trip(client: &mut TcpStream) {
    client.write_all(&[7; 32]).unwrap();
    client.read_exact(&mut [0; 32]).unwrap();
}

/// The median round trip of one connection, in microseconds.
fn round_trip(address: SocketAddr) -> f64 {
    let mut client = connect(address);
    let mut times = Vec::with_capacity(TRIPS);
    for _ in 0..TRIPS {
        let start = Instant::now();
        trip(&mut client);
        times.push(start.elapsed().as_nanos() as f64 / 1e3);
    }
    median(times)
}

/// Many connections at once: round trips, the time they took, and the CPU time of the proxy's thread.
fn busy(address: SocketAddr) -> (usize, Duration, Option<Duration>) {
    let trips = TRIPS * 5 / BUSY;
    let (start, cpu) = (Instant::now(), cpu_of_proxy());
    std::thread::scope(|scope| {
        for _ in 0..BUSY {
            scope.spawn(|| {
                let mut client = connect(address);
                (0..trips).for_each(|_| trip(&mut client));
            });
        }
    });
    let used = cpu_of_proxy().zip(cpu).map(|(after, before)| after - before);
    (trips * BUSY, start.elapsed(), used)
}

/// The CPU time of the thread that is named `proxy …`.
fn cpu_of_proxy() -> Option<Duration> {
    for task in std::fs::read_dir("/proc/self/task").ok()? {
        let task = task.ok()?.path();
        if std::fs::read_to_string(task.join("comm")).ok()?.starts_with("proxy ") {
            let nanos = std::fs::read_to_string(task.join("schedstat")).ok()?;
            return nanos.split(' ').next()?.parse().ok().map(Duration::from_nanos);
        }
    }
    None
}
