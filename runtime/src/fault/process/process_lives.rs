//! A process over its lives: one command, the life it has at present, what all of them wrote. It knows no guards.

use super::launch::{Check, Launch};
use super::output::Tail;
use super::process_life::ProcessLife;
use super::tree;
use crate::fault::Error;
use crate::sync::Lock;
use std::io;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often a ready check is asked.
const READY_CHECK_INTERVAL: Duration = Duration::from_millis(5);
/// How long killed processes may take to end: the kernel may have to finish something for them.
const KILL_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a listener may take to accept a connection before the port counts as free.
const ACCEPT_TIMEOUT: Duration = Duration::from_secs(1);

pub(super) struct ProcessLives {
    name: String,
    launch: tokio::sync::Mutex<Launch>,
    present: Lock<Arc<ProcessLife>>,
    tail: Arc<Tail>,
}

impl ProcessLives {
    pub(super) async fn start(mut launch: Launch) -> Result<Self, Error> {
        let (name, tail) = (launch.name.clone(), Tail::new(launch.lines));
        port_is_free(&launch).await?;
        let running =
            ProcessLife::start(&mut launch, &tail).map_err(|cause| process_error(&name, "starting it", cause))?;
        let (launch, present) = (tokio::sync::Mutex::new(launch), Lock::new(Arc::new(running)));
        let lives = Self { name, launch, present, tail };
        let launch = lives.launch.lock().await;
        lives.until_ready(&launch).await?;
        drop(launch);
        Ok(lives)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn present(&self) -> Arc<ProcessLife> {
        self.present.lock().clone()
    }

    pub(super) fn output(&self) -> Vec<String> {
        self.tail.lines()
    }

    pub(super) async fn kill(&self) -> Result<ExitStatus, Error> {
        let running = self.present();
        let descendants = running.kill_all().map_err(|cause| self.trouble("killing it", cause))?;
        let status = running.wait().await.map_err(|cause| self.trouble("waiting for its end", cause))?;
        let start = Instant::now();
        while !tree::all_ended(&descendants) {
            if start.elapsed() > KILL_TIMEOUT {
                return Err(self.late("its killed descendants to end", KILL_TIMEOUT));
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(status)
    }

    pub(super) async fn restart(&self) -> Result<(), Error> {
        let mut launch = self.launch.lock().await;
        self.kill().await?;
        port_is_free(&launch).await?;
        let running =
            ProcessLife::start(&mut launch, &self.tail).map_err(|cause| self.trouble("restarting it", cause))?;
        *self.present.lock() = Arc::new(running);
        self.until_ready(&launch).await
    }

    pub(super) fn trouble(&self, doing: &'static str, cause: io::Error) -> Error {
        process_error(&self.name, doing, cause)
    }

    pub(super) fn late(&self, wanted: &str, waited: Duration) -> Error {
        Error::Late { name: self.name.clone(), wanted: wanted.to_owned(), waited, output: self.output() }
    }

    async fn until_ready(&self, launch: &Launch) -> Result<(), Error> {
        let running = self.present();
        match tokio::time::timeout(launch.within, wait_until_ready(&launch.ready.0, &running)).await {
            Ok(true) => {
                if !launch.may_end {
                    running.is_to_run();
                }
                Ok(())
            }
            Ok(false) => {
                let status = running.wait().await.map_err(|cause| self.trouble("waiting for its end", cause))?;
                Err(Error::Ended { name: self.name.clone(), status, output: self.output() })
            }
            Err(_) => {
                let seen = running.seen();
                running.end();
                let wanted = match &launch.ready.0 {
                    Check::Lines(_, 1) => format!("{}, of {} that it wrote", launch.ready, count_lines(seen.lines)),
                    Check::Lines(..) => {
                        format!(
                            "{}, and saw {} of {} that it wrote",
                            launch.ready,
                            seen.wanted,
                            count_lines(seen.lines)
                        )
                    }
                    _ => launch.ready.to_string(),
                };
                Err(self.late(&wanted, launch.within))
            }
        }
    }
}

impl Drop for ProcessLives {
    fn drop(&mut self) {
        self.present().end();
    }
}

/// Whoever listens on the port already would be taken for the process, which could not listen itself: every answer of the
/// test would come from another build.
async fn port_is_free(launch: &Launch) -> Result<(), Error> {
    let Check::Port(address) = launch.ready.0 else { return Ok(()) };
    let connected = tokio::time::timeout(ACCEPT_TIMEOUT, tokio::net::TcpStream::connect(address)).await;
    if !matches!(connected, Ok(Ok(_))) {
        return Ok(());
    }
    let message = format!(
        "something listens on {address} already, and would be taken for it: end that first (`ss -ltnp` names it), or give \
         this one a port of its own"
    );
    Err(process_error(&launch.name, "starting it", io::Error::new(io::ErrorKind::AddrInUse, message)))
}

fn process_error(name: &str, doing: &'static str, cause: io::Error) -> Error {
    Error::Process { name: name.to_owned(), doing, cause }
}

fn count_lines(lines: usize) -> String {
    if lines == 1 { "1 line".to_owned() } else { format!("{lines} lines") }
}

/// Whether it wrote what it is to write.
fn has_written(check: &Check, running: &ProcessLife) -> bool {
    matches!(check, Check::Lines(_, count) if running.seen().wanted >= *count)
}

/// Waits until the process is ready (true) or has ended (false).
async fn wait_until_ready(check: &Check, running: &ProcessLife) -> bool {
    if matches!(check, Check::Started) {
        return true;
    }
    loop {
        // Looked at first: were it gone, somebody else's port would answer.
        if running.status().is_some() {
            running.drained().await;
            return has_written(check, running);
        }
        let ready = match check {
            Check::Started => true,
            Check::Port(address) => tokio::net::TcpStream::connect(address).await.is_ok(),
            Check::Lines(..) => has_written(check, running),
            Check::Probe(probe) => probe().await,
        };
        if ready && running.status().is_none() {
            return true;
        }
        tokio::time::sleep(READY_CHECK_INTERVAL).await;
    }
}
