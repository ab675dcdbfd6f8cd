//! The table of options: their names and the attributes that have them. Parser, printer and checks read it; what a
//! value looks like is the parser's business.

use crate::load::Kind;
use crate::spelling::nearest;

/// One option of the primary attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spec {
    /// Its name.
    pub(crate) name: &'static str,
    /// The attributes that have it.
    kinds: &'static [Kind],
    /// Whether environment and configuration may give it. What generated code depends on they may not.
    pub(crate) overridable: bool,
}

const ALL: &[Kind] = &[Kind::Load, Kind::Stress, Kind::Resilience];
const LOAD: &[Kind] = &[Kind::Load];
const STRESS: &[Kind] = &[Kind::Stress];
const MEASURED: &[Kind] = &[Kind::Load, Kind::Stress];

const fn open(name: &'static str, kinds: &'static [Kind]) -> Spec {
    Spec { name, kinds, overridable: true }
}

const fn fixed(name: &'static str, kinds: &'static [Kind]) -> Spec {
    Spec { name, kinds, overridable: false }
}

/// Every option, in the order they are printed.
pub(crate) const OPTIONS: [Spec; 33] = [
    open("users", LOAD),
    open("iterations", MEASURED),
    open("total_iterations", LOAD),
    open("duration", MEASURED),
    open("ramp_up", LOAD),
    open("rate", LOAD),
    open("max_users", MEASURED),
    open("poisson", LOAD),
    open("warm_up", MEASURED),
    open("think_time", LOAD),
    open("timeout", ALL),
    open("graceful_stop", ALL),
    open("setup_timeout", ALL),
    open("abort_after", ALL),
    open("settle", MEASURED),
    open("seed", ALL),
    fixed("virtual_time", ALL),
    fixed("per_core", LOAD),
    open("concurrent", ALL),
    open("stages", LOAD),
    open("scenarios", LOAD),
    fixed("cases", ALL),
    open("sizes", STRESS),
    open("concurrency", STRESS),
    open("search", STRESS),
    fixed("setup", ALL),
    fixed("teardown", ALL),
    fixed("verify", ALL),
    fixed("sample", ALL),
    fixed("user_setup", MEASURED),
    fixed("user_teardown", MEASURED),
    fixed("check", STRESS),
    fixed("crate", ALL),
];

impl Spec {
    /// Whether this attribute has the option.
    pub(crate) fn belongs_to(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }
}

/// The option of this name, where the attribute has it; else what is wrong with the name.
pub(crate) fn find(kind: Kind, name: &str) -> Result<Spec, String> {
    let attribute = kind.attribute();
    match OPTIONS.iter().find(|option| option.name == name) {
        Some(option) if option.belongs_to(kind) => Ok(*option),
        Some(option) => {
            if let Some(body) = in_the_body(kind, name) {
                return Err(format!("`{name}` is no option of `{attribute}`: {body}"));
            }
            let owners: Vec<_> = option.kinds.iter().map(|kind| format!("`{}`", kind.attribute())).collect();
            let hint = instead(kind, name).map(|known| format!("; did you mean `{known}`?")).unwrap_or_default();
            Err(format!("`{name}` is an option of {}, not of `{attribute}`{hint}", owners.join(" and ")))
        }
        None => {
            if let Some(body) = in_the_body(kind, foreign(name).unwrap_or(name)) {
                return Err(format!("unknown option `{name}`: {body}"));
            }
            let known = || OPTIONS.iter().filter(|option| option.belongs_to(kind)).map(|option| option.name);
            let end = match instead(kind, name).or_else(|| nearest(name, known())) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("`{attribute}` has {}", known().collect::<Vec<_>>().join(", ")),
            };
            Err(format!("unknown option `{name}`: {end}"))
        }
    }
}

/// What is said of a load is said in the body of a resilience test, which puts it on.
fn in_the_body(kind: Kind, name: &str) -> Option<&'static str> {
    if kind != Kind::Resilience {
        return None;
    }
    Some(match name {
        "rate" => "its body puts on the load: `lab.load(\"name\", 500.per_second(), |user| …)`",
        "users" | "concurrency" => "its body puts on the load: `lab.load(\"name\", 20.users(), |user| …)`",
        "poisson" => {
            "its body puts on the load, whose arrivals are evenly apart: `lab.load(\"name\", 500.per_second(), |user| …)`"
        }
        "max_users" => "a load of its body has it: `lab.load(\"name\", 500.per_second().max_users(200), |user| …)`",
        "scenarios" => {
            "each load of its body is a scenario: `lab.load(\"list\", 20.users(), |user| …)`, \
             `lab.load(\"buy\", 5.per_second(), |user| …)`"
        }
        "duration" | "iterations" | "total_iterations" | "stages" | "ramp_up" | "warm_up" | "settle" => {
            "its loads last as long as its body, which says when what happens: `lab.load(\"name\", 500.per_second(), \
             |user| …)`, `lab.baseline(secs(10)).await?`"
        }
        "think_time" => "the closure of a load pauses itself: `user.think(secs(1)).await`",
        "user_setup" | "user_teardown" => "its users have no state of their own: make in `setup` what they share",
        _ => return None,
    })
}

/// What is called otherwise in other tools and other attributes.
fn instead(kind: Kind, name: &str) -> Option<&'static str> {
    match (foreign(name)?, kind) {
        ("users", Kind::Stress) => Some("concurrency"),
        (meant, _) => OPTIONS.iter().any(|option| option.name == meant && option.belongs_to(kind)).then_some(meant),
    }
}

/// Names from other tools and other attributes, and what they are called here.
fn foreign(name: &str) -> Option<&'static str> {
    Some(match name {
        "vus" | "virtual_users" | "clients" | "threads" | "workers" | "concurrency" => "users",
        "rps" | "qps" | "arrival_rate" | "requests_per_second" => "rate",
        "time" | "length" | "run_time" => "duration",
        "rampup" | "ramp" | "ramp_time" => "ramp_up",
        "warmup" => "warm_up",
        "repeat" | "repetitions" | "loops" => "iterations",
        "extend" | "until_sure" | "until_stable" => "settle",
        "before" | "init" => "setup",
        "hook_timeout" | "teardown_timeout" => "setup_timeout",
        "after" | "cleanup" => "teardown",
        _ => return None,
    })
}
