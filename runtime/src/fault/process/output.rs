//! Output of a process: its last lines, and counts of lines with an awaited text.

use crate::sync::Lock;
use std::collections::{BTreeMap, VecDeque};
use std::io::{ErrorKind, Read};
use std::sync::Arc;
use tokio::sync::watch;

/// Length at which an unfinished line is cut.
const LONGEST_LINE: usize = 16 << 10;

/// The last lines of stdout and stderr in the order in which they came, and the unfinished line of each stream.
pub(super) struct Tail {
    keep: usize,
    written: Lock<Written>,
}

#[derive(Default)]
struct Written {
    lines: VecDeque<String>,
    /// Unfinished lines by the number of their stream.
    unfinished: BTreeMap<u64, String>,
    streams: u64,
}

impl Tail {
    pub(super) fn new(keep: usize) -> Arc<Self> {
        Arc::new(Self { keep, written: Lock::default() })
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let written = self.written.lock();
        let all: Vec<String> = written.lines.iter().chain(written.unfinished.values()).cloned().collect();
        all[all.len().saturating_sub(self.keep)..].to_vec()
    }

    /// Returns a number for a new stream.
    fn stream(&self) -> u64 {
        let mut written = self.written.lock();
        written.streams += 1;
        written.streams
    }

    /// Replaces the unfinished line of a stream.
    fn begin(&self, stream: u64, line: String) {
        self.written.lock().unfinished.insert(stream, line);
    }

    fn finish(&self, stream: u64, line: String) {
        let mut written = self.written.lock();
        written.unfinished.remove(&stream);
        written.lines.push_back(line);
        let surplus = written.lines.len().saturating_sub(self.keep);
        written.lines.drain(..surplus);
    }
}

/// Counts of all lines, and of those with the awaited text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LinesSeen {
    pub(super) lines: usize,
    pub(super) wanted: usize,
}

/// Reads a stream to its end. This can be after the end of the process, if a child has inherited the stream. The text
/// `wanted` is found in unfinished lines too, since the line of a prompt never ends.
pub(super) fn read_lines(mut stream: impl Read, tail: &Tail, wanted: Option<&str>, seen: &watch::Sender<LinesSeen>) {
    let (number, mut chunk, mut line) = (tail.stream(), [0; 4096], OpenLine::default());
    loop {
        let read = match stream.read(&mut chunk) {
            Ok(read @ 1..) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Ok(_) | Err(_) => break,
        };
        for piece in chunk[..read].split_inclusive(|byte| *byte == b'\n') {
            for part in piece.chunks(LONGEST_LINE - line.bytes.len().min(LONGEST_LINE - 1)) {
                line.bytes.extend_from_slice(part);
                line.look(wanted, seen);
                if part.ends_with(b"\n") || line.bytes.len() >= LONGEST_LINE {
                    tail.finish(number, std::mem::take(&mut line).text());
                }
            }
        }
        if !line.bytes.is_empty() {
            tail.begin(number, line.text());
        }
    }
    if !line.bytes.is_empty() {
        tail.finish(number, line.text());
    }
}

/// An unfinished line.
#[derive(Default)]
struct OpenLine {
    bytes: Vec<u8>,
    counted: bool,
    found: bool,
}

impl OpenLine {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).trim_end_matches(['\r', '\n']).to_owned()
    }

    fn look(&mut self, wanted: Option<&str>, seen: &watch::Sender<LinesSeen>) {
        let found = !self.found && wanted.is_some_and(|wanted| self.text().contains(wanted));
        if found || !self.counted {
            seen.send_modify(|seen| {
                seen.lines += usize::from(!self.counted);
                seen.wanted += usize::from(found);
            });
        }
        (self.counted, self.found) = (true, self.found || found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one piece a read.
    struct Pieces(VecDeque<&'static [u8]>);

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let Some(piece) = self.0.pop_front() else { return Ok(0) };
            buffer[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    #[test]
    fn the_last_lines_are_kept_and_awaited_ones_are_counted_even_when_they_are_not_kept() {
        let (tail, seen) = (Tail::new(2), watch::Sender::new(LinesSeen::default()));
        read_lines(&b"one\r\ntwo\none one\nno newline \xff"[..], &tail, Some("one"), &seen);
        assert_eq!(tail.lines(), ["one one", "no newline \u{fffd}"]);
        assert_eq!(*seen.borrow(), LinesSeen { lines: 4, wanted: 2 });
    }

    #[test]
    fn a_line_is_seen_once_however_it_comes_and_before_it_ends() {
        let (tail, seen) = (Tail::new(9), watch::Sender::new(LinesSeen::default()));
        let pieces = Pieces([&b"re"[..], b"ady> ", b"go\nrea", b"dy", b"\n"].into());
        read_lines(pieces, &tail, Some("ready"), &seen);
        assert_eq!(tail.lines(), ["ready> go", "ready"]);
        assert_eq!(*seen.borrow(), LinesSeen { lines: 2, wanted: 2 });
        tail.begin(7, "prompt> ".to_owned());
        assert_eq!(tail.lines(), ["ready> go", "ready", "prompt> "]);
    }

    #[test]
    fn an_endless_line_is_cut() {
        let tail = Tail::new(10);
        let endless = std::io::repeat(b'x').take(2 * LONGEST_LINE as u64 + 1);
        read_lines(endless, &tail, None, &watch::Sender::default());
        assert_eq!(tail.lines().iter().map(String::len).collect::<Vec<_>>(), [16_384, 16_384, 1]);
    }
}
