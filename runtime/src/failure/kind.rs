//! The kind of an error: its registered kind, the name of an io error, or its type. All causes of an error are
//! searched, also in reports (anyhow, eyre) that hide the type of the outermost error.

use super::missing::Missing;
use std::error::Error as StdError;
use std::io;

/// The kind of a message without a type.
pub(super) const MESSAGE: &str = "error";
/// The kind of a failure that has a [`Missing`] server among its causes.
pub(super) const MISSING: &str = "missing";

/// The kinds of an error type, as [`kinds!`](crate::kinds) registers them.
#[derive(Debug)]
pub struct Kinds {
    /// The kind of an error that is of this type.
    pub kind_of: fn(&(dyn StdError + 'static)) -> Option<String>,
}

inventory::collect!(Kinds);

/// The kind of an error that is of type `E`, or came from it.
pub(super) fn kind_of<E>(error: &(dyn StdError + 'static)) -> String {
    let mut io = None;
    for cause in error_causes(error) {
        if cause.is::<Missing>() {
            return MISSING.to_owned();
        }
        let registered = inventory::iter::<Kinds>.into_iter().find_map(|kinds| (kinds.kind_of)(cause));
        if let Some(kind) = registered {
            return kind;
        }
        io = io.or_else(|| cause.downcast_ref().and_then(io_kind));
    }
    io.or_else(|| HiddenError::in_report::<E>(error).and_then(|hidden| hidden.kind())).unwrap_or_else(type_name::<E>)
}

fn type_name<E>() -> String {
    let name = std::any::type_name::<E>();
    if name.contains("str") && !name.contains("::")
        || name == std::any::type_name::<String>()
        || name.starts_with("alloc::boxed::Box<dyn")
    {
        return MESSAGE.to_owned();
    }
    name.split('<').next().unwrap_or(name).to_owned()
}

/// An error and its causes, the outermost first.
pub(super) fn error_causes<'e>(
    error: &'e (dyn StdError + 'static),
) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// The kind of an io error: `io::ConnectionRefused`, or `io::EMFILE`, the name in the system, if std has no kind for
/// it.
fn io_kind(error: &io::Error) -> Option<String> {
    match (error.kind(), error.raw_os_error()) {
        // A wrapping error has no kind; the wrapped one is among the causes.
        (io::ErrorKind::Other, None) => None,
        (kind, Some(code)) if is_unnamed(kind) => Some(os_name(code)),
        (kind, _) => Some(format!("io::{kind:?}")),
    }
}

/// Whether std has no public name for a kind.
fn is_unnamed(kind: io::ErrorKind) -> bool {
    kind == io::ErrorKind::Other || format!("{kind:?}") == "Uncategorized"
}

fn os_name(code: i32) -> String {
    #[cfg(unix)]
    if let Some((_, name)) = errno::NAMES.iter().find(|(errno, _)| errno.raw_os_error() == code) {
        return format!("io::{name}");
    }
    format!("io::os_error_{code}")
}

#[cfg(unix)]
mod errno {
    use rustix::io::Errno;

    /// Errors without a kind in std on some Unix.
    pub(super) const NAMES: [(Errno, &str); 27] = [
        (Errno::MFILE, "EMFILE"),
        (Errno::NFILE, "ENFILE"),
        (Errno::NOBUFS, "ENOBUFS"),
        (Errno::IO, "EIO"),
        (Errno::BADF, "EBADF"),
        (Errno::NXIO, "ENXIO"),
        (Errno::CHILD, "ECHILD"),
        (Errno::NODEV, "ENODEV"),
        (Errno::NOTTY, "ENOTTY"),
        (Errno::DOM, "EDOM"),
        (Errno::RANGE, "ERANGE"),
        (Errno::PROTO, "EPROTO"),
        (Errno::OVERFLOW, "EOVERFLOW"),
        (Errno::NOTSOCK, "ENOTSOCK"),
        (Errno::DESTADDRREQ, "EDESTADDRREQ"),
        (Errno::MSGSIZE, "EMSGSIZE"),
        (Errno::PROTOTYPE, "EPROTOTYPE"),
        (Errno::NOPROTOOPT, "ENOPROTOOPT"),
        (Errno::PROTONOSUPPORT, "EPROTONOSUPPORT"),
        (Errno::AFNOSUPPORT, "EAFNOSUPPORT"),
        (Errno::NETRESET, "ENETRESET"),
        (Errno::ISCONN, "EISCONN"),
        (Errno::ALREADY, "EALREADY"),
        (Errno::LOOP, "ELOOP"),
        (Errno::NOLCK, "ENOLCK"),
        (Errno::CANCELED, "ECANCELED"),
        (Errno::FAULT, "EFAULT"),
    ];
}

/// Explanation and remedy, if an error shows a limit of the process or machine that generates the load; `None` for
/// other errors.
pub(super) fn limit_of_generator<E>(error: &(dyn StdError + 'static)) -> Option<&'static str> {
    let io = error_causes(error).find_map(|cause| cause.downcast_ref().and_then(io_kind));
    let io = io.or_else(|| HiddenError::in_report::<E>(error)?.kind())?;
    Some(match io.as_str() {
        "io::EMFILE" => "this process may open no more files and sockets: raise `ulimit -n`, or take fewer users",
        "io::ENFILE" => "this machine may open no more files and sockets: raise `fs.file-max`, or take fewer users",
        "io::ENOBUFS" => "this machine has no memory left for sockets: take fewer users",
        "io::AddrNotAvailable" => {
            "where it connects, this machine has no local port left: keep connections open from one iteration to the \
             next, or widen `net.ipv4.ip_local_port_range`"
        }
        _ => return None,
    })
}

/// The outermost error of a report that hides its type: the text of its derived `Debug`.
pub(super) struct HiddenError(String);

impl HiddenError {
    /// The hidden error of a report. anyhow and eyre turn a report into a boxed error of a private type with the causes
    /// and the text of the error.
    pub(super) fn in_report<E>(error: &(dyn StdError + 'static)) -> Option<Self> {
        let name = std::any::type_name::<E>();
        let is_report = name == "anyhow::Error" || name.starts_with("eyre::Report");
        is_report.then(|| Self(format!("{error:#?}")))
    }

    fn kind(&self) -> Option<String> {
        if self.missing().is_some() {
            return Some(MISSING.to_owned());
        }
        let (name, _) = self.0.split_once([' ', '('])?;
        match name {
            "Os" => self.field("code")?.parse().ok().and_then(|code| io_kind(&io::Error::from_raw_os_error(code))),
            // An io error with a text, or with its kind alone.
            "Custom" | "Error" => self.field("kind").filter(|kind| *kind != "Other" && is_io_kind(kind)).map(io_named),
            "Kind" => self
                .0
                .lines()
                .nth(1)
                .map(|kind| kind.trim().trim_end_matches(','))
                .filter(|kind| is_io_kind(kind))
                .map(io_named),
            _ => None,
        }
    }

    /// The missing server, if the hidden error is a [`Missing`].
    pub(super) fn missing(&self) -> Option<Missing> {
        if !self.0.starts_with("Missing {") {
            return None;
        }
        let text = |name| serde_json::from_str::<String>(self.field(name)?).ok();
        Some(Missing::new(text("server")?, text("install")?))
    }

    fn field(&self, name: &str) -> Option<&str> {
        let value = self.0.lines().find_map(|line| line.trim_start().strip_prefix(name)?.strip_prefix(": "))?;
        Some(value.trim_end_matches(','))
    }
}

fn io_named(kind: &str) -> String {
    format!("io::{kind}")
}

/// Whether a name is the text of an io error's kind.
fn is_io_kind(name: &str) -> bool {
    use io::ErrorKind::*;
    [
        NotFound,
        PermissionDenied,
        ConnectionRefused,
        ConnectionReset,
        HostUnreachable,
        NetworkUnreachable,
        ConnectionAborted,
        NotConnected,
        AddrInUse,
        AddrNotAvailable,
        NetworkDown,
        BrokenPipe,
        AlreadyExists,
        WouldBlock,
        InvalidInput,
        InvalidData,
        TimedOut,
        WriteZero,
        Interrupted,
        Unsupported,
        UnexpectedEof,
        OutOfMemory,
    ]
    .iter()
    .any(|kind| format!("{kind:?}") == name)
}
