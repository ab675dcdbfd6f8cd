//! The amount of a background load: `500.per_second()`, `20.users()`.

use std::time::Duration;

/// The amount of a background load: arrivals at a rate (open model) or users that loop (closed model).
///
/// ```
/// use brunt::prelude::*;
/// let open = 500.per_second().timeout(millis(800));
/// let closed = 20.users();
/// # let _: [brunt::Amount; 2] = [open, closed];
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Amount {
    pub(crate) shape: LoadShape,
    pub(crate) timeout: Option<Duration>,
    pub(crate) max_users: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum LoadShape {
    /// Arrivals a second.
    Rate(f64),
    Users(u64),
}

/// Number of seconds whose arrivals an open load may have in flight before one is dropped.
const SECONDS_IN_FLIGHT: f64 = 300.0;

impl Amount {
    const fn new(shape: LoadShape) -> Self {
        Self { shape, timeout: None, max_users: None }
    }

    /// Limits how long one operation may take before it is ended as a failure of kind "timeout" (no limit by default).
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Limits how many operations of an open load may be in flight at once; arrivals beyond are dropped (by default,
    /// five minutes' worth of arrivals).
    pub fn max_users(mut self, users: u64) -> Self {
        self.max_users = Some(users);
        self
    }

    /// The greatest number of users that the load may need at once.
    pub(crate) fn users(&self) -> u64 {
        match self.shape {
            LoadShape::Users(users) => users,
            LoadShape::Rate(rate) => self.max_users.unwrap_or((rate * SECONDS_IN_FLIGHT).ceil() as u64 + 1),
        }
    }

    /// Describes why the amount is invalid, if it is.
    pub(crate) fn mistake(&self) -> Option<String> {
        match self.shape {
            LoadShape::Rate(rate) if !(rate > 0.0 && rate <= 10e6) => {
                Some(format!("{rate} arrivals a second: wanted more than none, and at most ten million"))
            }
            LoadShape::Users(users) if !(1..=10_000_000).contains(&users) => {
                Some(format!("{users} users: wanted at least one, and at most ten million"))
            }
            _ if self.max_users == Some(0) => Some("`max_users(0)` lets no operation run".to_owned()),
            _ => None,
        }
    }
}

/// Turns numbers into amounts of load.
pub trait Amounts {
    /// This number of arrivals a second, whatever the system does (open model).
    fn per_second(self) -> Amount;
    /// This number of arrivals a minute.
    fn per_minute(self) -> Amount;
    /// This number of users, each of which starts its next operation when its previous one has ended (closed model).
    fn users(self) -> Amount;
}

macro_rules! amounts {
    ($($number:ty),*) => {$(
        impl Amounts for $number {
            fn per_second(self) -> Amount {
                Amount::new(LoadShape::Rate(self as f64))
            }

            fn per_minute(self) -> Amount {
                Amount::new(LoadShape::Rate(self as f64 / 60.0))
            }

            // A negative number or a fraction becomes 0, which is refused.
            fn users(self) -> Amount {
                Amount::new(LoadShape::Users(self as u64))
            }
        }
    )*};
}

amounts!(i32, u32, u64, usize, f64);

/// A duration in seconds.
pub const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A duration in milliseconds.
pub const fn millis(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_load_is_refused() {
        for (amount, is_load) in [
            (500.per_second(), true),
            (0.5.per_second(), true),
            (6.per_minute(), true),
            (0.per_second(), false),
            (f64::NAN.per_second(), false),
            (1.users(), true),
            (0_u32.users(), false),
            (5.per_second().max_users(0), false),
        ] {
            assert_eq!(amount.mistake().is_none(), is_load, "{amount:?}");
        }
        assert_eq!(6.per_minute().shape, LoadShape::Rate(0.1));
        assert_eq!((2.per_second().users(), 2.per_second().max_users(7).users(), 3.users().users()), (601, 7, 3));
    }
}
