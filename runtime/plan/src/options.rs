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
pub(crate) const OPTIONS: [Spec; 31] = [
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
    open("abort_after", ALL),
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
    fixed("user_setup", LOAD),
    fixed("user_teardown", LOAD),
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
            let owners: Vec<_> = option.kinds.iter().map(|kind| format!("`{}`", kind.attribute())).collect();
            let hint = instead(kind, name).map(|known| format!("; did you mean `{known}`?")).unwrap_or_default();
            Err(format!("`{name}` is an option of {}, not of `{attribute}`{hint}", owners.join(" and ")))
        }
        None => {
            let known = || OPTIONS.iter().filter(|option| option.belongs_to(kind)).map(|option| option.name);
            let end = match instead(kind, name).or_else(|| nearest(name, known())) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("`{attribute}` has {}", known().collect::<Vec<_>>().join(", ")),
            };
            Err(format!("unknown option `{name}`: {end}"))
        }
    }
}

/// Names from other tools and other attributes, and what they are called here.
fn instead(kind: Kind, name: &str) -> Option<&'static str> {
    let meant = match name {
        "vus" | "virtual_users" | "clients" | "threads" | "workers" | "concurrency" => "users",
        "rps" | "qps" | "arrival_rate" | "requests_per_second" => "rate",
        "time" | "length" | "run_time" => "duration",
        "rampup" | "ramp" | "ramp_time" => "ramp_up",
        "warmup" => "warm_up",
        "repeat" | "repetitions" | "loops" => "iterations",
        "before" | "init" => "setup",
        "after" | "cleanup" => "teardown",
        _ => return None,
    };
    match (meant, kind) {
        ("users", Kind::Stress) => Some("concurrency"),
        _ => OPTIONS.iter().any(|option| option.name == meant && option.belongs_to(kind)).then_some(meant),
    }
}
