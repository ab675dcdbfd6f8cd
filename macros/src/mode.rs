//! The mode in which a body runs, by its signature and the plan.

use brunt_plan::Plan;
use syn::Signature;

/// The mode in which a body runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// An async body whose future moves between threads.
    Shared,
    /// An async body whose future stays on its thread.
    Local,
    /// A plain function.
    Blocking,
    /// The async body of a resilience test, whose future stays on its thread.
    Experiment,
}

/// The mode of a body. Pushes a mistake if the plan does not allow it.
pub(crate) fn body_mode(signature: &Signature, plan: &Plan, mistakes: &mut Vec<syn::Error>) -> Mode {
    let mut refuse = |why: &str| mistakes.push(syn::Error::new_spanned(signature.fn_token, why));
    match (plan.kind.is_led_by_body(), signature.asyncness) {
        (true, Some(_)) => return Mode::Experiment,
        (true, None) => {
            refuse("a resilience test waits, for its baseline and for the recovery: make it an `async fn`");
            return Mode::Experiment;
        }
        (false, Some(_)) if plan.per_core || plan.virtual_time => return Mode::Local,
        (false, Some(_)) => return Mode::Shared,
        (false, None) => {}
    }
    if plan.virtual_time {
        refuse(
            "`virtual_time` moves only while a body awaits, which a blocking `fn` never does: make it an `async fn`",
        );
    }
    if plan.per_core {
        refuse(
            "a blocking `fn` runs on threads of its own, not on the runtimes of `per_core`: leave `per_core` out, or \
             make it an `async fn`",
        );
    }
    Mode::Blocking
}
