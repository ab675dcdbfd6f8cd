//! The findings of the checks: one text for a target, or the mistakes of a plan, each at the option to change.

use crate::load::{Amount, Plan};
use crate::mistake::{Mistake, Place};
use crate::quantity::Quantity;
use std::time::Duration;

/// The most users of a plan. More cannot be run on any machine, so they are a typing mistake.
const MOST_USERS: u64 = 10_000_000;
/// The most arrivals per second that a generator could start.
const MOST_ARRIVALS: f64 = 10_000_000.0;
/// The fewest arrivals per second: one in a year, which is the longest load.
const FEWEST_ARRIVALS: f64 = 1.0 / (8_784.0 * 3_600.0);
/// The longest time in a plan: a year.
const LONGEST_TIME: Duration = Duration::from_secs(366 * 24 * 3_600);

/// What is wrong with a target; `None` if nothing is.
pub(super) type Finding = Option<String>;

/// A plan and the mistakes found in it.
pub(super) struct Findings<'p> {
    pub(super) plan: &'p Plan,
    pub(super) mistakes: Vec<Mistake>,
}

impl Findings<'_> {
    pub(super) fn at(&mut self, option: &'static str, message: impl Into<String>) {
        self.mistakes.push(Mistake { place: Place::Option(option), message: message.into() });
    }

    pub(super) fn when(&mut self, wrong: bool, option: &'static str, message: impl Into<String>) {
        if wrong {
            self.at(option, message);
        }
    }

    /// A mistake if both options are given, which exclude one another.
    pub(super) fn conflict(&mut self, both: bool, option: &'static str, with: &str, why: &str) {
        self.when(both, option, format!("`{option}` does not go with `{with}`: {why}"));
    }

    pub(super) fn amount(&mut self, option: &'static str, amount: Amount) {
        match amount {
            Amount::Users(users) if users > MOST_USERS => {
                self.at(option, format!("{users} users in `{option}`: at most {MOST_USERS} are possible"));
            }
            Amount::Rate(rate) if rate.base() > MOST_ARRIVALS => {
                self.at(option, format!("`{rate}` in `{option}`: at most {MOST_ARRIVALS}/s are possible"));
            }
            Amount::Rate(rate) if rate.base() > 0.0 && rate.base() < FEWEST_ARRIVALS => {
                self.at(option, format!("`{rate}` in `{option}` puts on no load: wanted at least one a year"));
            }
            _ => {}
        }
    }

    /// Checks a time that must be above zero.
    pub(super) fn time(&mut self, option: &'static str, time: Quantity) {
        self.when(time.duration().is_some_and(|time| time.is_zero()), option, zero_time(option, time));
        self.bounded(option, time);
    }

    pub(super) fn bounded(&mut self, option: &'static str, time: Quantity) {
        let too_long = time.duration().is_none_or(|time| time > LONGEST_TIME);
        self.when(too_long, option, format!("`{time}` in `{option}` is too long: at most a year, `8784h`"));
    }
}

fn zero_time(option: &str, time: Quantity) -> String {
    format!("`{time}` in `{option}` is no time at all: wanted one above zero, such as `10s`")
}
