//! Who wins over whom, and what is said of a bad line.

use super::model::{FailOn, Pass, ProgressMode};
use super::*;
use std::time::Duration;

fn load(env: &[(&str, &str)], file: &str) -> Result<RunSettings, String> {
    let variables = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let file = file::parse_settings(file, ".config/brunt.toml").map_err(|error| error.to_string())?;
    resolve(entries_of_environment(variables), file).map_err(|error| error.to_string())
}

/// The options for a test, in the order they are applied.
fn options(settings: &RunSettings, test: &str) -> Vec<String> {
    let rules = settings.rules.iter().filter(|rule| rule.is_for(test));
    rules.flat_map(|rule| &rule.options).map(|entry| format!("{}={}", entry.key, entry.value)).collect()
}

const FILE: &str = r#"
[profile.default]
users = 2
fail_on = "critical"

[profile.nightly]
users = 3
duration = "10min"
inconclusive = "warn"
require = ["postgres", "redis"]

[[override]]
name = "checkout::*"
users = 4
think_time = "1s..3s"

[[override]]
name = "checkout::*"
profile = "nightly"
poisson = true
"#;

#[test]
fn stronger_places_are_applied_later() {
    let plain = load(&[], FILE).unwrap();
    assert_eq!(options(&plain, "spike"), ["users=2"]);
    assert_eq!(options(&plain, "checkout::buy"), ["users=2", "think_time=1s..3s", "users=4"]);
    assert_eq!((plain.fail_on, plain.inconclusive), (FailOn::Critical, Inconclusive::Fail));

    let nightly =
        load(&[("BRUNT_PROFILE", "nightly"), ("BRUNT_USERS", "5"), ("BRUNT_FAIL_ON", "target")], FILE).unwrap();
    assert_eq!(options(&nightly, "spike"), ["users=2", "duration=10min", "users=3", "users=5"]);
    let all = ["users=2", "duration=10min", "users=3", "think_time=1s..3s", "users=4", "poisson=true", "users=5"];
    assert_eq!(options(&nightly, "checkout::buy"), all);
    assert_eq!((nightly.fail_on, nightly.inconclusive), (FailOn::Target, Inconclusive::Warn));
    assert_eq!(nightly.require, ["postgres", "redis"]);
}

#[test]
fn settings_of_the_run_come_from_the_environment() {
    let env = [
        ("BRUNT_OUT", "/tmp/reports"),
        ("BRUNT_RUN", "build-17"),
        ("BRUNT_INCONCLUSIVE", "warn"),
        ("BRUNT_PASS", "proven"),
        ("BRUNT_JUNIT", "strict"),
        ("BRUNT_PROGRESS", "off"),
        ("BRUNT_REQUIRE", "nextest, postgres"),
        ("BRUNT_RATE", ""),
        ("BRUNT_TEST_DATABASE", "anything"),
        ("BRUNT_REDIS_BIN", "/opt/redis/bin"),
        ("BRUNT_PROCESS", "7-0123456789abcdef-0;"),
        ("PATH", "/bin"),
    ];
    let settings = load(&env, "").unwrap();
    let wanted = RunSettings {
        out: Some("/tmp/reports".into()),
        out_place: Some("BRUNT_OUT".to_owned()),
        run: Some("build-17".to_owned()),
        inconclusive: Inconclusive::Warn,
        pass: Pass::Proven,
        strict_junit: true,
        progress: ProgressMode::Off,
        require: vec!["nextest".to_owned(), "postgres".to_owned()],
        ..RunSettings::default()
    };
    assert_eq!(settings, wanted);
}

#[test]
fn smoke_is_always_there_and_may_be_added_to() {
    let smoke = load(&[("BRUNT_PROFILE", "smoke")], "[profile.smoke]\nusers = 2").unwrap();
    assert_eq!(smoke.profile.as_deref(), Some(SMOKE));
    assert_eq!(smoke.inconclusive, Inconclusive::Warn);
    assert_eq!(options(&smoke, "any"), ["users=2"]);
    let strict = load(&[("BRUNT_PROFILE", "smoke"), ("BRUNT_INCONCLUSIVE", "fail")], "").unwrap();
    assert_eq!(strict.inconclusive, Inconclusive::Fail);
}

#[test]
fn a_bad_variable_is_named_with_what_was_wanted() {
    for (name, value, parts) in [
        ("BRUNT_USRES", "5", &["BRUNT_USRES", "`users`"][..]),
        ("BRUNT_FAILON", "critical", &["BRUNT_FAILON", "`BRUNT_FAIL_ON`"]),
        ("BRUNT_XYZZY", "1", &["BRUNT_XYZZY", "xyzzy"]),
        ("BRUNT_USERS", "many", &["BRUNT_USERS", "many"]),
        ("BRUNT_DURATION", "5m", &["BRUNT_DURATION", "5m", "`5min`"]),
        ("BRUNT_SETUP", "open", &["BRUNT_SETUP", "setup"]),
        ("BRUNT_VIRTUAL_TIME", "true", &["BRUNT_VIRTUAL_TIME", "attribute"]),
        ("BRUNT_FAIL_ON", "never", &["`never`", "`target`", "`critical`"]),
        ("BRUNT_INCONCLUSIVE", "wran", &["`wran`", "did you mean `warn`"]),
        ("BRUNT_PROFILE", "smok", &["`smok`", "did you mean `smoke`"]),
        ("BRUNT_RUN", "../up", &["`../up`", "folder"]),
        ("BRUNT_USERS", "0", &["BRUNT_USERS", "`users = 0` puts on no load"]),
        ("BRUNT_ITERATIONS", "0", &["BRUNT_ITERATIONS", "puts on no load"]),
        ("BRUNT_DURATION", "0s", &["BRUNT_DURATION", "`0s` in `duration` is no time at all"]),
        ("BRUNT_TIMEOUT", "0s", &["BRUNT_TIMEOUT", "no time at all"]),
        ("BRUNT_RATE", "0/s", &["BRUNT_RATE", "puts on no load"]),
        ("BRUNT_CONCURRENCY", "0", &["BRUNT_CONCURRENCY", "puts on no load"]),
        ("BRUNT_DURATION", "10000h", &["BRUNT_DURATION", "too long"]),
        ("BRUNT_STAGES", "[0 for 1s]", &["BRUNT_STAGES", "no stage puts on load"]),
        ("BRUNT_REQUIRE", "postgre", &["BRUNT_REQUIRE", "`postgre`", "did you mean `postgres`?"]),
        ("BRUNT_REQUIRE", "redis,postgresql", &["`postgresql`", "did you mean `postgres`?"]),
        ("BRUNT_REQUIRE", "reddis", &["`reddis`", "did you mean `redis`?"]),
        ("BRUNT_REQUIRE", "pg", &["`pg`", "did you mean `postgres`?"]),
        ("BRUNT_REQUIRE", ",;", &["BRUNT_REQUIRE", "wanted"]),
        ("BRUNT_REQUIRE", "all", &["`all` is no server", "such as `postgres,redis`"]),
        ("BRUNT_REQUIRE", "redis,*", &["`*` is no server"]),
        ("BRUNT_REQUIRE", "1", &["`1` is no server"]),
        ("BRUNT_RATE", "0.0000000000001/s", &["`0.0000000000001/s` in `rate`", "at least one a year"]),
        ("BRUNT_FAIL_ON", "Critical", &["wanted one of (`target`, `critical`): did you mean `critical`?"]),
    ] {
        let error = load(&[(name, value)], "").unwrap_err();
        assert!(parts.iter().all(|part| error.contains(part)), "{name}={value}: {error}");
    }
}

#[test]
fn servers_are_required_by_their_names_in_any_case_and_between_any_separators() {
    let settings = load(&[("BRUNT_REQUIRE", "Postgres; redis,KAFKA  nextest")], "").unwrap();
    assert_eq!(settings.require, ["postgres", "redis", "KAFKA", "nextest"]);
    assert_eq!(require::why_required(&settings, "kafka").as_deref(), Some("BRUNT_REQUIRE names `kafka`"));
    assert_eq!(require::why_required(&settings, "mysql"), None);
    assert_eq!(
        require::how_to_require(&settings, "mysql"),
        "BRUNT_REQUIRE=mysql makes this a failure; it names `KAFKA`, `nextest` only"
    );
    let near = require::why_required(&load(&[("BRUNT_REQUIRE", "kafak")], "").unwrap(), "kafka").unwrap();
    assert_eq!(near, "BRUNT_REQUIRE names `kafak`: did you mean `kafka`?");
    // Own servers may have names that are somewhat like a known one.
    assert_eq!(load(&[("BRUNT_REQUIRE", "postgis")], "").unwrap().require, ["postgis"]);
}

#[test]
fn an_override_for_a_test_that_is_not_there_is_told() {
    let text = "[[override]]\nname = \"quik\"\nusers = 2\n[[override]]\nname = \"load::*\"\nprofile = \"nightly\"\nusers = 2\n\
                [[override]]\nname = \"shop::buy\"\nusers = 2\n[profile.nightly]";
    let settings = load(&[], text).unwrap();
    let tests = ["quick", "shop::buy", "shop::list"].map(str::to_owned);
    let place = ".config/brunt.toml";
    let overrides = unmatched::overrides_with_tests(&settings, &tests);
    let of = |at: usize| {
        (&*overrides[at].place, &*overrides[at].name, overrides[at].has_test, overrides[at].near.as_deref())
    };
    assert_eq!(of(0), (&*format!("{place}:2 (name)"), "quik", false, Some("quick")));
    assert_eq!(of(1), (&*format!("{place}:5 (name)"), "load::*", false, None));
    assert!(of(2).2, "{overrides:?}");
    assert_eq!(
        unmatched::near_overrides(&settings, "quick"),
        [format!("{place}:2 (name): an override is for `quik`, which is not this test: did you mean `quick`?")]
    );
    assert_eq!(unmatched::near_overrides(&settings, "shop::buy"), [""; 0]);
}

#[test]
fn a_bad_line_is_named_by_file_and_line() {
    for (text, parts) in [
        ("\nprofiles = 1", &[".config/brunt.toml:2", "`profiles`"][..]),
        ("[profile.ci]\nusres = 5", &[":2 (usres)", "`users`"]),
        ("[profile.ci]\nduration = \"5m\"", &[":2 (duration)", "`5min`"]),
        ("[profile.ci]\nusers = 5 5", &[".config/brunt.toml:2"]),
        ("[profile.ci]\nusers = {}", &[".config/brunt.toml:2", "`users`"]),
        ("[profile]\nci = 5", &[".config/brunt.toml:2", "table"]),
        ("[profile.ci]\nprofile = \"x\"", &[":2 (profile)"]),
        ("[override]\nusers = 1", &[":1", "[[override]]"]),
        ("[[override]]\nusers = 1", &[":1", "name"]),
        ("[[override]]\nname = \"a\"\nout = \"x\"", &[":3 (out)", "whole run"]),
        ("[[override]]\nname = \"a\"\nprofile = \"x\"", &[":3 (profile)", "`x`", "`smoke`"]),
    ] {
        let error = load(&[], text).unwrap_err();
        assert!(parts.iter().all(|part| error.contains(part)), "{text}: {error}");
    }
}

#[test]
fn the_nearest_file_holds_up_to_the_root_of_the_workspace() {
    let root = tempfile::tempdir().unwrap();
    let dir = |path: &str| {
        let dir = root.path().join(path);
        std::fs::create_dir_all(&dir).unwrap();
        dir
    };
    let member = dir("workspace/members/one");
    std::fs::write(dir(".config").join("brunt.toml"), "").unwrap();
    assert_eq!(file::find_settings_file(&member), Some(root.path().join(".config/brunt.toml")));
    std::fs::write(root.path().join("workspace/Cargo.lock"), "").unwrap();
    assert_eq!(file::find_settings_file(&member), None);
    let shared = dir("workspace/.config").join("brunt.toml");
    std::fs::write(&shared, "").unwrap();
    assert_eq!(file::find_settings_file(&member), Some(shared));
    let own = dir("workspace/members/one/.config").join("brunt.toml");
    std::fs::write(&own, "").unwrap();
    assert_eq!(file::find_settings_file(&member), Some(own));
}

#[test]
fn a_limit_is_a_time_or_none_at_all() {
    let limit = |value: &str| load(&[("BRUNT_LIMIT", value)], "").map(|settings| settings.limit.0);
    assert_eq!(load(&[], "").unwrap().limit.0, Some(Duration::from_secs(600)));
    assert_eq!(limit("20min").unwrap(), Some(Duration::from_secs(1_200)));
    assert_eq!(limit(" 1.5 min ").unwrap(), Some(Duration::from_secs(90)));
    assert_eq!(limit("off").unwrap(), None);
    assert_eq!(load(&[], "[profile.default]\nlimit = \"1h\"").unwrap().limit.0, Some(Duration::from_secs(3_600)));
    for (value, wanted) in [
        ("0s", "at least 1s"),
        ("10ms", "at least 1s"),
        ("20", "such as `10min`, or `off`"),
        ("5m", "did you mean `5min`?"),
        ("10MiB", "such as `10min`, or `off`"),
        ("-1s", "such as `10min`, or `off`"),
        ("never", "such as `10min`, or `off`"),
        ("99999999999999999999h", "such as `10min`, or `off`"),
    ] {
        let error = limit(value).unwrap_err();
        assert!(error.starts_with("BRUNT_LIMIT: ") && error.contains(wanted), "{value}: {error}");
    }
}

#[test]
fn a_slip_in_the_name_of_an_override_is_told_with_what_was_meant() {
    let error = load(&[], "[[override]]\nnmae = \"spike\"\nusers = 3\n").unwrap_err().to_string();
    assert!(error.contains("unknown key `nmae`: did you mean `name = \"spike\"`"), "{error}");
    let error = load(&[], "[[override]]\nusers = 3\n").unwrap_err().to_string();
    assert!(error.contains("an override says which tests it is for"), "{error}");
    let error = load(&[], "[[override]]\nname = \"\"\nusers = 3\n").unwrap_err().to_string();
    assert!(error.contains("wanted the tests that the override is for"), "{error}");
}
