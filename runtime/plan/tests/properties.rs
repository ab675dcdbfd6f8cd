//! What holds of every text: what is printed is read back the same, and no input panics.
#![allow(clippy::unwrap_used)]

use brunt_plan::load::{
    Amount, Case, Hook, HookForm, NamedHook, Scenario, ScenarioLoad, Search, Shape, Sizes, Stage, Stages, ThinkTime,
};
use brunt_plan::quantity::{SizeUnit, TimeUnit, Unit};
use brunt_plan::target::{Comparison, Group, Growth, Kinds, Limit, Measure, Metric, Name, Reference, Run, Stat};
use brunt_plan::{Dimension, Kind, Level, Mistake, Place, Plan, Quantity, Target, check, parse};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use std::time::Duration;

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![(0_u32..100_000).prop_map(f64::from), (1_u32..1_000_000).prop_map(|n| f64::from(n) / 1e3), 1e-12..1e15,]
}

fn quantity(unit: impl Strategy<Value = Unit>) -> impl Strategy<Value = Quantity> {
    (number(), unit).prop_map(|(value, unit)| Quantity { value, unit })
}

fn time() -> impl Strategy<Value = Quantity> {
    quantity(select(TimeUnit::ALL.to_vec()).prop_map(Unit::Time))
}

fn per() -> impl Strategy<Value = TimeUnit> {
    select(vec![TimeUnit::Second, TimeUnit::Minute, TimeUnit::Hour])
}

fn rate() -> impl Strategy<Value = Quantity> {
    quantity(per().prop_map(Unit::Rate))
}

/// A quantity above zero, so that no comparison with it always or never holds.
fn of_dimension(dimension: Dimension) -> BoxedStrategy<Quantity> {
    let unit = match dimension {
        Dimension::Count => Just(Unit::Count).boxed(),
        Dimension::Time => select(TimeUnit::ALL.to_vec()).prop_map(Unit::Time).boxed(),
        Dimension::Share => {
            return (1_u32..100).prop_map(|n| Quantity { value: f64::from(n), unit: Unit::Percent }).boxed();
        }
        Dimension::Rate => per().prop_map(Unit::Rate).boxed(),
        Dimension::Size => select(SizeUnit::ALL.to_vec()).prop_map(Unit::Size).boxed(),
        Dimension::Flow => {
            (select(SizeUnit::ALL.to_vec()), per()).prop_map(|(size, per)| Unit::Flow(size, per)).boxed()
        }
        Dimension::Factor => Just(Unit::Factor).boxed(),
    };
    quantity(unit).prop_filter("above zero", |quantity| quantity.value > 0.0).boxed()
}

/// Names of every sort: words, words of the language, and what only a string can say.
fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z_][a-z0-9_]{0,8}", "\\PC{1,8}", select(words()).prop_map(str::to_owned), "[\"\\\\\n\t'{}]{1,4}"]
}

fn words() -> Vec<&'static str> {
    vec![
        "p95",
        "p99.9",
        "p959",
        "mean",
        "errors",
        "service",
        "growth",
        "each",
        "size",
        "process",
        "step",
        "stages",
        "n",
        "log_n",
        "shared",
        "for",
        "over",
        "at",
        "once",
        "from",
        "until",
        "by",
        "except",
        "capacity",
        "users",
        "true",
        "x",
        "s",
        "r",
        "b",
        "crate",
        "r#type",
        "1",
        "10s",
        "3x",
        "10 for 30s",
        "",
    ]
    .into_iter()
    .filter(|word| !word.is_empty())
    .collect()
}

fn amounts() -> impl Strategy<Value = (Amount, Amount)> {
    prop_oneof![
        (0_u64..1_000_000, 0_u64..1_000_000).prop_map(|(from, to)| (Amount::Users(from), Amount::Users(to))),
        (rate(), rate()).prop_map(|(from, to)| (Amount::Rate(from), Amount::Rate(to))),
    ]
}

fn shape() -> impl Strategy<Value = Shape> {
    prop_oneof![
        time().prop_map(Shape::Window),
        (amounts(), time()).prop_map(|((amount, _), time)| Shape::Hold(amount, time)),
        (amounts(), any::<bool>(), time()).prop_map(|((from, to), given, over)| Shape::Ramp {
            from: given.then_some(from),
            to,
            over
        }),
        (0_u64..1_000_000).prop_map(Shape::AtOnce),
    ]
}

fn stages() -> impl Strategy<Value = Stages> {
    let stage = (of(name()), shape()).prop_map(|(name, shape)| Stage { name, shape });
    (vec(stage, 0..4), 1_u32..9).prop_map(|(list, repeat)| {
        let repeat = if list.is_empty() { 1 } else { repeat };
        Stages { list, repeat }
    })
}

fn scenario() -> impl Strategy<Value = Scenario> {
    let share = prop_oneof![
        number().prop_map(ScenarioLoad::Weight),
        amounts().prop_map(|(amount, _)| ScenarioLoad::Own(amount)),
    ];
    (name(), share, of(time()), of(time())).prop_map(|(name, share, from, until)| Scenario { name, share, from, until })
}

fn case() -> impl Strategy<Value = Case> {
    let value = select(vec![
        "40",
        "make(3, [1, 2])",
        "\"a, b: ]\"",
        "'['",
        "|x, y| x + y",
        "f::<A, B>()",
        "-1",
        "Tree { n: 1 }",
    ]);
    (name(), value).prop_map(|(name, value)| Case { name, value: value.into() })
}

fn hooks(of_kind: &[Hook]) -> impl Strategy<Value = Vec<NamedHook>> {
    let all = of_kind.to_vec();
    let path = select(vec!["open", "a::b::c", "::a::b", "make::<Vec<u8>>::f", "$crate::f"]);
    let count = all.len();
    (proptest::sample::subsequence(all, 0..=count), path, any::<bool>()).prop_map(|(hooks, path, shared)| {
        let named = |hook| {
            let form = if shared && hook == Hook::Setup { HookForm::Shared } else { HookForm::Plain };
            NamedHook { hook, path: path.into(), form }
        };
        hooks.into_iter().map(named).collect()
    })
}

fn think_time() -> impl Strategy<Value = ThinkTime> {
    prop_oneof![
        time().prop_map(ThinkTime::Fixed),
        (time(), time()).prop_map(|(a, b)| if a.base() <= b.base() {
            ThinkTime::Between(a, b)
        } else {
            ThinkTime::Between(b, a)
        }),
    ]
}

fn load_plan() -> impl Strategy<Value = Plan> {
    let counts = vec(of(any::<u64>()), 5);
    let times = vec(of(time()), 8);
    let flags = any::<[bool; 4]>();
    let parts = (stages(), vec(scenario(), 0..3), vec(case(), 0..3));
    let hooks = hooks(&Hook::ALL[..6]);
    (counts, times, flags, of(rate()), of(think_time()), parts, hooks, any::<bool>()).prop_map(
        |(counts, times, flags, rate, think_time, (stages, scenarios, cases), hooks, renamed)| Plan {
            users: counts[0],
            iterations: counts[1],
            total_iterations: counts[2],
            max_users: counts[3],
            seed: counts[4],
            duration: times[0],
            ramp_up: times[1],
            warm_up: times[2],
            timeout: times[3],
            graceful_stop: times[4],
            abort_after: times[5],
            settle: times[6],
            setup_timeout: times[7],
            poisson: flags[0],
            virtual_time: flags[1],
            per_core: flags[2],
            concurrent: flags[3],
            rate,
            think_time,
            stages,
            scenarios,
            cases,
            hooks,
            crate_path: renamed.then(|| "my::brunt".into()),
            ..Plan::new(Kind::Load)
        },
    )
}

fn stress_plan() -> impl Strategy<Value = Plan> {
    let sizes = prop_oneof![
        proptest::collection::hash_set(any::<u64>(), 1..5).prop_map(|sizes| Sizes::List(sizes.into_iter().collect())),
        (1_u64..1_000, 0_u64..1_000_000, 2_u64..100).prop_map(|(from, more, by)| Sizes::Geometric {
            from,
            to: from + more,
            by
        }),
    ];
    let search = prop_oneof![
        (1_u64..1_000, 1_u64..1_000).prop_map(|(from, more)| (Amount::Users(from), Amount::Users(from + more))),
        (1_u32..1_000, 1_u32..1_000).prop_map(|(from, more)| {
            let rate = |n: u32| Amount::Rate(Quantity { value: f64::from(n), unit: Unit::Rate(TimeUnit::Second) });
            (rate(from), rate(from + more))
        }),
    ];
    let search = search.prop_map(|(from, to)| Search { from, to });
    (of(sizes), of(search), of(any::<u64>()), hooks(&[Hook::Setup, Hook::Check])).prop_map(
        |(sizes, search, concurrency, hooks)| Plan { sizes, search, concurrency, hooks, ..Plan::new(Kind::Stress) },
    )
}

fn selector() -> impl Strategy<Value = Vec<Name>> {
    let part = prop_oneof![
        4 => name().prop_map(Name::Plain),
        1 => (name(), any::<String>()).prop_map(|(key, value)| Name::Tag { key, value }),
        1 => any::<u64>().prop_map(Name::Size),
        1 => any::<String>().prop_map(Name::Process),
    ];
    vec(part, 0..4)
}

fn group() -> impl Strategy<Value = Group> {
    // A string that begins with a digit is a window's width.
    let tag = name().prop_filter("no width", |name| !name.starts_with(|c: char| c.is_ascii_digit()));
    prop_oneof![
        (1_u64..10_000_000_000_000).prop_map(|nanos| Group::Window(Duration::from_nanos(nanos))),
        (1_u64..100_000).prop_map(|secs| Group::Window(Duration::from_secs(secs))),
        select(vec![Group::Step, Group::Stage, Group::Scenario, Group::Case, Group::User]),
        tag.prop_map(Group::Tag),
    ]
}

fn percentile() -> impl Strategy<Value = Stat> {
    prop_oneof![
        select(vec![50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 99.99]),
        (1_u32..100_000).prop_map(|n| f64::from(n) / 1_000.0),
    ]
    .prop_map(Stat::Percentile)
}

fn latency_stat() -> impl Strategy<Value = Stat> {
    let words = select(vec![Stat::Min, Stat::Mean, Stat::Max, Stat::Stddev, Stat::Cv, Stat::Count, Stat::Sum]);
    prop_oneof![percentile(), words]
}

fn kinds() -> impl Strategy<Value = Kinds> {
    // No failure is of a kind without a name.
    let name = || any::<String>().prop_filter("a kind has a name", |name| !name.is_empty());
    let names = move || vec(name(), 1..3);
    prop_oneof![Just(Kinds::All), names().prop_map(Kinds::Only), names().prop_map(Kinds::Except)]
}

fn metric() -> impl Strategy<Value = Metric> {
    let plain = select(Metric::PLAIN.to_vec());
    prop_oneof![
        2 => latency_stat().prop_map(Metric::Stat),
        1 => select(vec![Stat::Share, Stat::Last]).prop_map(Metric::Stat),
        1 => latency_stat().prop_map(Metric::Service),
        1 => kinds().prop_map(Metric::Errors),
        1 => (kinds(), latency_stat()).prop_map(|(kinds, stat)| Metric::ErrorLatency(kinds, stat)),
        3 => plain,
    ]
}

/// At most one tag, size and process, and no tag beside `each(tag)`.
fn single_names(each: Option<&Group>, names: Vec<Name>) -> Vec<Name> {
    let mut kept: Vec<Name> = Vec::new();
    for name in names {
        let sort = std::mem::discriminant(&name);
        let twice = kept.iter().any(|other| std::mem::discriminant(other) == sort);
        let tagged = matches!((&each, &name), (Some(Group::Tag(_)), Name::Tag { .. }));
        if matches!(name, Name::Plain(_)) || !(twice || tagged) {
            kept.push(name);
        }
    }
    kept
}

fn measure() -> impl Strategy<Value = Measure> {
    let over = prop_oneof![latency_stat(), Just(Stat::Last)];
    (of(group()), selector(), metric(), of(over)).prop_map(|(each, selector, metric, over)| {
        // `each(…).errors.p99` alone is read by its limit; here the errors' latency says what it is over.
        let ambiguous = each.is_some() && matches!(metric, Metric::ErrorLatency(..));
        let over = if ambiguous { over.or(Some(Stat::Max)) } else { over.filter(|_| each.is_some()) };
        let selector = single_names(each.as_ref(), selector);
        Measure { each, selector, metric, over }
    })
}

fn limit(measure: &Measure) -> BoxedStrategy<(Comparison, Limit)> {
    let comparison =
        select(vec![Comparison::Less, Comparison::AtMost, Comparison::Greater, Comparison::AtLeast, Comparison::Meets]);
    let classes = select(vec![
        Growth::Constant,
        Growth::Logarithmic,
        Growth::Linear,
        Growth::Linearithmic,
        Growth::Quadratic,
        Growth::Cubic,
    ]);
    let dimensions = measure.dimensions();
    if dimensions.is_empty() || (measure.metric == Metric::Growth && measure.over.is_none()) {
        return (comparison, classes.prop_map(Limit::Growth)).boxed();
    }
    // A measure is not compared with itself.
    let mut other = measure.clone();
    other.selector.push(Name::Plain("of the other".to_owned()));
    let other = Reference { run: Run::This, measure: other };
    let same = other.clone();
    let relative =
        (1_u32..10_000).prop_map(move |n| Limit::Relative { factor: f64::from(n) / 100.0, of: same.clone() });
    let same = other;
    let factors = (1_u32..100, 1_u32..100).prop_map(move |(low, more)| Limit::RelativeRange {
        low: f64::from(low) / 10.0,
        high: f64::from(low + more) / 10.0,
        of: same.clone(),
    });
    let one = select(dimensions.to_vec()).prop_flat_map(of_dimension);
    let two = select(dimensions.to_vec())
        .prop_flat_map(|dimension| (of_dimension(dimension), of_dimension(dimension)))
        .prop_map(|(a, b)| if a.base() <= b.base() { Limit::Range(a, b) } else { Limit::Range(b, a) });
    prop_oneof![
        (comparison.clone(), one.prop_map(Limit::Quantity)),
        (Just(Comparison::Meets), two),
        (comparison, relative),
        (Just(Comparison::Meets), factors),
    ]
    .boxed()
}

fn target() -> impl Strategy<Value = Target> {
    let readable = |measure: &Measure| measure.metric != Metric::Growth || measure.over.is_none();
    measure().prop_filter("a class has no stat", readable).prop_flat_map(|measure| {
        (limit(&measure), any::<bool>()).prop_map(move |((comparison, limit), proven)| Target {
            level: Level::Target,
            measure: measure.clone(),
            comparison,
            limit,
            proven,
            line: None,
        })
    })
}

/// Texts that look like the language, in senseless order.
fn token_soup() -> impl Strategy<Value = String> {
    let symbols = vec![
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "<",
        ">",
        "<=",
        ">=",
        "=",
        "==",
        ",",
        ";",
        ":",
        "::",
        ".",
        "..",
        "..=",
        "->",
        "-",
        "/",
        "%",
        "\"",
        "'",
        "\"a\"",
        "r#\"a\"#",
        "r#",
        "b'x'",
        "\"10s\"",
        "\"\\",
        "'a",
        "$",
        "$crate",
        "\\",
        "µs",
        "²",
        "é",
        " ",
        "\n",
        "0x1F",
        "0b1",
        "1u8",
        "1e",
        "1e3",
        "1e999",
        "1.5",
        "1_000",
        "0",
        "10ms",
        "5m",
        "3x",
        "100%",
        "5/s",
        "5/parsec",
        "9MiB/s",
        "tenant(\"a\")",
        "size(1)",
        "each(10s)",
        "errors(\"a\")",
        "errors(except",
        "throughput",
        "baseline",
        "users",
        "stages",
        "scenarios",
        "cases",
        "sizes",
        "search",
        "setup",
        "think_time",
        "rate",
        "duration",
        "poisson",
    ];
    vec(select([symbols, words()].concat()), 0..24).prop_map(|tokens| tokens.concat())
}

/// Everything that reads text; every mistake lies within it, on the borders of characters.
fn read_everything(text: &str) {
    let within = |mistake: &Mistake| match &mistake.place {
        Place::Text(range) => assert!(text.get(range.clone()).is_some(), "{mistake:?} in {text:?}"),
        other => panic!("{other:?} has no place in a text"),
    };
    for kind in [Kind::Load, Kind::Stress, Kind::Resilience] {
        let (plan, mistakes) = parse::plan(kind, text);
        mistakes.iter().for_each(within);
        if mistakes.is_empty() {
            assert_eq!(parse::plan(kind, &plan.to_string()), (plan.clone(), Vec::new()));
        }
        check::plan(&plan);
        let (targets, mistakes) = parse::targets(Level::Critical, text);
        mistakes.iter().for_each(within);
        check::targets(&plan, &targets.into_iter().map(|(target, _)| target).collect::<Vec<_>>());
        for option in ["users", "stages", "scenarios", "sizes", "search", "think_time", "rate", "poisson"] {
            let _ = parse::set(&mut Plan::new(kind), option, text);
        }
    }
    parse::target(Level::Target, text).err().iter().for_each(within);
    parse::quantity(text).err().iter().for_each(within);
}

proptest! {
    #[test]
    fn a_quantity_is_read_back(quantity in select(vec![
        Dimension::Count, Dimension::Time, Dimension::Share, Dimension::Rate, Dimension::Size, Dimension::Flow, Dimension::Factor,
    ]).prop_flat_map(of_dimension)) {
        prop_assert_eq!(parse::quantity(&quantity.to_string()), Ok(quantity));
    }

    #[test]
    fn a_plan_is_read_back(plan in prop_oneof![load_plan(), stress_plan()]) {
        let text = plan.to_string();
        prop_assert_eq!(parse::plan(plan.kind, &text), (plan, Vec::new()), "{}", text);
    }

    #[test]
    fn a_target_is_read_back(target in target()) {
        let text = target.to_string();
        prop_assert_eq!(parse::target(Level::Target, &text), Ok(target), "{}", text);
    }

    #[test]
    fn a_quoted_limit_means_the_same(target in target()) {
        let proven = if target.proven { "proven " } else { "" };
        let text = format!("{proven}{} {} {:?}", target.measure, target.comparison, target.limit.to_string());
        prop_assert_eq!(parse::target(Level::Target, &text), Ok(target), "{}", text);
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        read_everything(&text);
    }

    #[test]
    fn no_tokens_panic(text in token_soup()) {
        read_everything(&text);
    }

    #[test]
    fn no_half_of_a_target_panics(target in target(), cut in any::<proptest::sample::Index>()) {
        let text = target.to_string();
        let cut = cut.index(text.len() + 1);
        if let Some(half) = text.get(..cut) {
            read_everything(half);
        }
    }
}
