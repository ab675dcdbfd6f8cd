//! What errors are counted as, however they come: bare, boxed, wrapped, in reports.

use super::*;
use std::io;

#[derive(Debug)]
enum ShopError {
    Limited { after: u32 },
    Down(io::Error),
}

impl fmt::Display for ShopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limited { after } => write!(f, "limited after {after}"),
            Self::Down(_) => f.write_str("the shop is down"),
        }
    }
}

impl StdError for ShopError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Limited { .. } => None,
            Self::Down(cause) => Some(cause),
        }
    }
}

crate::kinds!(ShopError, |error| match error {
    ShopError::Limited { .. } => "limited",
    ShopError::Down(_) => "down",
});

/// A library's error that wraps another.
#[derive(Debug)]
struct Wrapped(Box<dyn StdError + Send + Sync>);

impl fmt::Display for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it did not work")
    }
}

impl StdError for Wrapped {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.0)
    }
}

/// The same error, as `?` meets it on every way there is.
fn every_way<E: StdError + Send + Sync + 'static>(make: impl Fn() -> E) -> Vec<(&'static str, Failed)> {
    vec![
        ("bare", make().into()),
        ("boxed", Failed::from(Box::<dyn StdError + Send + Sync>::from(make()))),
        ("wrapped", Wrapped(make().into()).into()),
        ("boxed and wrapped", Wrapped(Box::new(Wrapped(make().into()))).into()),
        ("anyhow with context", anyhow::Error::new(make()).context("buying").into()),
        ("anyhow with two", anyhow::Error::new(make()).context("buying").context("shopping").into()),
        ("wrapped in anyhow", anyhow::Error::new(Wrapped(make().into())).into()),
        ("eyre with context", eyre::Report::new(make()).wrap_err("buying").into()),
        ("wrapped in eyre", eyre::Report::new(Wrapped(make().into())).into()),
    ]
}

fn in_a_report<E: StdError + Send + Sync + 'static>(make: impl Fn() -> E) -> Vec<(&'static str, Failed)> {
    vec![("anyhow", anyhow::Error::new(make()).into()), ("eyre", eyre::Report::new(make()).into())]
}

#[test]
fn io_errors_keep_their_kind_on_every_way() {
    type Make = fn() -> io::Error;
    let errors: [(Make, &str); 8] = [
        (|| io::Error::from_raw_os_error(rustix::io::Errno::CONNREFUSED.raw_os_error()), "io::ConnectionRefused"),
        (|| io::Error::from_raw_os_error(rustix::io::Errno::MFILE.raw_os_error()), "io::EMFILE"),
        (|| io::Error::from_raw_os_error(rustix::io::Errno::IO.raw_os_error()), "io::EIO"),
        (|| io::Error::from_raw_os_error(9_999), "io::os_error_9999"),
        (|| io::ErrorKind::TimedOut.into(), "io::TimedOut"),
        (|| io::Error::new(io::ErrorKind::InvalidData, "no frame"), "io::InvalidData"),
        (|| io::Read::read_exact(&mut &b""[..], &mut [0; 1]).unwrap_err(), "io::UnexpectedEof"),
        (|| io::Error::other(Wrapped(Box::new(io::Error::from(io::ErrorKind::BrokenPipe)))), "io::BrokenPipe"),
    ];
    for (make, kind) in errors {
        for (way, failed) in every_way(make).into_iter().chain(in_a_report(make)) {
            assert_eq!(failed.kind(), kind, "{way}: {failed:?}");
        }
    }
}

#[test]
fn an_error_of_a_type_with_kinds_has_them_wherever_it_stands() {
    for (way, failed) in every_way(|| ShopError::Limited { after: 3 }) {
        assert_eq!(failed.kind(), "limited", "{way}: {failed:?}");
        assert!(failed.message().contains("limited after 3"), "{way}: {failed}");
    }
    for (way, failed) in every_way(|| ShopError::Down(io::ErrorKind::ConnectionRefused.into())) {
        assert_eq!(failed.kind(), "down", "{way}: what it wraps says less: {failed:?}");
    }
}

#[test]
fn what_is_missing_is_known_on_every_way() {
    let make = || Missing::new("kafka", "unpack it to \"/opt\"\nand start it");
    for (way, failed) in every_way(make).into_iter().chain(in_a_report(make)) {
        assert_eq!((failed.kind(), failed.missing()), (Failed::MISSING, Some(&make())), "{way}: {failed:?}");
    }
    let other: Failed = anyhow::anyhow!("Missing {{ server: \"x\" }}").into();
    assert_eq!((other.kind(), other.missing()), ("anyhow::Error", None));
}

#[test]
fn errors_without_a_kind_are_counted_by_their_type() {
    assert_eq!(Failed::from("x".parse::<u32>().unwrap_err()).kind(), "core::num::error::ParseIntError");
    assert_eq!(Failed::from("text").kind(), Failed::MESSAGE);
    assert_eq!(Failed::from(String::from("text")).kind(), Failed::MESSAGE);
    assert_eq!(Failed::from(anyhow::anyhow!("text")).kind(), "anyhow::Error");
    assert_eq!(Failed::from(io::Error::other("text")).kind(), "std::io::error::Error");
}

#[test]
fn limits_of_the_generator_are_named_as_its_own() {
    let os = |errno: rustix::io::Errno| Failed::from(io::Error::from_raw_os_error(errno.raw_os_error()));
    for (failed, remedy) in [
        (os(rustix::io::Errno::MFILE), "`ulimit -n`"),
        (ShopError::Down(io::Error::from_raw_os_error(rustix::io::Errno::MFILE.raw_os_error())).into(), "`ulimit -n`"),
        (os(rustix::io::Errno::NFILE), "fs.file-max"),
        (os(rustix::io::Errno::ADDRNOTAVAIL), "ip_local_port_range"),
        (
            anyhow::Error::new(io::Error::from_raw_os_error(rustix::io::Errno::MFILE.raw_os_error())).into(),
            "`ulimit -n`",
        ),
    ] {
        let text = failed.message();
        assert!(text.contains("a limit of the load generator") && text.contains(remedy), "{text}");
    }
    assert!(!os(rustix::io::Errno::CONNREFUSED).message().contains("load"), "the system's own");
}
