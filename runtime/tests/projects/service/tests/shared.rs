//! Tests that share what they are put on, in the standard harness. What becomes of it is written to `$SHARED_LOG`.

use brunt::fault::Process;
use brunt::prelude::*;
use std::io::Write;
use std::process::Command;

fn log(line: String) {
    let path = std::env::var("SHARED_LOG").unwrap();
    let mut file = std::fs::File::options().create(true).append(true).open(path).unwrap();
    file.write_all(format!("{line}\n").as_bytes()).unwrap();
}

struct Server {
    name: &'static str,
    process: Process,
}

impl Server {
    async fn start(name: &'static str) -> brunt::Result<Self> {
        let mut command = Command::new("sleep");
        command.arg("600");
        let process = Process::start(command).await?;
        log(format!("{name} made {}", process.id()));
        Ok(Self { name, process })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        log(format!("{} ended {}", self.name, self.process.id()));
    }
}

async fn cache() -> brunt::Result<Server> {
    Server::start("cache").await
}

#[brunt::load_test(iterations = 1, setup = shared(cache))]
async fn caches_first(cache: &Server) {
    log(format!("cache asked {}", cache.process.id()));
}

mod inner {
    use super::*;

    #[brunt::load_test(iterations = 1, setup = shared(super::cache))]
    async fn caches_second(cache: &Server) {
        log(format!("cache asked {}", cache.process.id()));
    }
}

async fn database() -> brunt::Result<(String, Server)> {
    let server = Server::start("database").await?;
    Ok((server.process.id().to_string(), server))
}

#[brunt::load_test(iterations = 1, setup = shared_by_run(database))]
async fn asks_first(address: &str) {
    log(format!("database asked {address}"));
}

#[brunt::load_test(iterations = 1, setup = shared_by_run(self::database), verify = is_there)]
async fn asks_second(user: &User, address: &String) {
    log(format!("database asked {address} by {}", user.id()));
}

#[brunt::stress(iterations = 1, setup = shared_by_run(database), teardown = is_there)]
fn asks_third() {}

fn is_there(address: &String) -> brunt::Result {
    log(format!("database seen {address}"));
    Ok(())
}

async fn sized(size: u64) -> ((u64, Option<u16>), ()) {
    log(format!("sized made {size}"));
    ((size, None), ())
}

#[brunt::stress(sizes = [1, 2], iterations = 1, setup = shared_by_run(sized))]
fn asks_each(address: &(u64, Option<u16>)) -> u64 {
    address.0
}

fn broken() -> brunt::Result<(u16, ())> {
    log("broken made".to_owned());
    brunt::fail!("disk", "the disk is full");
}

#[brunt::load_test(iterations = 1, setup = shared_by_run(broken))]
#[ignore = "fails on purpose"]
async fn fails_first(_port: &u16) {}

#[brunt::load_test(iterations = 1, setup = shared_by_run(broken))]
#[ignore = "fails on purpose"]
async fn fails_second(_port: &u16) {}

fn stuck() -> brunt::Result<(u16, ())> {
    loop {
        std::thread::park();
    }
}

#[brunt::load_test(iterations = 1, setup = shared_by_run(stuck), setup_timeout = 300ms)]
#[ignore = "hangs on purpose"]
async fn hangs_in_setup(_port: &u16) {}

fn kafka() -> brunt::Result<(u16, ())> {
    Err(brunt::fault::Missing::new("kafka", "apt-get install kafka"))?
}

#[brunt::load_test(iterations = 1, setup = shared_by_run(kafka))]
#[ignore = "wants what is not there"]
async fn wants_kafka(_port: &u16) {}
