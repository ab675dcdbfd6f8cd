//! Numbers of users over time: a level that holds, or moves in even steps from one number to another.

/// Numbers of users over a length of time. Times are nanoseconds from the segment's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UserCounts {
    pub(crate) from: u64,
    pub(crate) to: u64,
    /// The length; `None` stands for a level that holds until the users are done.
    pub(crate) length: Option<u64>,
}

impl UserCounts {
    pub(crate) const fn hold(users: u64, length: Option<u64>) -> Self {
        Self { from: users, to: users, length }
    }

    pub(crate) fn peak(self) -> u64 {
        self.from.max(self.to)
    }

    /// The number of users at `t`. The first joining user joins at 0 and the others at even intervals after it; the
    /// last leaving user leaves at the end.
    pub(crate) fn at(self, t: u64) -> u64 {
        let Some(length) = self.length.filter(|length| t < *length) else {
            return self.to;
        };
        let change = self.from.abs_diff(self.to);
        let steps = scale_amount(change, t, length);
        if self.to > self.from { (self.from + steps + 1).min(self.to) } else { self.from - steps }
    }

    /// When the level next changes after `t`; `None` where it stays until the segment's end.
    pub(crate) fn next_change(self, t: u64) -> Option<u64> {
        let length = self.length.filter(|length| t < *length)?;
        let change = self.from.abs_diff(self.to);
        let step = scale_amount(change, t, length) + 1;
        // Rounded up, so that at the time returned the step has been taken.
        let next = (step < change).then(|| (u128::from(step) * u128::from(length)).div_ceil(u128::from(change)) as u64);
        next.filter(|next| *next < length)
    }
}

/// `amount × t ÷ length`, rounded down.
fn scale_amount(amount: u64, t: u64, length: u64) -> u64 {
    (u128::from(amount) * u128::from(t) / u128::from(length.max(1))) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn users_join_evenly_from_the_start() {
        let ramp = UserCounts { from: 0, to: 4, length: Some(8) };
        assert_eq!((0..9).map(|t| ramp.at(t)).collect::<Vec<_>>(), [1, 1, 2, 2, 3, 3, 4, 4, 4]);
    }

    #[test]
    fn users_leave_evenly_until_the_end() {
        let ramp = UserCounts { from: 4, to: 0, length: Some(8) };
        assert_eq!((0..9).map(|t| ramp.at(t)).collect::<Vec<_>>(), [4, 4, 3, 3, 2, 2, 1, 1, 0]);
    }

    proptest! {
        #[test]
        fn changes_are_exactly_where_the_level_changes(from in 0_u64..50, to in 0_u64..50, length in 1_u64..500) {
            let ramp = UserCounts { from, to, length: Some(length) };
            for t in 0..length {
                let wanted = (t + 1..length).find(|later| ramp.at(*later) != ramp.at(t));
                prop_assert_eq!(ramp.next_change(t), wanted, "at {}", t);
            }
        }
    }
}
