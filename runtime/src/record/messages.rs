//! The messages of failures of one kind: the most frequent ones and how often each came.

use std::collections::HashMap;
use std::sync::Arc;

/// The most different messages that are counted one by one.
const DIFFERENT: usize = 64;

/// How often each message came.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Messages {
    counts: HashMap<Arc<str>, u64>,
    /// Failures whose message came when there were already too many different ones.
    others: u64,
}

impl Messages {
    /// Counts a message.
    pub(crate) fn add(&mut self, message: &str) {
        if let Some(count) = self.counts.get_mut(message) {
            *count += 1;
        } else if self.counts.len() < DIFFERENT {
            self.counts.insert(message.into(), 1);
        } else {
            self.others += 1;
        }
    }

    /// Adds the messages of another; if there are too many different ones, the most frequent are kept.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (message, count) in &other.counts {
            *self.counts.entry(Arc::clone(message)).or_default() += count;
        }
        self.others += other.others;
        if self.counts.len() > DIFFERENT {
            let rare = self.by_frequency().split_off(DIFFERENT);
            self.others += rare.iter().map(|(_, count)| count).sum::<u64>();
            for (message, _) in rare {
                self.counts.remove(&message);
            }
        }
    }

    /// The messages, the most frequent first.
    pub(crate) fn by_frequency(&self) -> Vec<(Arc<str>, u64)> {
        let mut all: Vec<(Arc<str>, u64)> =
            self.counts.iter().map(|(text, count)| (Arc::clone(text), *count)).collect();
        all.sort_by(|(text, count), (other, others)| others.cmp(count).then_with(|| text.cmp(other)));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_messages_stay_and_none_is_lost_count_of() {
        let (mut all, mut whole) = (Messages::default(), 0);
        for thread in 0..4 {
            let mut messages = Messages::default();
            (0..1_000).for_each(|n| messages.add(&format!("thread {thread}, order {n}")));
            (0..10 + thread).for_each(|_| messages.add("thread 0, order 1"));
            whole += 1_010 + thread;
            all.merge(&messages);
        }
        let seen = all.by_frequency();
        assert_eq!(seen.len(), DIFFERENT);
        assert_eq!(&*seen[0].0, "thread 0, order 1");
        assert_eq!(seen.iter().map(|(_, count)| count).sum::<u64>() + all.others, whole);
    }
}
