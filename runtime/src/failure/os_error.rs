//! What errors of the operating system are called that std has no name for, and which of them are limits of the test's
//! own process: they say nothing about the system under test.

use std::io;

/// The kind of an io error: std's name, else the system's (`EMFILE`), else its number.
pub(super) fn kind(error: &io::Error) -> String {
    let kind = format!("{:?}", error.kind());
    match error.raw_os_error() {
        Some(code) if kind == "Uncategorized" => named(code).map_or_else(|| format!("Os({code})"), str::to_owned),
        _ => kind,
    }
}

#[cfg(unix)]
fn named(code: i32) -> Option<&'static str> {
    use rustix::io::Errno;
    let names = [
        (Errno::MFILE, "EMFILE"),
        (Errno::NFILE, "ENFILE"),
        (Errno::NOBUFS, "ENOBUFS"),
        (Errno::IO, "EIO"),
        (Errno::NXIO, "ENXIO"),
        (Errno::PROTO, "EPROTO"),
        (Errno::NOPROTOOPT, "ENOPROTOOPT"),
        (Errno::PROTONOSUPPORT, "EPROTONOSUPPORT"),
        (Errno::AFNOSUPPORT, "EAFNOSUPPORT"),
        (Errno::DESTADDRREQ, "EDESTADDRREQ"),
        (Errno::MSGSIZE, "EMSGSIZE"),
        (Errno::ISCONN, "EISCONN"),
        (Errno::BADF, "EBADF"),
        (Errno::CHILD, "ECHILD"),
        (Errno::SRCH, "ESRCH"),
        (Errno::OVERFLOW, "EOVERFLOW"),
        (Errno::CANCELED, "ECANCELED"),
    ];
    names.iter().find(|(errno, _)| errno.raw_os_error() == code).map(|(_, name)| *name)
}

#[cfg(not(unix))]
fn named(_: i32) -> Option<&'static str> {
    None
}

/// The limit of the process that makes the load, or of its machine, that the error tells of.
pub(super) fn own_limit(error: &io::Error) -> Option<&'static str> {
    match error.raw_os_error().and_then(named) {
        Some("EMFILE") => Some("a limit of the test's own process, not of the system under test: see `ulimit -n`"),
        Some("ENFILE") => Some("a limit of the machine that makes the load, not of the system under test"),
        Some("ENOBUFS") => Some("the machine that makes the load has no room for more packets"),
        _ if error.kind() == io::ErrorKind::AddrNotAvailable => {
            Some("often no port of the machine that makes the load is left for another connection: keep them open")
        }
        _ => None,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use crate::failure::Failed;
    use rustix::io::Errno;
    use std::io;

    #[derive(Debug)]
    struct Accepting(io::Error);

    impl std::fmt::Display for Accepting {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("accepting")
        }
    }

    impl std::error::Error for Accepting {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }

    fn failed(errno: Errno) -> Failed {
        Failed::from(io::Error::from(errno))
    }

    #[test]
    fn kinds_that_std_does_not_name_have_the_systems_name_or_its_number() {
        assert_eq!(failed(Errno::MFILE).kind(), "io::EMFILE");
        assert_eq!(failed(Errno::PROTO).kind(), "io::EPROTO");
        assert_eq!(failed(Errno::CONNREFUSED).kind(), "io::ConnectionRefused");
        assert_eq!(Failed::from(io::Error::from_raw_os_error(9_999)).kind(), "io::Os(9999)");
    }

    #[test]
    fn limits_of_the_process_that_makes_the_load_are_named_as_such() {
        let message = |errno| failed(errno).message().to_owned();
        assert!(message(Errno::MFILE).contains("the test's own process, not of the system under test"));
        assert!(message(Errno::ADDRNOTAVAIL).contains("no port of the machine that makes the load"));
        assert!(!message(Errno::CONNREFUSED).contains("the load"));
        let wrapped = Failed::from(Accepting(Errno::MFILE.into()));
        assert_eq!(wrapped.kind(), "io::EMFILE");
        assert!(wrapped.message().contains("`ulimit -n`"), "{}", wrapped.message());
    }
}
