//! The values that a body may record under a name.

use crate::engine::rt::made::{Fixture, SendMade};
use crate::record::ValueUnit;
use std::time::Duration;

/// A recorded value with its unit: anything that turns into one can be recorded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Value {
    pub(crate) number: f64,
    pub(crate) unit: ValueUnit,
}

/// A number of bytes, to be recorded as a size.
///
/// ```
/// let size = brunt::Bytes(4_096);
/// let _: brunt::Value = size.into();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(
    /// The number of bytes.
    pub u64,
);

impl From<Bytes> for Value {
    fn from(bytes: Bytes) -> Self {
        Self { number: bytes.0 as f64, unit: ValueUnit::Size }
    }
}

impl From<Duration> for Value {
    fn from(time: Duration) -> Self {
        Self { number: time.as_nanos() as f64, unit: ValueUnit::Time }
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self { number: f64::from(u8::from(flag)), unit: ValueUnit::Flag }
    }
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl From<$number> for Value {
            fn from(number: $number) -> Self {
                // Beyond 2⁵³ a double keeps 15 digits, more than a histogram of three digits can use.
                Self { number: number as f64, unit: ValueUnit::Number }
            }
        }
    )*};
}

numbers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64);

/// The hook that reads the gauges of a fixture: `sample`.
pub(crate) type Sample = for<'a> fn(&'a Fixture, &'a mut Samples) -> SendMade<'a, ()>;

/// The gauges that `sample` records: current values, such as the length of a queue.
///
/// ```
/// fn sample(queue: &std::sync::Mutex<Vec<u32>>, samples: &mut brunt::Samples) {
///     samples.record("backlog", queue.lock().unwrap().len());
/// }
/// ```
#[derive(Debug, Default)]
pub struct Samples {
    gauges: Vec<(String, Value)>,
}

impl Samples {
    /// Records a gauge under a name; targets select it as `name.max`, `name.last` ….
    pub fn record(&mut self, name: &str, value: impl Into<Value>) {
        self.gauges.push((name.to_owned(), value.into()));
    }

    pub(crate) fn into_gauges(self) -> Vec<(String, Value)> {
        self.gauges
    }
}
