//! The whereabouts of users that hang: their iteration and steps, with start times.

use std::time::Duration;

/// The greatest number of users that a message names.
const USERS_NAMED: usize = 5;

/// A user that is in an iteration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Whereabouts {
    pub(crate) user: u64,
    /// When the iteration began, from the start of the load.
    pub(crate) since: Duration,
    /// Its open steps with their start times, the outermost first.
    pub(crate) steps: Vec<(String, Duration)>,
}

/// Describes users in words, and names the first [`USERS_NAMED`]: those that have waited longest.
pub(crate) fn describe_users(users: &[Whereabouts]) -> String {
    let mut longest: Vec<&Whereabouts> = users.iter().collect();
    longest.sort_by_key(|user| (user.since, user.user));
    let mut told: Vec<String> = longest.iter().take(USERS_NAMED).map(|user| user.told()).collect();
    if users.len() > USERS_NAMED {
        told.push(format!("and {} more", users.len() - USERS_NAMED));
    }
    told.join(", ")
}

impl Whereabouts {
    fn told(&self) -> String {
        let Self { user, since, steps } = self;
        match steps.last() {
            None => format!("user {user} is in its body since {}, in no step", describe_seconds(*since)),
            Some((_, since)) => {
                let names: Vec<&str> = steps.iter().map(|(name, _)| name.as_str()).collect();
                format!("user {user} is in step `{}` since {}", names.join(" > "), describe_seconds(*since))
            }
        }
    }
}

/// `12.3 s`
fn describe_seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_have_waited_longest_are_named_with_their_steps() {
        let user = |user, since, steps: &[(&str, u64)]| Whereabouts {
            user,
            since: Duration::from_millis(since),
            steps: steps.iter().map(|(name, at)| ((*name).to_owned(), Duration::from_millis(*at))).collect(),
        };
        let two = [user(4, 2_000, &[]), user(3, 1_000, &[("order", 1_100), ("pay", 1_250)])];
        assert_eq!(
            describe_users(&two),
            "user 3 is in step `order > pay` since 1.2 s, user 4 is in its body since 2.0 s, in no step"
        );
        let many: Vec<_> = (0..9).map(|id| user(id, 1_000 * id, &[])).collect();
        assert!(
            describe_users(&many).ends_with("user 4 is in its body since 4.0 s, in no step, and 4 more"),
            "{}",
            describe_users(&many)
        );
    }
}
