//! The body of a load and the hooks of each user, by how they may be run.

use super::User;
use crate::engine::rt::made::{Fixture, LocalFuture, LocalMade, LocalState, SendFuture, SendMade, SendState};
use crate::failure::Failed;

/// Makes a user's state.
pub type UserSetup = for<'a> fn(&'a User, &'a Fixture) -> SendMade<'a, Box<SendState>>;
/// Makes the state of a user that stays on its thread.
pub type LocalUserSetup = for<'a> fn(&'a User, &'a Fixture) -> LocalMade<'a, Box<LocalState>>;

/// The body and the hooks of each user, by how they may be run.
#[derive(Clone, Copy, Debug)]
pub enum Body {
    /// An async body whose future is `Send`.
    Shared {
        /// One iteration.
        iterate: for<'a> fn(&'a User, &'a Fixture, &'a mut SendState) -> SendFuture<'a, Result<(), Failed>>,
        /// Makes a user's state.
        user_setup: Option<UserSetup>,
        /// Ends a user's state.
        user_teardown: Option<for<'a> fn(&'a mut SendState) -> SendMade<'a, ()>>,
    },
    /// An async body whose future need not be `Send` (`per_core`, `virtual_time`).
    Local {
        /// One iteration.
        iterate: for<'a> fn(&'a User, &'a Fixture, &'a mut LocalState) -> LocalFuture<'a, Result<(), Failed>>,
        /// Makes a user's state.
        user_setup: Option<LocalUserSetup>,
        /// Ends a user's state.
        user_teardown: Option<for<'a> fn(&'a mut LocalState) -> LocalMade<'a, ()>>,
    },
    /// A plain function, which runs on a thread of its user's own.
    Blocking {
        /// One iteration.
        iterate: fn(&User, &Fixture, &mut SendState) -> Result<(), Failed>,
        /// Makes a user's state.
        user_setup: Option<UserSetup>,
        /// Ends a user's state.
        user_teardown: Option<for<'a> fn(&'a mut SendState) -> SendMade<'a, ()>>,
    },
}

/// Whether users have a state that is made before the load.
pub(crate) fn has_user_setup(body: &Body) -> bool {
    match body {
        Body::Shared { user_setup, .. } => user_setup.is_some(),
        Body::Local { user_setup, .. } => user_setup.is_some(),
        Body::Blocking { user_setup, .. } => user_setup.is_some(),
    }
}
