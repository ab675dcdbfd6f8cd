//! Distributions of whole numbers as HDR histograms and their standard text form, so that other tools read them.
//!
//! The text is base64 of the V2 format, deflated, as specified by <https://github.com/HdrHistogram/HdrHistogram>.

use super::Distribution;
use super::distribution::near_end;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
#[cfg(test)]
use hdrhistogram::serialization::Deserializer;
use hdrhistogram::serialization::{Serializer, V2DeflateSerializer};
use std::fmt;

/// The significant digits with which HDR's buckets equal ours.
const DIGITS: u8 = 3;

/// Why a distribution has no HDR form, or a text is not one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HdrError {
    /// An HDR histogram holds whole numbers of at least 0 only.
    NotWhole,
    /// The reason why the histogram or its text cannot be read or written.
    Format(String),
}

impl fmt::Display for HdrError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotWhole => f.write_str(
                "an HDR histogram holds whole numbers of at least 0, these values are not: use the buckets instead",
            ),
            Self::Format(why) => write!(f, "not a base64 V2-deflate HDR histogram of 3 significant digits: {why}"),
        }
    }
}

impl std::error::Error for HdrError {}

fn format_error(why: impl fmt::Display) -> HdrError {
    HdrError::Format(why.to_string())
}

/// Converts to an HDR histogram with the same count in every bucket.
///
/// # Errors
/// [`HdrError::NotWhole`] when a value is negative or a fraction.
pub(crate) fn to_hdr(distribution: &Distribution) -> Result<Histogram<u64>, HdrError> {
    if !distribution.is_natural() {
        return Err(HdrError::NotWhole);
    }
    let mut histogram = Histogram::new(DIGITS).map_err(format_error)?;
    histogram.auto(true);
    // Recording the greatest value first needs only one resize.
    for &(bucket, count) in distribution.counts().iter().rev() {
        histogram.record_n(near_end(bucket) as u64, count).map_err(format_error)?;
    }
    Ok(histogram)
}

/// Converts from an HDR histogram. Counts are exact, bucket for bucket, if it has 3 significant digits and a unit of 1;
/// the figures that it does not hold (sum, least, greatest) are as exact as its buckets.
#[cfg(test)]
pub(crate) fn from_hdr(histogram: &Histogram<u64>) -> Distribution {
    let mut distribution = Distribution::default();
    for step in histogram.iter_recorded() {
        let value = histogram.median_equivalent(step.value_iterated_to());
        distribution.record_n(value as f64, step.count_at_value());
    }
    distribution
}

/// Encodes the histogram as base64 text of the V2 format, deflated.
///
/// # Errors
/// [`HdrError::NotWhole`] when a value is negative or a fraction.
pub(crate) fn encode_hdr_base64(distribution: &Distribution) -> Result<String, HdrError> {
    let mut bytes = Vec::new();
    V2DeflateSerializer::new().serialize(&to_hdr(distribution)?, &mut bytes).map_err(format_error)?;
    Ok(STANDARD.encode(bytes))
}

/// Decodes a text that [`encode_hdr_base64`] wrote.
///
/// # Errors
/// [`HdrError::Format`] when it is no such text.
#[cfg(test)]
pub(crate) fn decode_hdr_base64(text: &str) -> Result<Distribution, HdrError> {
    let bytes = STANDARD.decode(text.trim()).map_err(format_error)?;
    let histogram: Histogram<u64> = Deserializer::new().deserialize(&mut bytes.as_slice()).map_err(format_error)?;
    if histogram.sigfig() != DIGITS {
        return Err(format_error(format_args!("it has {} significant digits", histogram.sigfig())));
    }
    Ok(from_hdr(&histogram))
}
