//! The units of a report's numbers.

use serde::{Deserialize, Serialize};

/// The unit of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unit {
    /// A plain number of things.
    Count,
    /// Nanoseconds.
    Ns,
    /// A share; 1 is 100 %.
    Share,
    /// Per second.
    PerS,
    /// Bytes.
    Bytes,
    /// Bytes per second.
    BytesPerS,
    /// A factor.
    Factor,
    /// A recorded number, in whatever unit the body has.
    Number,
    /// A recorded `bool`; `true` is 1.
    Flag,
    /// Virtual users.
    Users,
}

impl Unit {
    /// The unit as the report writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Ns => "ns",
            Self::Share => "share",
            Self::PerS => "per_s",
            Self::Bytes => "bytes",
            Self::BytesPerS => "bytes_per_s",
            Self::Factor => "factor",
            Self::Number => "number",
            Self::Flag => "flag",
            Self::Users => "users",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Unit;

    #[test]
    fn a_unit_is_written_in_one_way() {
        use Unit::{Bytes, BytesPerS, Count, Factor, Flag, Ns, Number, PerS, Share, Users};
        for unit in [Count, Ns, Share, PerS, Bytes, BytesPerS, Factor, Number, Flag, Users] {
            assert_eq!(serde_json::to_string(&unit).ok(), Some(format!("\"{}\"", unit.as_str())));
        }
    }
}
