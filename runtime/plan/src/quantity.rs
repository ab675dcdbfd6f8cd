//! A number with its unit, as it was written: the one kind of value that loads and limits are made of.

use std::fmt;
use std::time::Duration;

/// The spelling of a unit. A new unit is one row with its spelling in a table of this file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spelling {
    /// As the language prints it.
    pub(crate) symbol: &'static str,
    /// A second spelling that is accepted: `µs` beside `us`.
    pub(crate) also: Option<&'static str>,
    /// Spellings of other tools. They are refused, and the message suggests the unit.
    pub(crate) aliases: &'static [&'static str],
}

const fn spelling_of(symbol: &'static str, aliases: &'static [&'static str]) -> Spelling {
    Spelling { symbol, also: None, aliases }
}

/// Defines an enum of units by a table of symbols, factors and aliases, with the lookups that read the table.
macro_rules! units {
    ($(#[$doc:meta])* $units:ident($(#[$factor_doc:meta])* $factor:ident) {
        $($unit:ident = $symbol:literal $(or $also:literal)?, $value:literal, $aliases:expr;)+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $units {
            $(#[doc = concat!("`", $symbol, "`")] $unit,)+
        }

        impl $units {
            /// Every unit.
            pub const ALL: &'static [Self] = &[$(Self::$unit),+];
            const SPELLINGS: &'static [Spelling] = &[$({
                #[allow(unused_mut)]
                let mut spelling = spelling_of($symbol, &$aliases);
                $(spelling.also = Some($also);)?
                spelling
            }),+];

            /// How the language spells it.
            pub const fn symbol(self) -> &'static str {
                match self {
                    $(Self::$unit => $symbol,)+
                }
            }

            $(#[$factor_doc])*
            pub const fn $factor(self) -> f64 {
                match self {
                    $(Self::$unit => $value,)+
                }
            }

            /// The unit with this spelling.
            pub(crate) fn find(word: &str) -> Option<Self> {
                let mut rows = Self::ALL.iter().zip(Self::SPELLINGS);
                rows.find(|(_, row)| row.symbol == word || row.also == Some(word)).map(|(unit, _)| *unit)
            }
        }
    };
}

units! {
    /// Units of time, smallest first.
    TimeUnit(
        /// One of it in nanoseconds.
        nanoseconds
    ) {
        Nanosecond = "ns", 1.0, ["nsec", "nano", "nanos", "nanosecond", "nanoseconds"];
        Microsecond = "us" or "µs", 1e3, ["usec", "micro", "micros", "microsecond", "microseconds"];
        Millisecond = "ms", 1e6, ["msec", "msecs", "milli", "millis", "millisecond", "milliseconds"];
        Second = "s", 1e9, ["sec", "secs", "second", "seconds", "S"];
        Minute = "min", 60e9, ["m", "mins", "minute", "minutes"];
        Hour = "h", 3_600e9, ["hr", "hrs", "hour", "hours", "H"];
    }
}

units! {
    /// Units of size; `KiB` counts 1 024 bytes, `kB` 1 000.
    SizeUnit(
        /// One of it in bytes.
        bytes
    ) {
        Byte = "B", 1.0, ["b", "byte", "bytes"];
        Kibibyte = "KiB", 1_024.0, ["kib"];
        Mebibyte = "MiB", 1_048_576.0, ["mib"];
        Gibibyte = "GiB", 1_073_741_824.0, ["g", "G", "gib"];
        Kilobyte = "kB", 1e3, [];
        Megabyte = "MB", 1e6, [];
        Gigabyte = "GB", 1e9, [];
    }
}

/// Spellings of the units that have no enum of their own.
const SHARES: &[Spelling] = &[spelling_of(Unit::PERCENT, &["pct", "percent", "pc"])];
const RATES: &[Spelling] =
    &[spelling_of("/s", &["rps", "qps", "tps", "ops", "hz", "Hz", "ps"]), spelling_of("/min", &["rpm"])];
const FACTORS: &[Spelling] = &[spelling_of(Unit::FACTOR, &["X", "times", "fold"])];

impl TimeUnit {
    /// The units of time after the `/` of a rate or bandwidth: `/s`, `/min`, `/h`.
    pub(crate) const OF_RATES: [Self; 3] = [Self::Second, Self::Minute, Self::Hour];

    const fn seconds(self) -> f64 {
        self.nanoseconds() / 1e9
    }
}

/// The unit of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// No unit: `50`, `1_000`.
    Count,
    /// A time: `10 ms`.
    Time(TimeUnit),
    /// A share: `90%`.
    Percent,
    /// A number per unit of time: `500/s`, `30/min`.
    Rate(TimeUnit),
    /// A size: `50MiB`.
    Size(SizeUnit),
    /// A size in a unit of time, a bandwidth or a slope: `10MiB/s`, `1MiB/h`.
    Flow(SizeUnit, TimeUnit),
    /// A multiple of something else: `3x`.
    Factor,
}

/// The dimension of a unit. Only quantities of one dimension can be compared.
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
    /// The dimensions whose units have symbols of their own, in the order in which messages list them.
    pub(crate) const WITH_UNITS: [Self; 5] = [Self::Time, Self::Share, Self::Rate, Self::Size, Self::Factor];

    /// The noun for a quantity of this dimension.
    pub(crate) const fn noun(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Time => "time",
            Self::Share => "share",
            Self::Rate => "rate",
            Self::Size => "size",
            Self::Flow => "size per time",
            Self::Factor => "factor",
        }
    }

    /// The spellings of its units; empty for `Flow`, which combines two units, and for `Count`, which has none.
    pub(crate) const fn spellings(self) -> &'static [Spelling] {
        match self {
            Self::Count | Self::Flow => &[],
            Self::Time => TimeUnit::SPELLINGS,
            Self::Share => SHARES,
            Self::Rate => RATES,
            Self::Size => SizeUnit::SPELLINGS,
            Self::Factor => FACTORS,
        }
    }

    /// Its units as messages list them: `ns us µs ms s min h`.
    pub(crate) fn symbols(self) -> String {
        let symbols = self.spellings().iter().flat_map(|row| [Some(row.symbol), row.also]).flatten();
        symbols.collect::<Vec<_>>().join(" ")
    }

    /// The dimension in a message about what is wanted: `a time (ns us µs ms s min h)`.
    pub fn described(self) -> String {
        match self {
            Self::Count => "a count without unit".to_owned(),
            Self::Flow => format!("a {} (such as MiB/s)", self.noun()),
            _ => format!("a {} ({})", self.noun(), self.symbols()),
        }
    }

    /// The dimension in a message about what was found: `is a share`.
    pub(crate) fn described_as_found(self) -> String {
        match self {
            Self::Count => "has no unit".to_owned(),
            _ => format!("is a {}", self.noun()),
        }
    }
}

impl Unit {
    pub(crate) const PERCENT: &'static str = "%";
    pub(crate) const FACTOR: &'static str = "x";

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
            Self::Percent => f.write_str(Self::PERCENT),
            Self::Rate(per) => write!(f, "/{}", per.symbol()),
            Self::Size(unit) => f.write_str(unit.symbol()),
            Self::Flow(unit, per) => write!(f, "{}/{}", unit.symbol(), per.symbol()),
            Self::Factor => f.write_str(Self::FACTOR),
        }
    }
}

/// A number with its unit. The unit is kept as written, so that messages quote the user's text.
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

    /// The time as a `Duration`, exact to the nanosecond; `None` for another dimension, and for more than a `Duration`
    /// holds.
    pub fn duration(self) -> Option<Duration> {
        match self.unit {
            Unit::Time(_) => Duration::try_from_secs_f64(self.base() / 1e9).ok().map(|rough| {
                // Below 9e15 an f64 holds every whole nanosecond, so rounding gives 1 100 000 000 ns for 1.1 s, not one
                // less.
                let nanos = self.base().round();
                if nanos < 9e15 { Duration::from_nanos(nanos as u64) } else { rough }
            }),
            _ => None,
        }
    }
}

impl fmt::Display for Quantity {
    /// The text that the parser reads back: `10ms`, `90%`, `500/s`, `3x`, `1000`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without an exponent, large values would print as hundreds of digits.
        if self.value >= 1e21 {
            write!(f, "{:e}{}", self.value, self.unit)
        } else {
            write!(f, "{}{}", self.value, self.unit)
        }
    }
}
