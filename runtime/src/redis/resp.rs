//! The Redis serialization protocol, version 2: sending a command and reading its reply.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Time limit for a reply. A paused server accepts connections and never answers.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// Largest length in a reply; more is refused as malformed.
const LONGEST_REPLY: usize = 512 << 20;
/// Deepest nesting of lists in a reply; more is refused as malformed.
const DEEPEST_REPLY: usize = 8;

/// A reply of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// There is no such value.
    Nil,
    /// A status or a value. Bytes that are not UTF-8 are replaced.
    Text(String),
    /// A number.
    Integer(i64),
    /// A list of replies.
    List(Vec<Reply>),
}

impl Reply {
    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nil => f.write_str("nil"),
            Self::Text(text) => f.write_str(text),
            Self::Integer(number) => number.fmt(f),
            Self::List(replies) => replies.iter().enumerate().try_for_each(|(i, reply)| {
                let comma = if i == 0 { "" } else { ", " };
                write!(f, "{comma}{reply}")
            }),
        }
    }
}

/// Sends one command on a new connection, after the password if there is one, and returns the reply. It blocks.
pub(super) fn send_command(address: SocketAddr, password: &str, words: &[String]) -> io::Result<Reply> {
    let mut stream = TcpStream::connect_timeout(&address, ANSWER_WITHIN)?;
    stream.set_read_timeout(Some(ANSWER_WITHIN))?;
    stream.set_write_timeout(Some(ANSWER_WITHIN))?;
    let login = ["AUTH".to_owned(), password.to_owned()];
    let login = if password.is_empty() { Vec::new() } else { encode_command(&login) };
    stream.write_all(&[login.as_slice(), &encode_command(words)].concat())?;
    let mut stream = BufReader::new(stream);
    let admitted = if login.is_empty() { Ok(Reply::Nil) } else { read_reply(&mut stream, 0) };
    match admitted.and_then(|_| read_reply(&mut stream, 0)) {
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
            Err(io::Error::new(io::ErrorKind::TimedOut, format!("no answer in {ANSWER_WITHIN:?}")))
        }
        reply => reply,
    }
}

fn encode_command(words: &[String]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend(format!("${}\r\n{word}\r\n", word.len()).into_bytes());
    }
    bytes
}

fn read_reply(stream: &mut impl BufRead, depth: usize) -> io::Result<Reply> {
    let mut line = String::new();
    stream.take(LONGEST_REPLY as u64).read_line(&mut line)?;
    let line = line.strip_suffix("\r\n").ok_or_else(|| malformed_reply("a line that does not end"))?;
    let Some((kind, rest)) = line.split_at_checked(1) else { return Err(malformed_reply("an empty line")) };
    let number = || rest.parse::<i64>().map_err(|_| malformed_reply(&format!("`{line}`")));
    match kind {
        "+" => Ok(Reply::Text(rest.to_owned())),
        "-" => Err(io::Error::other(rest.to_owned())),
        ":" => Ok(Reply::Integer(number()?)),
        "$" | "*" if number()? == -1 => Ok(Reply::Nil),
        "$" => read_bulk(stream, checked_length(number()?)?),
        "*" if depth < DEEPEST_REPLY => (0..checked_length(number()?)?)
            .map(|_| read_reply(stream, depth + 1))
            .collect::<io::Result<_>>()
            .map(Reply::List),
        _ => Err(malformed_reply(&format!("`{line}`"))),
    }
}

fn read_bulk(stream: &mut impl BufRead, length: usize) -> io::Result<Reply> {
    let mut bytes = Vec::new();
    stream.take(length as u64 + 2).read_to_end(&mut bytes)?;
    let text = bytes.strip_suffix(b"\r\n").filter(|text| text.len() == length);
    let text = text.ok_or_else(|| malformed_reply("a value that breaks off"))?;
    Ok(Reply::Text(String::from_utf8_lossy(text).into_owned()))
}

fn checked_length(number: i64) -> io::Result<usize> {
    let length = usize::try_from(number).ok().filter(|length| *length <= LONGEST_REPLY);
    length.ok_or_else(|| malformed_reply(&format!("a length of {number}")))
}

fn malformed_reply(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{what} is no reply of Redis"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Reply, String> {
        read_reply(&mut &*bytes, 0).map_err(|error| error.to_string())
    }

    #[test]
    fn a_command_counts_bytes() {
        let words = ["SET", "é", ""].map(str::to_owned);
        assert_eq!(encode_command(&words), "*3\r\n$3\r\nSET\r\n$2\r\né\r\n$0\r\n\r\n".as_bytes());
    }

    #[test]
    fn every_kind_of_reply_is_read() {
        let text = |text: &str| Reply::Text(text.to_owned());
        for (bytes, wanted) in [
            (&b"+OK\r\n"[..], text("OK")),
            (b":-7\r\n", Reply::Integer(-7)),
            (b"$-1\r\n", Reply::Nil),
            (b"*-1\r\n", Reply::Nil),
            (b"$0\r\n\r\n", text("")),
            (b"$6\r\nab\r\ncd\r\n", text("ab\r\ncd")),
            (b"*2\r\n$1\r\na\r\n*1\r\n:1\r\n", Reply::List(vec![text("a"), Reply::List(vec![Reply::Integer(1)])])),
        ] {
            assert_eq!(read(bytes).unwrap(), wanted);
        }
        assert_eq!(read(b"*2\r\n$1\r\na\r\n:1\r\n").unwrap().to_string(), "a, 1");
    }

    #[test]
    fn an_error_is_the_servers_and_nonsense_is_named() {
        assert_eq!(read(b"-READONLY You can't write\r\n").unwrap_err(), "READONLY You can't write");
        let deep = "*1\r\n".repeat(20);
        for bytes in [&b""[..], b"+OK", b"\r\n", b"?\r\n", b"$x\r\n", b"$-2\r\n", b"$9\r\nab\r\n", deep.as_bytes()] {
            assert!(read(bytes).unwrap_err().ends_with("is no reply of Redis"));
        }
    }
}
