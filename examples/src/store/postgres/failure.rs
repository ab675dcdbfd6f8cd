//! What an error of the driver means to the service: an outage, or a statement that the database refused.

use std::error::Error as _;
use std::io;

use tokio_postgres::error::SqlState;

use crate::error::Error;

/// The error for a database that cannot be used at present.
pub(super) fn unavailable(why: impl Into<String>) -> Error {
    Error::Unavailable { what: "database", why: why.into() }
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(refused) = error.as_db_error() else { return outage(error) };
        let message = refused.message();
        match refused.code() {
            // The class of "operator intervention": shut down, crashed, starting up.
            code if code.code().starts_with("57P") => unavailable(message),
            // The class of "connection exception", too many connections, and a primary that is none any more.
            code if code.code().starts_with("08") => unavailable(message),
            &SqlState::TOO_MANY_CONNECTIONS | &SqlState::READ_ONLY_SQL_TRANSACTION => unavailable(message),
            // Our own statement_timeout, or a standby that had to replay what the query was reading.
            &SqlState::QUERY_CANCELED | &SqlState::T_R_SERIALIZATION_FAILURE => unavailable(message),
            _ => Self::database(message),
        }
    }
}

/// An error without an answer of the server: the connection was refused, reset or closed. What else there is (a column
/// of another type) is a mistake of ours.
fn outage(error: tokio_postgres::Error) -> Error {
    let mut cause = error.source();
    while let Some(because) = cause {
        if because.is::<io::Error>() {
            return unavailable(format!("{error}: {because}"));
        }
        cause = because.source();
    }
    if error.is_closed() { unavailable(error.to_string()) } else { Error::database(error) }
}
