//! What a process writes: its last lines, and whether an awaited one was among them. It knows no process.

use crate::fault::lock::locked;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// A line that does not end is cut here.
const LONGEST_LINE: u64 = 16 << 10;

/// The last lines, of stdout and stderr as they came.
pub(super) struct Tail {
    keep: usize,
    lines: Mutex<VecDeque<String>>,
}

impl Tail {
    pub(super) fn new(keep: usize) -> Arc<Self> {
        Arc::new(Self { keep, lines: Mutex::default() })
    }

    pub(super) fn lines(&self) -> Vec<String> {
        locked(&self.lines).iter().cloned().collect()
    }

    fn push(&self, line: String) {
        let mut lines = locked(&self.lines);
        lines.push_back(line);
        let surplus = lines.len().saturating_sub(self.keep);
        lines.drain(..surplus);
    }
}

/// Reads a stream to its end, which may be after its process's: a child of it may have inherited the stream.
pub(super) fn read(stream: impl Read, tail: &Tail, wanted: Option<&str>, seen: &watch::Sender<bool>) {
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    while let Ok(1..) = stream.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line) {
        let text = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned();
        let found = wanted.is_some_and(|wanted| text.contains(wanted));
        tail.push(text);
        if found {
            seen.send_replace(true);
        }
        line.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept_and_an_awaited_one_is_seen_even_when_it_is_not_kept() {
        let (tail, seen) = (Tail::new(2), watch::Sender::new(false));
        read(&b"one\r\ntwo\nthree\nno newline \xff"[..], &tail, Some("one"), &seen);
        assert_eq!(tail.lines(), ["three", "no newline \u{fffd}"]);
        assert!(*seen.borrow());
    }

    #[test]
    fn an_endless_line_is_cut() {
        let tail = Tail::new(10);
        read(std::io::repeat(b'x').take(2 * LONGEST_LINE + 1), &tail, None, &watch::Sender::new(false));
        assert_eq!(tail.lines().iter().map(String::len).collect::<Vec<_>>(), [16_384, 16_384, 1]);
    }
}
