//! A number with its unit, as it was written: the one kind of value that loads and limits are made of.

use std::fmt;
use std::time::Duration;

/// Units of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeUnit {
    /// `ns`
    Nanosecond,
    /// `us`
    Microsecond,
    /// `ms`
    Millisecond,
    /// `s`
    Second,
    /// `min`
    Minute,
    /// `h`
    Hour,
}

impl TimeUnit {
    /// Every unit, smallest first.
    pub const ALL: [Self; 6] =
        [Self::Nanosecond, Self::Microsecond, Self::Millisecond, Self::Second, Self::Minute, Self::Hour];

    /// How the language spells it.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Nanosecond => "ns",
            Self::Microsecond => "us",
            Self::Millisecond => "ms",
            Self::Second => "s",
            Self::Minute => "min",
            Self::Hour => "h",
        }
    }

    /// One of it in nanoseconds.
    pub const fn nanoseconds(self) -> f64 {
        match self {
            Self::Nanosecond => 1.0,
            Self::Microsecond => 1e3,
            Self::Millisecond => 1e6,
            Self::Second => 1e9,
            Self::Minute => 60e9,
            Self::Hour => 3_600e9,
        }
    }

    const fn seconds(self) -> f64 {
        self.nanoseconds() / 1e9
    }
}

/// Units of size; `KiB` counts 1 024 bytes, `kB` 1 000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SizeUnit {
    /// `B`
    Byte,
    /// `KiB`
    Kibibyte,
    /// `MiB`
    Mebibyte,
    /// `GiB`
    Gibibyte,
    /// `kB`
    Kilobyte,
    /// `MB`
    Megabyte,
    /// `GB`
    Gigabyte,
}

impl SizeUnit {
    /// Every unit.
    pub const ALL: [Self; 7] =
        [Self::Byte, Self::Kibibyte, Self::Mebibyte, Self::Gibibyte, Self::Kilobyte, Self::Megabyte, Self::Gigabyte];

    /// How the language spells it.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Byte => "B",
            Self::Kibibyte => "KiB",
            Self::Mebibyte => "MiB",
            Self::Gibibyte => "GiB",
            Self::Kilobyte => "kB",
            Self::Megabyte => "MB",
            Self::Gigabyte => "GB",
        }
    }

    /// One of it in bytes.
    pub const fn bytes(self) -> f64 {
        match self {
            Self::Byte => 1.0,
            Self::Kibibyte => 1_024.0,
            Self::Mebibyte => 1_048_576.0,
            Self::Gibibyte => 1_073_741_824.0,
            Self::Kilobyte => 1e3,
            Self::Megabyte => 1e6,
            Self::Gigabyte => 1e9,
        }
    }
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// No unit: `50`, `1_000`.
    Count,
    /// A time: `10 ms`.
    Time(TimeUnit),
    /// A share: `90%`.
    Percent,
    /// So many in a unit of time: `500/s`, `30/min`.
    Rate(TimeUnit),
    /// A size: `50MiB`.
    Size(SizeUnit),
    /// A size in a unit of time, a bandwidth or a slope: `10MiB/s`, `1MiB/h`.
    Flow(SizeUnit, TimeUnit),
    /// A multiple of something else: `3x`.
    Factor,
}

/// The dimension of a unit: what may be compared with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// A bare number.
    Count,
    /// Nanoseconds.
    Time,
    /// A fraction of one.
    Share,
    /// Per second.
    Rate,
    /// Bytes.
    Size,
    /// Bytes per second.
    Flow,
    /// A multiple.
    Factor,
}

impl Dimension {
    /// As messages say what is wanted: `a time (ns us µs ms s min h)`.
    pub const fn described(self) -> &'static str {
        match self {
            Self::Count => "a count without unit",
            Self::Time => "a time (ns us µs ms s min h)",
            Self::Share => "a share (%)",
            Self::Rate => "a rate (/s /min)",
            Self::Size => "a size (B KiB MiB GiB kB MB GB)",
            Self::Flow => "a size per time (such as MiB/s)",
            Self::Factor => "a factor (x)",
        }
    }

    /// As messages say what was found: `is a share`.
    pub(crate) const fn said(self) -> &'static str {
        match self {
            Self::Count => "has no unit",
            Self::Time => "is a time",
            Self::Share => "is a share",
            Self::Rate => "is a rate",
            Self::Size => "is a size",
            Self::Flow => "is a size per time",
            Self::Factor => "is a factor",
        }
    }
}

impl Unit {
    /// The dimension that the unit measures.
    pub const fn dimension(self) -> Dimension {
        match self {
            Self::Count => Dimension::Count,
            Self::Time(_) => Dimension::Time,
            Self::Percent => Dimension::Share,
            Self::Rate(_) => Dimension::Rate,
            Self::Size(_) => Dimension::Size,
            Self::Flow(..) => Dimension::Flow,
            Self::Factor => Dimension::Factor,
        }
    }

    /// One of it in the base unit of its dimension: nanoseconds, a fraction of one, per second, bytes, bytes per second.
    pub const fn base(self) -> f64 {
        match self {
            Self::Count | Self::Factor => 1.0,
            Self::Time(unit) => unit.nanoseconds(),
            Self::Percent => 0.01,
            Self::Rate(per) => 1.0 / per.seconds(),
            Self::Size(unit) => unit.bytes(),
            Self::Flow(unit, per) => unit.bytes() / per.seconds(),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count => Ok(()),
            Self::Time(unit) => f.write_str(unit.symbol()),
            Self::Percent => f.write_str("%"),
            Self::Rate(per) => write!(f, "/{}", per.symbol()),
            Self::Size(unit) => f.write_str(unit.symbol()),
            Self::Flow(unit, per) => write!(f, "{}/{}", unit.symbol(), per.symbol()),
            Self::Factor => f.write_str("x"),
        }
    }
}

/// A number with its unit. It keeps the unit it was written in, so that messages show the user's own words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantity {
    /// The number as written; finite and not negative.
    pub value: f64,
    /// The unit as written.
    pub unit: Unit,
}

impl Quantity {
    /// A bare number.
    pub const fn count(value: f64) -> Self {
        Self { value, unit: Unit::Count }
    }

    /// A number of seconds.
    pub const fn seconds(value: f64) -> Self {
        Self { value, unit: Unit::Time(TimeUnit::Second) }
    }

    /// The value in the base unit of its dimension (see [`Unit::base`]).
    pub fn base(self) -> f64 {
        match self.unit {
            // 90 * 0.01 is not 0.9; 90 / 100 is.
            Unit::Percent => self.value / 100.0,
            Unit::Rate(per) => self.value / per.seconds(),
            unit => self.value * unit.base(),
        }
    }

    /// The dimension of the quantity.
    pub const fn dimension(self) -> Dimension {
        self.unit.dimension()
    }

    /// The time it stands for, to the nanosecond; `None` for another dimension, and for what a `Duration` cannot hold.
    pub fn duration(self) -> Option<Duration> {
        match self.unit {
            Unit::Time(_) => Duration::try_from_secs_f64(self.base() / 1e9).ok().map(|rough| {
                // Through whole nanoseconds where these are exact: 1.1 s is 1 100 000 000 ns, not one less.
                let nanos = self.base().round();
                if nanos < 9e15 { Duration::from_nanos(nanos as u64) } else { rough }
            }),
            _ => None,
        }
    }
}

impl fmt::Display for Quantity {
    /// As the language writes it: `10ms`, `90%`, `500/s`, `3x`, `1000`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Hundreds of digits are no figure.
        if self.value >= 1e21 {
            write!(f, "{:e}{}", self.value, self.unit)
        } else {
            write!(f, "{}{}", self.value, self.unit)
        }
    }
}
