//! What a check finds wrong: one text, or the mistakes of a plan, each at the option to change.

use crate::load::{Amount, Plan};
use crate::mistake::{Mistake, Place};
use crate::quantity::Quantity;
use std::time::Duration;

/// More users than any machine carries: a slip of the finger.
const MOST_USERS: u64 = 10_000_000;
/// More arrivals per second than any generator starts.
const MOST_ARRIVALS: f64 = 10_000_000.0;
/// Fewer arrivals per second are none in a year, which is the longest load.
const FEWEST_ARRIVALS: f64 = 1.0 / (8_784.0 * 3_600.0);
/// Longer than anybody waits: a year.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3_600);

/// What is wrong, if anything.
pub(super) type Finding = Option<String>;

/// The plan, and what was found wrong with it.
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

    /// These two exclude one another.
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

    /// A time that must be more than nothing.
    pub(super) fn time(&mut self, option: &'static str, time: Quantity) {
        self.when(time.duration().is_some_and(|time| time.is_zero()), option, zero_time(option, time));
        self.bounded(option, time);
    }

    pub(super) fn bounded(&mut self, option: &'static str, time: Quantity) {
        let too_long = time.duration().is_none_or(|time| time > LONGEST);
        self.when(too_long, option, format!("`{time}` in `{option}` is too long: at most a year, `8784h`"));
    }
}

fn zero_time(option: &str, time: Quantity) -> String {
    format!("`{time}` in `{option}` is no time at all: wanted one above zero, such as `10s`")
}
