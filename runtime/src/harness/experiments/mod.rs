//! Whole experiments in virtual time, led and judged as a test's are: what must pass does, and what must not does not.

mod oracle;
mod truths;

use crate::engine::rt::made::{Fixture, LocalFuture, Made};
use crate::engine::spec::{Experiment as Led, Setup, Spec, TestBody};
use crate::engine::{self, Halt, Hypothesis, Job, Lab, Stop};
use crate::failure::Failed;
use crate::fault::{Heal, Healing};
use crate::judge::{self, TargetVerdict, Verdict};
use crate::record::course::{Course, Recovered};
use crate::record::{Experiment, Measurements, Selection, Tally};
use brunt_plan::{Kind, Level, Plan, Target, parse};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// The seed of this thread's test, whose name it is a part of.
fn seed() -> u64 {
    let name = std::thread::current().name().unwrap_or_default().to_owned();
    name.rsplit('-').next().and_then(|seed| seed.parse().ok()).unwrap()
}

/// How a system that is broken serves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fault {
    /// It does not answer before it is healed.
    Stall,
    /// It refuses a share.
    Refuse(f64),
    /// It takes so long for a share.
    Slow(f64, Duration),
}

/// Serves within 5 ms, but for what faults do to it.
pub(super) struct System {
    seed: u64,
    faults: watch::Sender<Vec<(u64, Fault)>>,
    next: AtomicU64,
    random: Mutex<Pcg64Mcg>,
    /// Of each call when it began, when it ended, and whether it succeeded.
    calls: Mutex<Vec<(Instant, Instant, bool)>>,
}

impl System {
    fn new() -> Self {
        let seed = seed();
        let random = Mutex::new(Pcg64Mcg::seed_from_u64(seed));
        Self { seed, faults: watch::Sender::default(), next: AtomicU64::new(0), random, calls: Mutex::default() }
    }

    fn draws(&self, share: f64) -> bool {
        self.random.lock().unwrap().random_bool(share)
    }

    async fn serve(&self) -> Result<(), Failed> {
        let begin = Instant::now();
        let result = self.answer().await;
        self.calls.lock().unwrap().push((begin, Instant::now(), result.is_ok()));
        result
    }

    async fn answer(&self) -> Result<(), Failed> {
        let faults = self.faults.borrow().clone();
        tokio::time::sleep(Duration::from_millis(5)).await;
        for (_, fault) in &faults {
            match fault {
                Fault::Refuse(share) if self.draws(*share) => return Err(Failed::new("refused", "it is down")),
                Fault::Slow(share, time) if self.draws(*share) => tokio::time::sleep(*time).await,
                _ => {}
            }
        }
        let stalls = |faults: &Vec<(u64, Fault)>| faults.iter().any(|(_, fault)| *fault == Fault::Stall);
        let _ = self.faults.subscribe().wait_for(|faults| !stalls(faults)).await;
        Ok(())
    }

    async fn broken_by(self: &Arc<Self>, fault: Fault) -> Result<Broken, Failed> {
        let number = self.next.fetch_add(1, SeqCst);
        self.faults.send_modify(|faults| faults.push((number, fault)));
        Ok(Broken { system: Arc::clone(self), number, what: format!("{fault:?}") })
    }
}

struct Broken {
    system: Arc<System>,
    number: u64,
    what: String,
}

impl Heal for Broken {
    fn what(&self) -> String {
        self.what.clone()
    }

    fn heal(self: Box<Self>) -> Healing {
        self.system.faults.send_modify(|faults| faults.retain(|(number, _)| *number != self.number));
        Box::pin(std::future::ready(Ok(())))
    }
}

fn of(fixture: &Fixture) -> &Arc<System> {
    fixture.downcast_ref().unwrap()
}

type Done<'a> = LocalFuture<'a, Result<(), Failed>>;

/// Holds the system against targets as the harness does.
struct Held<'a> {
    plan: &'a Plan,
    targets: &'a [Target],
}

impl Hypothesis for Held<'_> {
    fn steady(&self, so_far: &Measurements) -> Result<(), String> {
        judge::check_steady_state(self.plan, self.targets, so_far)
    }

    fn recovered(&self, so_far: &Measurements, course: &Course) -> Recovered {
        judge::has_recovered(self.plan, self.targets, so_far, course)
    }
}

/// What a test came to.
struct Tried {
    verdict: Verdict,
    measurements: Measurements,
}

impl Tried {
    fn of(&self, text: &str) -> &TargetVerdict {
        let row = self.verdict.targets.iter().find(|row| row.text() == text);
        row.unwrap_or_else(|| panic!("no `{text}` in {:#?}", self.verdict.targets))
    }

    fn seen(&self) -> &Experiment {
        self.measurements.experiment.as_deref().unwrap()
    }

    fn tally(&self, stage: &str) -> Tally {
        self.measurements.tally(&Selection { stage: Some(stage.into()), ..Selection::default() })
    }
}

fn tried(seed: u64, texts: &[&str], body: Led) -> Tried {
    let (mut plan, mistakes) = parse::plan(Kind::Resilience, "virtual_time");
    assert!(mistakes.is_empty(), "{mistakes:?}");
    plan.seed = Some(seed);
    let targets: Vec<Target> = texts.iter().map(|text| parse::target(Level::Target, text).unwrap()).collect();
    let wrong = brunt_plan::check::targets(&plan, &targets);
    assert!(wrong.is_empty(), "{wrong:?}");
    let stop = Stop::new();
    let hypothesis = Held { plan: &plan, targets: &targets };
    let watch = |_: &Measurements| None::<Halt>;
    let spec = Box::leak(Box::new(Spec { function: format!("seed-{seed}").leak(), ..spec(body) }));
    let outcome = engine::run_job(Job {
        spec,
        plan: &plan,
        targets: &targets,
        stop: &stop,
        watch: &watch,
        undecided: &|_| Vec::new(),
        hypothesis: &hypothesis,
        limit: None,
    });
    let verdict = judge::judge(&plan, &targets, &outcome.measurements).verdict;
    let failed = outcome.experiment.filter(|failed| failed.kind() != engine::NOT_RECOVERED);
    let verdict = failed.iter().fold(verdict, |verdict, failed| verdict.experiment_failed(failed));
    Tried { verdict, measurements: outcome.measurements }
}

fn spec(body: Led) -> Spec {
    Spec {
        kind: Kind::Resilience,
        module: "brunt::tests",
        function: "test",
        package: "brunt",
        manifest_dir: "",
        target: crate::engine::spec::CargoTarget::default(),
        file: file!(),
        line: 0,
        options: "",
        targets: &[],
        ignore: None,
        batch: None,
        body: TestBody::Experiment(body),
        setup: Some(Setup {
            make: |_| Made::Ready(Ok(Box::new(Arc::new(System::new())) as Box<Fixture>)),
            shared: None,
        }),
        teardown: None,
        verify: None,
        sample: None,
    }
}
