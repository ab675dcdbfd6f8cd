//! Every form of the language, as tables: what it is read as, printed, and which mistakes are said.
#![allow(clippy::unwrap_used)]

use super::lexer::{Token, TokenKind};
use super::*;
use crate::kind::Kind::{Load, Resilience, Stress};

/// The text as the macros hand it over: no space except between two words, numbers with their units being one.
fn compact(text: &str) -> String {
    let word = |token: &Token| matches!(token.kind, TokenKind::Word | TokenKind::Number);
    let tokens = lexer::lex(text);
    let mut compact = String::new();
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| tokens[before]);
        if before.is_some_and(|before| word(&before) && word(token) && before.end < token.start) {
            compact.push(' ');
        }
        compact.push_str(&text[token.range()]);
    }
    compact
}

/// The text parses without mistake; what it prints as.
fn reads(kind: Kind, text: &str) -> String {
    let (read, mistakes) = plan(kind, text);
    assert_eq!(mistakes, [], "{text}");
    let printed = read.to_string();
    assert_eq!(plan(kind, &printed), (read.clone(), Vec::new()), "{text} printed as {printed}");
    if read.cases.is_empty() {
        let tokens = compact(&printed);
        assert_eq!(plan(kind, &tokens), (read, Vec::new()), "{text} as {tokens}");
    }
    printed
}

fn reads_target(text: &str) -> String {
    let read = target(Level::Target, text).unwrap_or_else(|mistake| panic!("{text}: {mistake}"));
    let printed = read.to_string();
    for same in [&printed, &compact(text), &compact(&printed)] {
        assert_eq!(target(Level::Target, same).as_ref(), Ok(&read), "{text} as {same}");
    }
    printed
}

/// Each mistake as `the part it lies at | its message`.
fn marked(text: &str, mistakes: Vec<Mistake>) -> Vec<String> {
    let part = |mistake: &Mistake| match &mistake.place {
        Place::Text(range) => text[range.clone()].to_owned(),
        other => format!("{other:?}"),
    };
    mistakes.iter().map(|mistake| format!("{} | {}", part(mistake), mistake.message)).collect()
}

#[test]
fn load_options() {
    for (text, printed) in [
        ("", ""),
        ("users=100,iterations=50,setup=open_store", "users = 100, iterations = 50, setup = open_store"),
        ("users = 1_000, total_iterations = 1e3,", "users = 1000, total_iterations = 1000"),
        ("rate=500/s,duration=30s,max_users=200,poisson", "duration = 30s, rate = 500/s, max_users = 200, poisson"),
        ("rate=\"500/s\", duration=\"30 s\", users=\"10\"", "users = 10, duration = 30s, rate = 500/s"),
        ("ramp_up=10s,warm_up=1.5min,timeout=500 ms", "ramp_up = 10s, warm_up = 1.5min, timeout = 500ms"),
        (
            "graceful_stop=0s,abort_after=10s,seed=18446744073709551615",
            "graceful_stop = 0s, abort_after = 10s, seed = 18446744073709551615",
        ),
        ("abort_after=1s,setup_timeout=\"2 min\"", "setup_timeout = 2min, abort_after = 1s"),
        ("settle=60s,users=3,abort_after=1s", "users = 3, abort_after = 1s, settle = 60s"),
        ("settle=\"1.5min\"", "settle = 1.5min"),
        ("think_time=1s..3s", "think_time = 1s..3s"),
        ("think_time=\"1s..3s\"", "think_time = 1s..3s"),
        ("think_time=500ms", "think_time = 500ms"),
        ("virtual_time,per_core=true,concurrent=false", "virtual_time, per_core"),
        (
            "crate=some::path,teardown=a::b,user_setup=login,user_teardown=logout,verify=v,sample=s,setup=shared(open)",
            "setup = shared(open), teardown = a::b, verify = v, sample = s, user_setup = login, user_teardown = logout, \
             crate = some::path",
        ),
        ("verify=counted(a::b),setup=open", "setup = open, verify = counted(a::b)"),
        ("setup=make::<Vec<u8>>::open,crate=$crate", "setup = make::<Vec<u8>>::open, crate = $crate"),
        ("setup=\"open_store\"", "setup = open_store"),
    ] {
        assert_eq!(reads(Load, text), printed, "{text}");
    }
}

#[test]
fn stages_and_scenarios() {
    for (text, printed) in [
        (
            "stages=[warm:10 for 30s,10->200 over 1min,->200 over 1min,burst:500 at once,0 for 5s,100/s for 10s,1min,\
             steady:9min]",
            "stages = [warm: 10 for 30s, 10 -> 200 over 1min, -> 200 over 1min, burst: 500 at once, 0 for 5s, \
             100/s for 10s, 1min, steady: 9min]",
        ),
        ("stages=[baseline:10 for 20s,spike:100 for 20s;5]", "stages = [baseline: 10 for 20s, spike: 100 for 20s; 5]"),
        ("stages=[\"my stage\":1/s->2/s over 1 h,;2]", "stages = [\"my stage\": 1/s -> 2/s over 1h; 2]"),
        ("stages=\"[10 for 30s]\"", "stages = [10 for 30s]"),
        ("scenarios=[list:10x,buy:1x]", "scenarios = [list: 10x, buy: 1x]"),
        (
            "scenarios=[quiet:10/s,noisy:100 from 10s until 20s]",
            "scenarios = [quiet: 10/s, noisy: 100 from 10s until 20s]",
        ),
        (
            "scenarios=[a:1 until 20s from 10s],stages=[alone:10s,beside:20s]",
            "stages = [alone: 10s, beside: 20s], scenarios = [a: 1 from 10s until 20s]",
        ),
    ] {
        assert_eq!(reads(Load, text), printed, "{text}");
    }
}

#[test]
fn repeats_are_unrolled_and_stages_labelled() {
    let (plan, _) = plan(Load, "stages = [a: 1 for 1s, 10 -> 20 over 1min; 2]");
    let labels: Vec<_> = plan.stages.expanded().map(crate::load::Stage::label).collect();
    assert_eq!(labels, ["a", "10 -> 20 over 1min", "a", "10 -> 20 over 1min"]);
}

#[test]
fn cases_stay_rust() {
    for (text, values) in [
        ("cases=[small:40,large:make(3,[1,2])]", vec!["40", "make(3,[1,2])"]),
        ("cases=[a:f::<u8,u16>(),b:|x,y|x+y,c:\"a,]\",]", vec!["f::<u8,u16>()", "|x,y|x+y", "\"a,]\""]),
        ("cases=[a:'[',b:::std::f(),\"c d\":Tree{n:1,m:2}]", vec!["'['", "::std::f()", "Tree{n:1,m:2}"]),
        ("cases=[a:0x1F,b:1.0f64,c:&'static str::X]", vec!["0x1F", "1.0f64", "&'static str::X"]),
        ("cases=[a:r#\"x\"y\"#,b:-5,c:!0]", vec!["r#\"x\"y\"#", "-5", "!0"]),
    ] {
        for kind in [Load, Stress, Resilience] {
            reads(kind, text);
            let found: Vec<_> = plan(kind, text).0.cases.into_iter().map(|case| case.value.text).collect();
            assert_eq!(found, values, "{text}");
        }
    }
}

#[test]
fn stress_and_resilience_options() {
    for (kind, text, printed) in [
        (Stress, "", ""),
        (Stress, "sizes=[40,341,3_906],concurrency=8", "sizes = [40, 341, 3906], concurrency = 8"),
        (Stress, "sizes=1_000..=1_000_000 by 10x,check=same", "sizes = 1000..=1000000 by 10x, check = same"),
        (Stress, "search=capacity(users 10..=10_000)", "search = capacity(users 10..=10000)"),
        (Stress, "search=capacity(rate 100/s..=100_000/s)", "search = capacity(rate 100/s..=100000/s)"),
        (Resilience, "virtual_time", "virtual_time"),
        (Resilience, "setup=cluster,timeout=1min,seed=1", "timeout = 1min, seed = 1, setup = cluster"),
    ] {
        assert_eq!(reads(kind, text), printed, "{text}");
    }
    let sizes = |text: &str| plan(Stress, text).0.sizes.unwrap().values();
    assert_eq!(sizes("sizes = 1_000..=1_000_000 by 10x"), [1_000, 10_000, 100_000, 1_000_000]);
    assert_eq!(sizes("sizes = 3..=20 by 2x"), [3, 6, 12]);
    assert_eq!(sizes("sizes = [7, 1]"), [7, 1]);
}

/// Targets whose canonical text differs from what was written only in spaces.
#[test]
fn targets_print_as_they_are_read() {
    for text in [
        "throughput > 1000/s",
        "elapsed < 10s",
        "p95 < 50ms",
        "p99.9 < 200ms",
        "p99.95 <= 1s",
        "p50 >= 5ms",
        "spike.success_rate > 80%",
        "spike.mean < 3x baseline.mean",
        "after.p95 < 1.2x baseline.p95",
        "errors < 1%",
        "errors < 3",
        "errors = 0",
        "quiet.errors = 0",
        "fault.errors = 10%",
        "each(5s).p95 < 300ms",
        "each(1500ms).p95 < 300ms",
        "\"GET /cart\".p95 < 80ms",
        "beside.quiet.p95 < 1.5x alone.quiet.p95",
        "growth <= n",
        "growth < n_log_n",
        "growth <= 1",
        "growth = n2",
        "growth <= log_n",
        "growth <= n3",
        "memory_growth <= n",
        "memory_growth <= 1",
        "memory_growth < 50%",
        "memory_growth < 50MiB",
        "memory_growth < 1MiB/h",
        "memory_growth < 2x baseline.memory_growth",
        "max < 500ms",
        "recovery_time < 60s",
        "detection_time < 5s",
        "lost_writes = 0",
        "indeterminate_writes < 10",
        "duplicate_writes = 0",
        "isolation >= 99%",
        "amplification < 3x",
        "amplification <= 3",
        "compensation_time < 5s",
        "orphans = 0",
        "capacity > 500/s",
        "capacity >= 100",
        "peak_memory < 50MiB",
        "allocations <= 3",
        "cpu < 150%",
        "process(\"api\").cpu < 50%",
        "network < 10MiB/s",
        "service.p95 < 10ms",
        "login.service.p99.9 < 10ms",
        "errors(\"shed\") < 20%",
        "errors(\"a\", \"b\") < 3",
        "errors(except \"shed\") < 1%",
        "errors(\"shed\").p99 < 1ms",
        "errors.p99 < 1s",
        "tenant(\"acme\").p95 < 1s",
        "\"my tag\"(\"v\").p95 < 1s",
        "cache_hit.share > 80%",
        "lag.max < 5",
        "drain.lag.last = 0",
        "queue.mean < 2ms",
        "size(1000).p95 < 1ms",
        "large.mean < 1s",
        "interrupted < 1%",
        "dropped = 0",
        "min > 1ms",
        "stddev < 10ms",
        "cv < 30%",
        "cv < 0.3",
        "count = 100",
        "items.sum = 5000",
        "mean = 140ms..200ms",
        "batch.mean = 1.5x..2.5x single.mean",
        "spike.mean < baseline.mean",
        "each(tenant).p95 < 1s",
        "each(step).p95 < 1s",
        "each(stage).success_rate > 90%",
        "each(scenario).p95 < 1s",
        "each(case).p95 < 1s",
        "each(user).throughput > 1/s",
        "each(tenant).spike.p95 < 1s",
        "each(10s).throughput.cv < 30%",
        "each(tenant).throughput.min > 0.8x each(tenant).throughput.max",
        "each(10s).errors.max < 5%",
        "each(10s).errors.p99.max < 1s",
        "each(10s).errors.p99 < 1s",
        "each(10s).errors.max < 2x each(tenant).errors.max",
        "each(\"step\").p95 < 1s",
        "each(10s).p95.p50 < 1s",
        "\"mean\".p95 < 1s",
        "\"each\".p95 < 1s",
        "\"p95\".mean < 1s",
        "queue.depth.p99.9 < 1000",
        "loop.p95 < 1s",
        "\"a\\\"b\\\\c\\n\".p95 < 1s",
        "gauge.last >= 0",
        "temperature.min >= 0",
        "hit.share = 100%",
        "hit.share = 80%",
        "success_rate <= 0%",
        "errors(\"sold out\") = 5",
        "pay.cancelled < 10%",
        "each(step).cancelled = 0",
        "errors >= 100%",
        "balance.min = 0",
        "each(tenant).throughput.min > 0.8x each(tenant).throughput.max",
        "proven p95 < 50ms",
        "proven each(10s).spike.p95 < 3x baseline.p95",
        "proven \"GET /cart\".p95 < 80ms",
        "proven errors(\"shed\") < 1%",
        "proven proven.p95 < 80ms",
        "proven.p95 < 80ms",
        "proven(\"a\").p95 < 80ms",
    ] {
        assert_eq!(reads_target(text), text);
    }
}

#[test]
fn targets_in_other_words() {
    for (text, printed) in [
        ("p95<10s", "p95 < 10s"),
        ("p95=\"10s\"", "p95 = 10s"),
        ("p95<=\"10 s\"", "p95 <= 10s"),
        ("p95<\"3x baseline.p95\"", "p95 < 3x baseline.p95"),
        ("p95 < \"3x\" baseline.p95", "p95 < 3x baseline.p95"),
        ("mean=\"140ms..200ms\"", "mean = 140ms..200ms"),
        ("mean=\"140ms\"..\"200ms\"", "mean = 140ms..200ms"),
        ("mean=140ms..=200ms", "mean = 140ms..200ms"),
        ("growth<=\"n\"", "growth <= n"),
        ("growth<=n*log_n", "growth <= n_log_n"),
        ("growth<=\"n log n\"", "growth <= n_log_n"),
        ("growth<=n^2", "growth <= n2"),
        ("growth<=\"n²\"", "growth <= n2"),
        ("growth<=\"O(n)\"", "growth <= n"),
        ("throughput>1_000 /s", "throughput > 1000/s"),
        ("throughput>30/min", "throughput > 30/min"),
        ("success_rate=\"100%\"", "success_rate = 100%"),
        ("success_rate>90 %", "success_rate > 90%"),
        ("\"nap\".p50>=5ms", "nap.p50 >= 5ms"),
        ("errors(except\"shed\")<1%", "errors(except \"shed\") < 1%"),
        ("spike.each(tenant).p95<1s", "each(tenant).spike.p95 < 1s"),
        ("each(\"10s\").p95<1s", "each(10s).p95 < 1s"),
        ("each(60000 ms).p95<1s", "each(60s).p95 < 1s"),
        ("r#\"a\"b\"#.p95<1s", "\"a\\\"b\".p95 < 1s"),
        ("r#type.p95<1s", "type.p95 < 1s"),
        ("spike.mean<3 x baseline.mean", "spike.mean < 3x baseline.mean"),
        ("spike.mean<\"GET /b\".mean", "spike.mean < \"GET /b\".mean"),
        ("spike.mean<tenant(\"a\").mean", "spike.mean < tenant(\"a\").mean"),
        ("spike.mean<3x\"GET /b\".mean", "spike.mean < 3x \"GET /b\".mean"),
        ("p95<1e3us", "p95 < 1000us"),
        ("p95≤5µs", "p95 <= 5us"),
    ] {
        assert_eq!(reads_target(text), printed, "{text}");
    }
}

#[test]
fn many_targets_with_their_places() {
    let text = "throughput > 1_000/s, errors(\"a\", \"b\") < 3, p95 < 50ms,";
    let (found, mistakes) = targets(Level::Critical, text);
    assert_eq!(mistakes, []);
    let parts: Vec<_> = found.iter().map(|(_, range)| &text[range.clone()]).collect();
    assert_eq!(parts, ["throughput > 1_000/s", "errors(\"a\", \"b\") < 3", "p95 < 50ms"]);
    assert!(found.iter().all(|(target, _)| target.level == Level::Critical));
}

#[test]
fn option_mistakes_lie_at_their_token() {
    for (kind, text, wanted) in [
        (Load, "usres=10", "usres | unknown option `usres`: did you mean `users`?"),
        (Load, "clients=10", "clients | unknown option `clients`: did you mean `users`?"),
        (Load, "sizes=[1]", "sizes | `sizes` is an option of `stress`, not of `load_test`"),
        (
            Load,
            "concurrency=5",
            "concurrency | `concurrency` is an option of `stress`, not of `load_test`; did you mean `users`?",
        ),
        (Resilience, "per_core", "per_core | `per_core` is an option of `load_test`, not of `resilience`"),
        (Load, "users=1,users=2", "users | `users` is given twice: leave one out"),
        (Load, "users", "users | `users` lacks its value: wanted `users = 10`"),
        (Load, "users=", "= | wanted the value of `users`, such as `10`, found the end"),
        (Load, "users 10", "10 | wanted `=` after `users`, found `10`"),
        (Load, "users=10s", "10s | `users` is a whole number without unit, `10s` is a time"),
        (Load, "users=1.5", "1.5 | `users` is a whole number, at most 18446744073709551615: not `1.5`"),
        (Load, "users=-5", "- | `-5` is negative: every quantity is zero or more"),
        (Load, "users=0b1", "0b1 | `0b1`: wanted a decimal number, such as `255` or `1_000`"),
        (Load, "users=10u64", "10u64 | `10u64` carries a Rust type: wanted the number alone, `10`"),
        (Load, "users=10 20", "20 | unexpected `20` after the value of `users`: is a comma missing before it?"),
        (Load, "duration=30", "30 | `duration` is a time (ns us µs ms s min h), `30` has no unit: did you mean `30s`?"),
        (Load, "duration=5m", "5m | unknown unit `m` in `5m`: did you mean `5min`?"),
        (Load, "duration=10sec", "10sec | unknown unit `sec` in `10sec`: did you mean `10s`?"),
        (Load, "duration=\"10sec\"", "\"10sec\" | unknown unit `sec` in `10sec`: did you mean `10s`?"),
        (Load, "users=10k", "10k | unknown unit `k` in `10k`: did you mean `10_000` or `10KiB`?"),
        (
            Load,
            "duration=1min30s",
            "1min30s | unknown unit `min30s` in `1min30s`: a quantity is one number and one unit, such as `90s` or `1.5min`",
        ),
        (Load, "rate=500", "500 | `rate` is a rate (/s /min), `500` has no unit: did you mean `500/s`?"),
        (Load, "rate=500rps", "500rps | unknown unit `rps` in `500rps`: did you mean `500/s`?"),
        (Load, "rate=500/sec", "500/sec | `500/sec` is per `sec`; a rate is per s, min or h: did you mean `500/s`?"),
        (Load, "poisson=", "= | wanted the value of `poisson`, such as `true`, found the end"),
        (Load, "poisson=yes", "yes | wanted `true` or `false` for `poisson`, found `yes`"),
        (Load, "setup=open()", "() | `setup` names a function and does not call it: wanted `setup = open`"),
        (Load, "setup=counted(f)", "counted(f) | `counted(f)`: only a `verify` is told what was counted"),
        (Load, "verify=shared(f)", "shared(f) | `shared(f)`: only a `setup` is shared between tests"),
        (Load, "think_time=3s..1s", "3s..1s | the range `3s..1s` is empty: the shorter time stands first"),
        (
            Load,
            "stages=[10]",
            "10 | the stage `10` lacks its time: wanted `10 for 30s`, `10 -> … over 30s` or `10 at once`",
        ),
        (Load, "stages=[10 for]", "for | wanted a quantity such as `10`, `10ms`, `90%` or `500/s`, found the end"),
        (
            Load,
            "stages=[10->5/s over 1s]",
            "5/s | `10 -> 5/s` goes from one kind to another: wanted users or rates at both ends",
        ),
        (Load, "stages=[10/s at once]", "10/s | `10/s` at once: a burst is a number of users"),
        (Load, "stages=[1 for 1s;0]", "0 | the stages repeat `0` times: wanted 1 to 4294967295"),
        (Load, "stages=[]", "[ | `[]` has no stage: wanted one such as `10 for 30s`"),
        (Load, "stages=[1 for 1s", "[ | `[` is not closed: wanted `]`"),
        (Load, "scenarios=[10x]", "10x | `10x`: a scenario is a name and its load, such as `list: 10x`"),
        (Load, "scenarios=[a:5%]", "5% | `5%` is a share: wanted a weight (`10x`), users (`100`) or arrivals (`10/s`)"),
        (Load, "cases=[a:1,2]", "2 | `2`: a case is a name and its value, such as `small: 10`"),
        (Stress, "sizes=[1,1]", "1 | the size `1` is given twice: leave one out"),
        (Stress, "sizes=1..10 by 2x", ".. | `..`: the last size is included, wanted `..=`"),
        (
            Stress,
            "search=capacity",
            "capacity | wanted `capacity(users 10..=10_000)` or `capacity(rate 100/s..=100_000/s)`, found the end",
        ),
    ] {
        assert_eq!(marked(text, plan(kind, text).1), [wanted], "{text}");
    }
}

#[test]
fn every_mistake_of_a_list_is_said() {
    let text = "users = 1, duraton = 1s, itertions = 2, stages = [x, 10 for 5m, a: 1 for 1s], , seed = 7";
    let (read, mistakes) = plan(Load, text);
    let parts: Vec<_> = marked(text, mistakes).iter().map(|m| m.split(" | ").next().unwrap().to_owned()).collect();
    assert_eq!(parts, ["duraton", "itertions", "x", "5m", ","]);
    assert_eq!((read.users, read.seed, read.stages.list.len()), (Some(1), Some(7), 1));
    let text = "p95 < 10%, errors < 1%, troughput > 1/s, p95 p99 < 1s";
    let (read, mistakes) = targets(Level::Target, text);
    assert_eq!((read.len(), mistakes.len()), (1, 3));
}

#[test]
fn target_mistakes_lie_at_their_token() {
    for (text, wanted) in [
        ("p95 < 10%", "10% | p95 is a time (ns us µs ms s min h), `10%` is a share"),
        ("p95 < 10", "10 | p95 is a time (ns us µs ms s min h), `10` has no unit: did you mean `10ms` or `10s`?"),
        ("success_rate > 90s", "90s | success_rate is a share (%), `90s` is a time"),
        ("success_rate > 0.9", "0.9 | success_rate is a share (%), `0.9` has no unit: did you mean `90%`?"),
        ("success_rate > 101%", "101% | `101%`: success_rate is a share, which is at most 100%"),
        ("success_rate > 100%", "100% | `success_rate > 100%` never holds: did you mean `success_rate >= 100%`?"),
        ("errors < 0", "0 | `errors < 0` never holds: did you mean `errors <= 0`?"),
        ("throughput > 100", "100 | throughput is a rate (/s /min), `100` has no unit: did you mean `100/s`?"),
        (
            "p959 < 1s",
            "p959 | `p959` is no percentile; a percentile lies between 0 and 100, as p95 and p99.9 do: did you mean `p95.9`?",
        ),
        (
            "p100 < 1s",
            "p100 | `p100` is no percentile; a percentile lies between 0 and 100, as p95 and p99.9 do: did you mean `max`?",
        ),
        ("troughput > 1/s", "troughput | unknown metric `troughput`: did you mean `throughput`?"),
        ("error_rate < 1%", "error_rate | unknown metric `error_rate`: did you mean `errors`?"),
        ("avg < 1s", "avg | unknown metric `avg`: did you mean `mean`?"),
        ("tenant(\"a\") < 1s", "tenant(\"a\") | a metric is missing after `tenant(\"a\")`"),
        ("p95 < 2*baseline.p95", "* | `*`: a factor stands before its selector, as in `2x baseline.p95`"),
        ("p95 < 3x", "3x | the factor `3x` lacks its selector: 3x of what? `3x baseline.p95`"),
        ("p95 < 3 baseline.p95", "3 | `3` before `baseline.p95` is no factor: did you mean `3x baseline.p95`?"),
        ("p95 < 140ms..200ms", "140ms..200ms | a range is met or not: wanted `p95 = 140ms..200ms`"),
        ("p95 = 200ms..140ms", "200ms..140ms | the range `200ms..140ms` is empty: the smaller end stands first"),
        ("\"GET /\" < 1s", "\"GET /\" | a metric is missing after `\"GET /\"`: wanted one such as `\"GET /\".p95`"),
        (
            "throughput.spike > 1/s",
            "spike | `spike` stands after the metric `throughput`; a selector stands before it: `spike.throughput`",
        ),
        ("p95 == 1s", "== | `==`: wanted `=`, which means \"meets\""),
        ("p95", "p95 | wanted `<`, `<=`, `>`, `>=` or `=` after `p95`, found the end"),
        ("p95 <", "< | wanted what `p95` is compared with, found the end"),
        ("p95 < 1s p99 < 2s", "p99 | unexpected `p99` after the target: is a comma missing before it?"),
        ("errors(\"\") < 1%", "errors(\"\") | the kind `\"\"` is empty: name one, as in `errors(\"shed\")`"),
        (
            "errors(\"a\", \"\") < 1%",
            "errors(\"a\", \"\") | the kind `\"\"` is empty: name one, as in `errors(\"shed\")`",
        ),
        ("growth <= x", "x | `growth` is a class of growth: 1, log_n, n, n_log_n, n2 or n3; `x` is none"),
        ("growth <= 10%", "10% | `growth` is a class of growth: 1, log_n, n, n_log_n, n2 or n3; `10%` is none"),
        ("tenant(acme).p95 < 1s", "tenant(acme) | `tenant(acme)`: wanted a string in the brackets, `tenant(\"acme\")`"),
        ("errors(shed) < 1", "shed | `shed` is no kind: a kind of error is a string, as in `errors(\"shed\")`"),
        ("each(steps).p95 < 1s", "steps | `each(steps)`: did you mean `each(step)`?"),
        ("each(0s).p95 < 1s", "0s | `0s` is no window: wanted one such as `10s`"),
        ("each(5).p95 < 1s", "5 | `each` is a time (ns us µs ms s min h), `5` has no unit: did you mean `5s`?"),
        (
            "mean < 3x b.throughput",
            "b.throughput | `mean` is a time (ns us µs ms s min h), but `b.throughput` is a rate (/s /min): they cannot be compared",
        ),
        ("each(1s).each(2s).p95 < 1s", "each(2s) | a second `each(…)`: one measure has one quantifier"),
        (
            "service < 1s",
            "service | `service` is the time without the wait for the start: wanted a stat of it, `service.p95`",
        ),
        ("throughput.cv < 1%", "cv | `throughput` is one figure, `cv` of it wants groups: `each(10s).throughput.cv`"),
        ("p95 < \"10%\"", "\"10%\" | p95 is a time"),
        (
            "success_rate = 0%",
            "0% | `success_rate = 0%` always holds, as `=` means at least for `success_rate`: did you mean `success_rate <= 0%`?",
        ),
        (
            "stale.share = 0%",
            "0% | `stale.share = 0%` always holds, as `=` means at least for `share`: did you mean `stale.share <= 0%`?",
        ),
        ("throughput = 0/s", "0/s | `throughput = 0/s` always holds, as `=` means at least for `throughput`"),
        ("isolation = 0%", "0% | `isolation = 0%` always holds"),
        ("capacity = 0", "0 | `capacity = 0` always holds"),
        ("each(10s).throughput.min = 0/s", "0/s | `each(10s).throughput.min = 0/s` always holds"),
        (
            "errors(\"a\") = 100%",
            "100% | `errors(\"a\") = 100%` always holds, as `=` means at most for `errors(\"a\")`: did you mean `errors(\"a\") >= 100%`?",
        ),
        ("dropped = 100%", "100% | `dropped = 100%` always holds"),
        (
            "errors = 0%..100%",
            "0%..100% | `errors = 0%..100%` always holds: say how much there may be, such as `errors < 50%`",
        ),
        ("success_rate = 90%..110%", "90%..110% | `110%`: success_rate is a share, which is at most 100%"),
        (
            "errors(\"429\") <= 100%",
            "100% | `errors(\"429\") <= 100%` always holds: say how much there may be, such as `errors(\"429\") < 50%`",
        ),
        (
            "success_rate >= 0%",
            "0% | `success_rate >= 0%` always holds: say how much there must be, such as `success_rate > 50%`",
        ),
        ("hit.share < 0%", "0% | `hit.share < 0%` never holds: did you mean `hit.share <= 0%`?"),
        ("p95 < 3x p95", "p95 | `p95` is compared with itself, which says nothing"),
        ("\"a\".p95 < 3x \"a\".p95", "\"a\".p95 | `a.p95` is compared with itself"),
        ("spike.a.p95 = 0.5x..2x a.spike.p95", "a.spike.p95 | `a.spike.p95` is compared with itself"),
        ("each(10s).p95 < 2x each(10s).p95", "each(10s).p95 | `each(10s).p95` is compared with itself"),
        (
            "tenant(\"a\").plan(\"b\").p95 < 1s",
            "plan(\"b\") | `plan(\"b\")` beside `tenant(\"a\")`: a target selects by one tag",
        ),
        ("size(1).size(2).p95 < 1s", "size(2) | `size(2)` beside `size(1)`: a call is of one size"),
        ("process(\"a\").process(\"b\").cpu < 5%", "process(\"b\") | `process(\"b\")` beside `process(\"a\")`"),
        ("each(tenant).plan(\"b\").p95 < 1s", "p95 | `plan(\"b\")` beside `each(tenant)`: a target selects by one tag"),
        ("proven", "proven | `proven` stands before a measure: `proven p95 < 50ms`"),
        ("proven < 5", "proven | `proven` stands before a measure: `proven p95 < 50ms`"),
        ("prooven p95 < 1s", "prooven | `prooven` before a measure: did you mean `proven`?"),
        ("proved p95 < 1s", "proved | `proved` before a measure: did you mean `proven`?"),
        ("p95 < 1s proven", "proven | unexpected `proven` after the target: is a comma missing before it?"),
        ("p95 < 1e999s", "1e999 | `1e999` is too large for a number"),
        ("p95 < \"open", "\"open | a closing quote is missing in the string \"open"),
    ] {
        let found = marked(text, targets(Level::Target, text).1);
        assert!(found.len() == 1 && found[0].starts_with(wanted), "{text}:\n{found:?}\nwanted {wanted}");
    }
}

/// Names and values that occur elsewhere in the text too, so that no search would find the right ones.
#[test]
fn rust_knows_where_it_stands() {
    let text = "cases=[e:shared(e),f:b:::e()],setup=shared_by_run(e),verify=counted(e::e),teardown=e,crate=e";
    let (plan, mistakes) = plan(Load, text);
    assert_eq!(mistakes, []);
    let hooks = plan.hooks.iter().map(|named| &named.path);
    let rust = plan.cases.iter().map(|case| &case.value).chain(hooks).chain(&plan.crate_path);
    let found: Vec<_> = rust.map(|rust| (rust.range.clone().unwrap(), rust.text.as_str())).collect();
    for (range, rust) in &found {
        assert_eq!(&text[range.clone()], *rust);
    }
    let starts: Vec<_> = found.iter().map(|(range, _)| range.start).collect();
    assert_eq!(starts, [9, 21, 50, 83, 68, 91], "{found:?}");
}

#[test]
fn rust_in_a_string_stands_nowhere() {
    let (plan, _) = plan(Load, "setup=\"shared(e)\",cases=\"[a:e]\",crate=\"e\"");
    let setup = plan.hook(crate::load::Hook::Setup).unwrap();
    assert_eq!((setup.to_string().as_str(), setup.path.text.as_str()), ("shared(e)", "e"));
    let rust = [&setup.path, &plan.cases[0].value, plan.crate_path.as_ref().unwrap()];
    assert!(rust.into_iter().all(|rust| rust.range.is_none() && rust.text == "e"), "{plan:?}");
}

#[test]
fn every_unit_is_read_as_it_is_spelt_and_meant_by_its_aliases() {
    use crate::quantity::{Dimension, SizeUnit, TimeUnit, Unit};
    let units =
        TimeUnit::ALL.iter().map(|unit| Unit::Time(*unit)).chain(SizeUnit::ALL.iter().map(|unit| Unit::Size(*unit)));
    for unit in units.chain([Unit::Percent, Unit::Rate(TimeUnit::Second), Unit::Rate(TimeUnit::Minute), Unit::Factor]) {
        assert_eq!(quantity(&format!("5{unit}")).unwrap(), Quantity { value: 5.0, unit });
        let row = unit.dimension().spellings().iter().find(|row| row.symbol == unit.to_string()).unwrap();
        if let Some(also) = row.also {
            assert_eq!(quantity(&format!("5{also}")).unwrap().unit, unit);
        }
        for alias in row.aliases {
            let mistake = quantity(&format!("5{alias}")).unwrap_err();
            assert!(mistake.message.contains(&format!("did you mean `5{unit}`?")), "5{alias}: {mistake}");
        }
    }
    let rows = Dimension::WITH_UNITS.into_iter().flat_map(Dimension::spellings);
    let mut spellings: Vec<&str> =
        rows.flat_map(|row| row.aliases.iter().copied().chain([row.symbol]).chain(row.also)).collect();
    let count = spellings.len();
    spellings.sort_unstable();
    spellings.dedup();
    assert_eq!(spellings.len(), count, "a spelling of two units");
}

#[test]
fn overrides_use_the_same_parser() {
    let (mut plan, _) = plan(Load, "users = 1, setup = open");
    set(&mut plan, "users", "10").unwrap();
    set(&mut plan, "stages", "[10 for 30s; 2]").unwrap();
    set(&mut plan, "duration", "\"5s\"").unwrap();
    assert_eq!(plan.to_string(), "users = 10, duration = 5s, stages = [10 for 30s; 2], setup = open");
    let before = plan.clone();
    for (option, value, wanted) in [
        ("users", "ten", "wanted a quantity"),
        ("users", "", "wanted a quantity"),
        ("usres", "1", "did you mean `users`?"),
        ("sizes", "[1]", "an option of `stress`"),
        ("setup", "f", "fixed when the test is compiled"),
        ("virtual_time", "true", "fixed when the test is compiled"),
        ("stages", "[1 for 1s, x]", "wanted a quantity"),
    ] {
        let mistake = set(&mut plan, option, value).unwrap_err();
        assert!(mistake.message.contains(wanted), "{option}: {mistake}");
        assert_eq!(plan, before);
    }
}
