//! The command line of a `harness = false` target: every flag of libtest, so that cargo, nextest, IDEs and scripts need
//! not distinguish the two harnesses.
//!
//! `libtest_mimic::Arguments` lacks several of them (a second filter, `--shuffle`, `--report-time`, `--format junit`,
//! …) and rejects unknown flags, so all flags are declared here and those it has are passed on.

use crate::engine::spec::Spec;
use clap::{Parser, ValueEnum};
use libtest_mimic::{Arguments, ColorSetting, FormatSetting, Trial};
use std::ffi::OsString;

/// The parsed command line.
#[derive(Clone, Debug, Default, Parser)]
#[command(
    disable_version_flag = true,
    override_usage = "[OPTIONS] [FILTERS]...",
    after_help = "Brunt's own settings come from the environment (BRUNT_USERS, BRUNT_PROFILE, …) and from \
                  .config/brunt.toml, because other test binaries and runners reject flags they do not know."
)]
pub(crate) struct Args {
    /// Run ignored and other tests
    #[arg(long)]
    pub(crate) include_ignored: bool,
    /// Run only ignored tests
    #[arg(long)]
    pub(crate) ignored: bool,
    /// Accepted; every test runs in this process
    #[arg(long)]
    force_run_in_process: bool,
    /// Accepted; no load test expects a panic
    #[arg(long)]
    exclude_should_panic: bool,
    /// Run tests and not benchmarks
    #[arg(long)]
    test: bool,
    /// Run benchmarks and not tests: nothing, here
    #[arg(long)]
    pub(crate) bench: bool,
    /// List the tests and run none
    #[arg(long)]
    pub(crate) list: bool,
    /// Write the results to this file and not to stdout
    #[arg(long, value_name = "PATH")]
    logfile: Option<String>,
    /// Accepted; output is never captured
    #[arg(long, alias = "nocapture")]
    no_capture: bool,
    /// Accepted; output is never captured
    #[arg(long)]
    show_output: bool,
    /// Tests at once; those that measure time run one at a time all the same [env: RUST_TEST_THREADS]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub(crate) test_threads: Option<usize>,
    /// Leave out tests whose name contains this (may be repeated)
    #[arg(long, value_name = "FILTER")]
    skip: Vec<String>,
    /// One character per test; the same as --format terse
    #[arg(short, long, conflicts_with = "format")]
    quiet: bool,
    /// Match filters exactly, not by substring
    #[arg(long)]
    exact: bool,
    /// Colour of the output
    #[arg(long, value_enum)]
    pub(crate) color: Option<Color>,
    /// Format of the output
    #[arg(long, value_enum)]
    format: Option<ListFormat>,
    /// Accepted: `unstable-options`
    #[arg(short = 'Z', value_name = "FLAG")]
    unstable: Vec<String>,
    /// Accepted; every test's report says how long it took
    #[arg(long, num_args = 0..=1, require_equals = true, value_name = "STYLE")]
    report_time: Option<Option<String>>,
    /// Accepted; targets judge the time of a load test
    #[arg(long)]
    ensure_time: bool,
    /// Run the tests in random order
    #[arg(long, conflicts_with = "shuffle_seed")]
    shuffle: bool,
    /// Run the tests in the random order of this seed
    #[arg(long, value_name = "SEED")]
    shuffle_seed: Option<u64>,
    /// Start no further test after the first that failed
    #[arg(long)]
    pub(crate) fail_fast: bool,
    /// Run only tests whose name contains one of these
    #[arg(value_name = "FILTERS")]
    filters: Vec<String>,
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// A line per test.
    Pretty,
    /// A character per test.
    Terse,
    /// An event per line.
    Json,
    /// The run's JUnit document at the end.
    Junit,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("must not be 0".to_owned()),
        Ok(threads) => Ok(threads),
        Err(error) => Err(format!("{error}; wanted a number of threads")),
    }
}

impl Args {
    /// Reads a command line; the first word is the program.
    pub(crate) fn read<T: Into<OsString> + Clone>(words: impl IntoIterator<Item = T>) -> Result<Self, clap::Error> {
        Self::try_parse_from(words)
    }

    /// Whether stdout is read by a program: then only the chosen format may be printed there.
    pub(crate) fn quiet_stdout(&self) -> bool {
        self.quiet || self.format.is_some_and(|format| format != ListFormat::Pretty)
    }

    /// Whether the JUnit document is to be printed at the end.
    pub(crate) fn junit(&self) -> bool {
        self.format == Some(ListFormat::Junit)
    }

    /// The seed of the order, where a random order is asked for; `fresh` makes one.
    pub(crate) fn shuffle(&self, fresh: impl FnOnce() -> u64) -> Option<u64> {
        self.shuffle_seed.or_else(|| self.shuffle.then(fresh))
    }

    /// The arguments for libtest-mimic, which runs the trials.
    pub(crate) fn mimic(&self, trials: &[Trial]) -> Arguments {
        let mut arguments = Arguments {
            include_ignored: self.include_ignored,
            ignored: self.ignored,
            test: self.test && !self.bench,
            bench: self.bench,
            list: self.list,
            exact: self.exact,
            quiet: self.quiet,
            test_threads: self.test_threads,
            logfile: self.logfile.clone(),
            skip: self.skip.clone(),
            color: self.color.map(Color::mimic),
            format: self.format.and_then(ListFormat::mimic),
            ..Arguments::default()
        };
        match self.filters.as_slice() {
            [] => {}
            [filter] => arguments.filter = Some(filter.clone()),
            filters => {
                // libtest-mimic takes one filter only. Skipping exactly the tests that no filter selects gives the same
                // selection and the same counts.
                let unwanted = trials.iter().map(Trial::name).filter(|name| !self.selects(name, filters));
                arguments.skip = unwanted.map(str::to_owned).collect();
                arguments.exact = true;
            }
        }
        arguments
    }

    /// The name of the one test selected by `--exact`, which nextest and IDEs use.
    pub(crate) fn only(&self) -> Option<&str> {
        match self.filters.as_slice() {
            [filter] if self.exact => Some(filter),
            _ => None,
        }
    }

    /// The tests that this command line selects.
    pub(crate) fn selected(&self, specs: &[&'static Spec]) -> Vec<&'static Spec> {
        let trial = |spec: &&'static Spec| Trial::test(spec.name(), || Ok(())).with_ignored_flag(spec.ignore.is_some());
        let trials: Vec<Trial> = specs.iter().map(trial).collect();
        let arguments = self.mimic(&trials);
        let is_run = |trial: &Trial| !arguments.is_filtered_out(trial) && !arguments.is_ignored(trial);
        specs.iter().zip(&trials).filter(|(_, trial)| !self.list && is_run(trial)).map(|(spec, _)| *spec).collect()
    }

    fn selects(&self, name: &str, filters: &[String]) -> bool {
        let matches = |filter: &String| if self.exact { name == filter } else { name.contains(filter.as_str()) };
        filters.iter().any(matches) && !self.skip.iter().any(matches)
    }
}

impl Color {
    fn mimic(self) -> ColorSetting {
        match self {
            Self::Auto => ColorSetting::Auto,
            Self::Always => ColorSetting::Always,
            Self::Never => ColorSetting::Never,
        }
    }
}

impl ListFormat {
    fn mimic(self) -> Option<FormatSetting> {
        match self {
            Self::Pretty => Some(FormatSetting::Pretty),
            Self::Terse => Some(FormatSetting::Terse),
            Self::Json => Some(FormatSetting::Json),
            Self::Junit => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Args {
        Args::read(line.split_whitespace()).unwrap()
    }

    fn selected(line: &str, names: &[&str]) -> Vec<String> {
        let trials: Vec<Trial> =
            names.iter().map(|name| Trial::test(*name, || Ok(())).with_ignored_flag(name.ends_with('i'))).collect();
        let arguments = read(line).mimic(&trials);
        trials.iter().filter(|trial| !arguments.is_filtered_out(trial)).map(|trial| trial.name().to_owned()).collect()
    }

    #[test]
    fn every_flag_of_libtest_is_taken() {
        for flags in [
            "--include-ignored",
            "--ignored",
            "--force-run-in-process",
            "--exclude-should-panic",
            "--test",
            "--bench",
            "--list",
            "--logfile out.txt",
            "--nocapture",
            "--no-capture",
            "--show-output",
            "--test-threads 4",
            "--test-threads=1",
            "--skip a --skip b",
            "-q",
            "--quiet",
            "--exact",
            "--color always",
            "--color=never",
            "--format pretty",
            "--format=terse",
            "--format json -Z unstable-options",
            "--format junit -Zunstable-options",
            "-Z unstable-options --report-time",
            "-Z unstable-options --report-time=colored name",
            "-Z unstable-options --ensure-time",
            "-Z unstable-options --shuffle",
            "-Z unstable-options --shuffle-seed 7",
            "-Z unstable-options --fail-fast",
            "--exact one::two three",
        ] {
            let line = format!("bin {flags}");
            assert!(Args::read(line.split_whitespace()).is_ok(), "{flags}");
        }
    }

    #[test]
    fn what_libtest_refuses_is_refused() {
        for flags in ["--test-threads 0", "--test-threads many", "--users 5", "--color pink", "--format xml"] {
            let line = format!("bin {flags}");
            assert!(Args::read(line.split_whitespace()).is_err(), "{flags}");
        }
    }

    #[test]
    fn the_value_of_report_time_is_no_filter() {
        let args = read("bin --report-time name");
        assert_eq!(args.filters, ["name"]);
    }

    #[test]
    fn filters_select_as_in_libtest() {
        let names = ["load::a", "load::b", "spike", "slow_i"];
        assert_eq!(selected("bin", &names), names);
        assert_eq!(selected("bin load", &names), ["load::a", "load::b"]);
        assert_eq!(selected("bin load spike", &names), ["load::a", "load::b", "spike"]);
        assert_eq!(selected("bin load spike --skip b", &names), ["load::a", "spike"]);
        assert_eq!(selected("bin --exact load::a spik", &names), ["load::a"]);
        assert_eq!(selected("bin --exact load::a spike --skip a", &names), ["load::a", "spike"]);
        assert_eq!(selected("bin --ignored", &names), ["slow_i"]);
        assert_eq!(selected("bin --ignored slow load", &names), ["slow_i"]);
        assert_eq!(selected("bin nothing", &names), [""; 0]);
    }

    #[test]
    fn machines_get_stdout_for_themselves() {
        for (line, quiet) in
            [("bin", false), ("bin --format pretty", false), ("bin -q", true), ("bin --format json", true)]
        {
            assert_eq!(read(line).quiet_stdout(), quiet, "{line}");
        }
        assert!(read("bin --format junit").junit());
    }

    #[test]
    fn an_order_is_random_only_when_asked_for() {
        assert_eq!(read("bin").shuffle(|| 1), None);
        assert_eq!(read("bin --shuffle").shuffle(|| 1), Some(1));
        assert_eq!(read("bin --shuffle-seed 9").shuffle(|| 1), Some(9));
    }
}
