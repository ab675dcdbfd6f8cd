//! `ProcessLives`: a process over all its restarts, with its command, its current life and the output of all lives.

use super::launch::{Check, Launch};
use super::output::Tail;
use super::process_life::ProcessLife;
use super::tree;
use crate::fault::error::Error;
use crate::sync::Lock;
use std::io;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Pause between two ready checks.
const READY_CHECK_INTERVAL: Duration = Duration::from_millis(5);
/// Time limit for killed processes to end. It is long, since the kernel may have to finish an operation of theirs.
const KILL_TIMEOUT: Duration = Duration::from_secs(10);

/// Time limit for a connection to be accepted; afterwards the port counts as free.
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

/// Checks that no process listens on the port of the ready check yet. The test would take that process for the new one,
/// which could not listen, and all its answers would come from another build.
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

/// Whether the process has written the awaited lines.
fn has_written(check: &Check, running: &ProcessLife) -> bool {
    matches!(check, Check::Lines(_, count) if running.seen().wanted >= *count)
}

/// Waits until the process is ready (true) or has ended (false).
async fn wait_until_ready(check: &Check, running: &ProcessLife) -> bool {
    if matches!(check, Check::Started) {
        return true;
    }
    loop {
        // Checked first: after the end of the process another one may answer at its port.
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
