//! The two ways to call bodies and hooks: as futures that may move between threads, or as futures that stay on their
//! thread.

use super::pool::Runs;
use crate::engine::rt::made::{Fixture, LocalFuture, LocalState, Made, SendFuture, SendState};
use crate::engine::user::User;
use crate::engine::user::body::Body;
use crate::failure::Failed;
use std::future::Future;

type BodyResult = Result<(), Failed>;

/// A kind of users' tasks.
pub(crate) trait UserKind: 'static {
    /// The state that `user_setup` makes.
    type State: 'static;
    /// A call of the body or of `user_teardown`.
    type Call<'a>: Future<Output = BodyResult> + Unpin;
    /// A call of `user_setup`.
    type SetUp<'a>: Future<Output = Result<Self::State, Failed>> + Unpin;

    /// The state of a user where there is no `user_setup`.
    fn stateless() -> Self::State;
    fn set_up<'a>(runs: &'a Runs, user: &'a User, fixture: &'a Fixture) -> Option<Made<Self::State, Self::SetUp<'a>>>;
    fn iterate<'a>(runs: &'a Runs, user: &'a User, fixture: &'a Fixture, state: &'a mut Self::State) -> Self::Call<'a>;
    fn tear_down<'a>(runs: &'a Runs, state: &'a mut Self::State) -> Option<Made<(), Self::Call<'a>>>;
}

/// Users whose tasks move between the threads of a runtime.
pub(crate) enum SendUser {}

impl UserKind for SendUser {
    type State = Box<SendState>;
    type Call<'a> = SendFuture<'a, BodyResult>;
    type SetUp<'a> = SendFuture<'a, Result<Self::State, Failed>>;

    fn stateless() -> Self::State {
        Box::new(())
    }

    fn set_up<'a>(runs: &'a Runs, user: &'a User, fixture: &'a Fixture) -> Option<Made<Self::State, Self::SetUp<'a>>> {
        match runs {
            Runs::Body(Body::Shared { user_setup, .. } | Body::Blocking { user_setup, .. }) => {
                user_setup.map(|set_up| set_up(user, fixture))
            }
            Runs::Body(Body::Local { .. }) | Runs::Operation(_) => None,
        }
    }

    fn iterate<'a>(runs: &'a Runs, user: &'a User, fixture: &'a Fixture, state: &'a mut Self::State) -> Self::Call<'a> {
        match runs {
            Runs::Operation(operation) => operation.call(user),
            Runs::Body(Body::Shared { iterate, .. }) => iterate(user, fixture, &mut **state),
            Runs::Body(Body::Blocking { iterate, .. }) => Box::pin(async move { iterate(user, fixture, &mut **state) }),
            Runs::Body(Body::Local { .. }) => {
                Box::pin(async { Err(Failed::new("engine", "a body that is not Send was moved")) })
            }
        }
    }

    fn tear_down<'a>(runs: &'a Runs, state: &'a mut Self::State) -> Option<Made<(), Self::Call<'a>>> {
        match runs {
            Runs::Body(Body::Shared { user_teardown, .. } | Body::Blocking { user_teardown, .. }) => {
                user_teardown.map(|tear_down| tear_down(&mut **state))
            }
            Runs::Body(Body::Local { .. }) | Runs::Operation(_) => None,
        }
    }
}

/// Users whose tasks stay on their thread: bodies of any kind.
pub(crate) enum LocalUser {}

/// A state of either kind.
pub(crate) enum AnyState {
    Send(Box<SendState>),
    Local(Box<LocalState>),
}

impl UserKind for LocalUser {
    type State = AnyState;
    type Call<'a> = LocalFuture<'a, BodyResult>;
    type SetUp<'a> = LocalFuture<'a, Result<Self::State, Failed>>;

    fn stateless() -> Self::State {
        AnyState::Send(Box::new(()))
    }

    fn set_up<'a>(runs: &'a Runs, user: &'a User, fixture: &'a Fixture) -> Option<Made<Self::State, Self::SetUp<'a>>> {
        match runs {
            Runs::Body(Body::Local { user_setup, .. }) => user_setup.map(|set_up| match set_up(user, fixture) {
                Made::Ready(made) => Made::Ready(made.map(AnyState::Local)),
                Made::Later(later) => {
                    Made::Later(Box::pin(async { later.await.map(AnyState::Local) }) as LocalFuture<_>)
                }
            }),
            _ => SendUser::set_up(runs, user, fixture).map(|made| match made {
                Made::Ready(made) => Made::Ready(made.map(AnyState::Send)),
                Made::Later(later) => {
                    Made::Later(Box::pin(async { later.await.map(AnyState::Send) }) as LocalFuture<_>)
                }
            }),
        }
    }

    fn iterate<'a>(runs: &'a Runs, user: &'a User, fixture: &'a Fixture, state: &'a mut Self::State) -> Self::Call<'a> {
        match (runs, state) {
            (Runs::Body(Body::Local { iterate, .. }), AnyState::Local(state)) => iterate(user, fixture, &mut **state),
            // A user without a state has an empty one of the `Send` kind.
            (Runs::Body(Body::Local { iterate, .. }), AnyState::Send(state)) => iterate(user, fixture, &mut **state),
            (_, AnyState::Send(state)) => SendUser::iterate(runs, user, fixture, state),
            (_, AnyState::Local(_)) => {
                Box::pin(async { Err(Failed::new("engine", "a state of another kind of body")) })
            }
        }
    }

    fn tear_down<'a>(runs: &'a Runs, state: &'a mut Self::State) -> Option<Made<(), Self::Call<'a>>> {
        match (runs, state) {
            (Runs::Body(Body::Local { user_teardown, .. }), AnyState::Local(state)) => {
                user_teardown.map(|tear_down| tear_down(&mut **state))
            }
            (Runs::Body(Body::Local { user_teardown, .. }), AnyState::Send(state)) => {
                user_teardown.map(|tear_down| tear_down(&mut **state))
            }
            (_, AnyState::Send(state)) => SendUser::tear_down(runs, state).map(|made| match made {
                Made::Ready(done) => Made::Ready(done),
                Made::Later(later) => Made::Later(later as LocalFuture<_>),
            }),
            (_, AnyState::Local(_)) => None,
        }
    }
}
