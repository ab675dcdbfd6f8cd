//! The table of options, one row each: name, kinds of tests, example, bounds, and how the value is read and printed. A
//! new option is a row here, a field of [`Plan`], and its use in the engine.

use super::cursor::{Cursor, Parsed};
use super::value::{only_quantity, only_switch, only_whole, think_time};
use super::{rust, sizes, stages};
use crate::hook::{Hook, NamedHook};
use crate::kind::Kind;
use crate::load::{Plan, Sizes};
use crate::mistake::Mistake;
use crate::print::join_with_commas;
use crate::quantity::{Dimension, Quantity};
use crate::rust_text::RustText;
use crate::spelling::nearest_word;
use std::fmt::Display;

/// Reads the whole value of an option into the plan. Mistakes in parts of a list are pushed; the other parts are kept.
type Read = fn(&mut Plan, Cursor<'_>, &mut Vec<Mistake>) -> Parsed<()>;

/// One option of the primary attributes, for parser, printer and checks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OptionSpec {
    /// Its name.
    pub(crate) name: &'static str,
    /// The kinds of tests that have it.
    kinds: &'static [Kind],
    /// Whether environment and configuration may set it. They may not set what generated code depends on.
    pub(crate) overridable: bool,
    /// Whether it may be written without a value, which means `true`.
    pub(crate) is_flag: bool,
    /// An example of a value, for messages.
    pub(crate) example: &'static str,
    /// Reads its value.
    pub(super) read: Read,
    /// Prints the value so that the parser reads it back; empty for a flag; `None` if it is not given.
    pub(crate) print: fn(&Plan) -> Option<String>,
    /// The bounds of its value, whatever the other options are.
    pub(crate) bounds: Bounds,
}

/// Reads the value of an option from a plan; `None` if it is not given.
pub(crate) type GivenValue<T> = fn(&Plan) -> Option<T>;

/// Bounds of an option's value, with a function that reads the value from a plan.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bounds {
    /// Every value that can be parsed is allowed.
    Free,
    /// A number of users, more than none.
    Users(GivenValue<u64>),
    /// A number of iterations, more than none.
    Iterations(GivenValue<u64>),
    /// A time above zero.
    Time(GivenValue<Quantity>),
    /// A time. Zero is allowed and means "none", which overrides need.
    TimeOrNone(GivenValue<Quantity>),
}

const ALL: &[Kind] = &Kind::ALL;
const LOAD: &[Kind] = &[Kind::Load];
const STRESS: &[Kind] = &[Kind::Stress];
const MEASURED: &[Kind] = &[Kind::Load, Kind::Stress];

/// A row that environment and configuration may set.
const fn open_row(
    name: &'static str,
    kinds: &'static [Kind],
    example: &'static str,
    read: Read,
    print: fn(&Plan) -> Option<String>,
) -> OptionSpec {
    OptionSpec { name, kinds, overridable: true, is_flag: false, example, read, print, bounds: Bounds::Free }
}

/// A row whose value is a whole number, in the field of the plan that has the option's name.
macro_rules! count {
    ($field:ident, $kinds:ident $(, $bounds:ident)?) => {
        OptionSpec {
            $(bounds: Bounds::$bounds(|plan| plan.$field),)?
            ..open_row(
                stringify!($field),
                $kinds,
                "10",
                |plan, cursor, _| only_whole(cursor, stringify!($field)).map(|count| plan.$field = Some(count)),
                |plan| plan.$field.map(|count| count.to_string()),
            )
        }
    };
}

/// A row whose value is a quantity of one dimension, in the field of the plan that has the option's name.
macro_rules! quantity {
    ($field:ident, $kinds:ident, $dimension:ident, $example:literal $(, $bounds:ident)?) => {
        OptionSpec {
            $(bounds: Bounds::$bounds(|plan| plan.$field),)?
            ..open_row(
                stringify!($field),
                $kinds,
                $example,
                |plan, cursor, _| {
                    only_quantity(cursor, stringify!($field), Dimension::$dimension)
                        .map(|quantity| plan.$field = Some(quantity))
                },
                |plan| plan.$field.map(|quantity| quantity.to_string()),
            )
        }
    };
}

/// A row that is on or off, in the field of the plan that has the option's name.
macro_rules! flag {
    ($field:ident, $kinds:ident) => {
        OptionSpec {
            is_flag: true,
            ..open_row(
                stringify!($field),
                $kinds,
                "true",
                |plan, cursor, _| only_switch(cursor, stringify!($field)).map(|is_on| plan.$field = is_on),
                |plan| plan.$field.then(String::new),
            )
        }
    };
}

/// A row that names a function.
macro_rules! hook {
    ($hook:ident, $kinds:ident) => {
        fixed_row(open_row(
            Hook::$hook.option(),
            $kinds,
            "function",
            |plan, cursor, _| rust::read_hook(cursor, Hook::$hook).map(|named| plan.give_hook(named)),
            |plan| plan.hook(Hook::$hook).map(NamedHook::to_string),
        ))
    };
}

/// The same row, which environment and configuration may not set.
const fn fixed_row(option: OptionSpec) -> OptionSpec {
    OptionSpec { overridable: false, ..option }
}

/// Every option, in the order they are printed.
pub(crate) const OPTIONS: [OptionSpec; 33] = [
    count!(users, LOAD, Users),
    count!(iterations, MEASURED, Iterations),
    count!(total_iterations, LOAD, Iterations),
    quantity!(duration, MEASURED, Time, "10s", Time),
    quantity!(ramp_up, LOAD, Time, "10s", TimeOrNone),
    quantity!(rate, LOAD, Rate, "100/s"),
    count!(max_users, MEASURED, Users),
    flag!(poisson, LOAD),
    quantity!(warm_up, MEASURED, Time, "10s", TimeOrNone),
    open_row(
        "think_time",
        LOAD,
        "1s..3s",
        |plan, cursor, _| think_time(cursor).map(|pause| plan.think_time = Some(pause)),
        |plan| plan.think_time.map(|pause| pause.to_string()),
    ),
    quantity!(timeout, ALL, Time, "10s", Time),
    quantity!(graceful_stop, ALL, Time, "10s", TimeOrNone),
    quantity!(setup_timeout, ALL, Time, "1min", Time),
    quantity!(abort_after, ALL, Time, "10s", TimeOrNone),
    quantity!(settle, MEASURED, Time, "1min", TimeOrNone),
    count!(seed, ALL),
    fixed_row(flag!(virtual_time, ALL)),
    fixed_row(flag!(per_core, LOAD)),
    flag!(concurrent, ALL),
    open_row(
        "stages",
        LOAD,
        "[10 for 30s]",
        |plan, cursor, mistakes| stages::read_stages(cursor, mistakes).map(|stages| plan.stages = stages),
        |plan| (!plan.stages.list.is_empty()).then(|| plan.stages.to_string()),
    ),
    open_row(
        "scenarios",
        LOAD,
        "[list: 10x, buy: 1x]",
        |plan, cursor, mistakes| stages::read_scenarios(cursor, mistakes).map(|scenarios| plan.scenarios = scenarios),
        |plan| print_list(&plan.scenarios),
    ),
    fixed_row(open_row(
        "cases",
        ALL,
        "[small: 10, large: 1_000]",
        |plan, cursor, mistakes| rust::read_cases(cursor, mistakes).map(|cases| plan.cases = cases),
        |plan| print_list(&plan.cases),
    )),
    open_row(
        "sizes",
        STRESS,
        "[1_000, 10_000]",
        |plan, cursor, _| sizes::read_sizes(cursor).map(|sizes| plan.sizes = Some(sizes)),
        |plan| plan.sizes.as_ref().map(Sizes::to_string),
    ),
    count!(concurrency, STRESS, Users),
    open_row(
        "search",
        STRESS,
        "capacity(users 10..=10_000)",
        |plan, cursor, _| sizes::read_search(cursor).map(|search| plan.search = Some(search)),
        |plan| plan.search.map(|search| search.to_string()),
    ),
    hook!(Setup, ALL),
    hook!(Teardown, ALL),
    hook!(Verify, ALL),
    hook!(Sample, ALL),
    hook!(UserSetup, MEASURED),
    hook!(UserTeardown, MEASURED),
    hook!(Check, STRESS),
    fixed_row(open_row(
        "crate",
        ALL,
        "path::to::brunt",
        |plan, cursor, _| rust::crate_path(cursor).map(|path| plan.crate_path = Some(path)),
        |plan| plan.crate_path.as_ref().map(RustText::to_string),
    )),
];

/// `[list: 10x, buy: 1x]`; `None` where nothing is in it.
fn print_list<T: Display>(values: &[T]) -> Option<String> {
    (!values.is_empty()).then(|| format!("[{}]", join_with_commas(values)))
}

impl OptionSpec {
    /// Whether this attribute has the option.
    pub(crate) fn belongs_to(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }
}

/// The option of this name, or what is wrong with the name.
pub(crate) fn find_option(kind: Kind, name: &str) -> Result<OptionSpec, String> {
    let attribute = kind.attribute();
    match OPTIONS.iter().find(|option| option.name == name) {
        Some(option) if option.belongs_to(kind) => Ok(*option),
        Some(option) => {
            if let Some(body) = in_the_body(kind, name) {
                return Err(format!("`{name}` is no option of `{attribute}`: {body}"));
            }
            let owners: Vec<_> = option.kinds.iter().map(|kind| format!("`{}`", kind.attribute())).collect();
            let hint = name_here(kind, name).map(|known| format!("; did you mean `{known}`?")).unwrap_or_default();
            Err(format!("`{name}` is an option of {}, not of `{attribute}`{hint}", owners.join(" and ")))
        }
        None => {
            if let Some(body) = in_the_body(kind, option_of_other_tools(name).unwrap_or(name)) {
                return Err(format!("unknown option `{name}`: {body}"));
            }
            let known = || OPTIONS.iter().filter(|option| option.belongs_to(kind)).map(|option| option.name);
            let end = match name_here(kind, name).or_else(|| nearest_word(name, known())) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("`{attribute}` has {}", known().collect::<Vec<_>>().join(", ")),
            };
            Err(format!("unknown option `{name}`: {end}"))
        }
    }
}

/// What to write in place of an option of loads in a resilience test, whose body starts the loads.
fn in_the_body(kind: Kind, name: &str) -> Option<&'static str> {
    if !kind.is_led_by_body() {
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

/// The option of this kind for a name of other tools or of another kind.
fn name_here(kind: Kind, name: &str) -> Option<&'static str> {
    let meant = option_of_other_tools(name)?;
    // In a test that measures calls, users are callers.
    let callers = (meant == "users").then_some("concurrency");
    let has = |name: &&str| OPTIONS.iter().any(|option| option.name == *name && option.belongs_to(kind));
    [Some(meant), callers].into_iter().flatten().find(has)
}

/// The option for a name of other tools or of another kind.
fn option_of_other_tools(name: &str) -> Option<&'static str> {
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
