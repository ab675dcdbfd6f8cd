//! Draws throughput over time as one line of bars.

use crate::report::model::Moment;
use crate::units;

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// The columns for the words after the bars.
const WORDS: usize = 34;

/// Draws the bars and their scale; empty where the test is too short for bars.
pub(super) fn throughput_bars(timeline: &[Moment], room: usize) -> String {
    // A last moment of a few milliseconds is too short for a rate.
    let whole: Vec<&Moment> = timeline.iter().filter(|moment| moment.width_s >= 0.5).collect();
    if whole.len() < 2 {
        return String::new();
    }
    let seconds = whole.len().div_ceil(room.saturating_sub(WORDS).max(10));
    let rates: Vec<f64> = whole.chunks(seconds).map(mean_rate).collect();
    let highest = rates.iter().copied().fold(0.0, f64::max);
    let lowest = rates.iter().copied().fold(f64::INFINITY, f64::min);
    let bars: String = rates.iter().map(|rate| rate_bar(*rate, highest)).collect();
    let column = if seconds == 1 { "a second".to_owned() } else { format!("{seconds} s") };
    format!("{bars}  {} to {}, {column} each", units::describe_rate(lowest), units::describe_rate(highest))
}

fn mean_rate(moments: &[&Moment]) -> f64 {
    let width: f64 = moments.iter().map(|moment| moment.width_s).sum();
    moments.iter().map(|moment| moment.throughput_per_s * moment.width_s).sum::<f64>() / width
}

/// A bar on a scale from zero; a second without any success is a gap.
fn rate_bar(rate: f64, highest: f64) -> char {
    if rate <= 0.0 || highest <= 0.0 {
        return ' ';
    }
    let eighths = (rate / highest * BARS.len() as f64).ceil() as usize;
    BARS[eighths.clamp(1, BARS.len()) - 1]
}
