//! The full key of a series, small enough to compare in a few instructions.

use super::names::{NameId, TagId};
use std::sync::Arc;

/// An index into a list of [`Labels`](super::Labels).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Label(pub u16);

impl Label {
    /// The absence of a stage, scenario or case.
    pub(crate) const NONE: Self = Self(u16::MAX);
}

/// The tags of a user: one value per key.
#[derive(Clone, Debug, Default)]
pub(crate) struct TagList(Option<Arc<[TagId]>>);

impl TagList {
    /// These tags and one more, which replaces an earlier value of its key.
    pub(crate) fn with(&self, tag: TagId) -> Self {
        let others = self.iter().filter(|other| other.key() != tag.key());
        Self(Some(others.chain([tag]).collect()))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = TagId> + '_ {
        self.0.iter().flat_map(|tags| tags.iter().copied())
    }
}

/// The context in which a sample was taken.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) stage: Label,
    pub(crate) scenario: Label,
    pub(crate) case: Label,
    pub(crate) user: u64,
    pub(crate) tags: TagList,
}

impl Context {
    /// The `user` of samples without a user: a gauge, or an arrival for which no user was free.
    pub(crate) const NOBODY: u64 = u64::MAX;
}

/// The subject of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeySubject {
    Iteration,
    Step(NameId),
    Value(NameId),
}

/// The full key of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    /// Stage, scenario, case and the kind of subject, 16 bits each.
    place: u64,
    /// The subject's name and the tag.
    about: u64,
    user: u64,
}

/// The user of a key that covers all users.
const ANY_USER: u64 = Context::NOBODY;

impl Key {
    pub(super) fn new(context: &Context, what: KeySubject) -> Self {
        let (kind, name) = match what {
            KeySubject::Iteration => (0, 0),
            KeySubject::Step(NameId(name)) => (1, name),
            KeySubject::Value(NameId(name)) => (2, name),
        };
        let labels = [context.stage.0, context.scenario.0, context.case.0, kind];
        let place = labels.into_iter().fold(0, |place, label| place << 16 | u64::from(label));
        Self { place, about: u64::from(name) << 32 | u64::from(TagId::NONE.0), user: ANY_USER }
    }

    pub(super) fn tagged(self, tag: TagId) -> Self {
        Self { about: self.about >> 32 << 32 | u64::from(tag.0), ..self }
    }

    pub(super) fn of_user(self, user: u64) -> Self {
        Self { user, ..self }
    }

    pub(super) fn stage(self) -> Label {
        Label((self.place >> 48) as u16)
    }

    pub(super) fn scenario(self) -> Label {
        Label((self.place >> 32) as u16)
    }

    pub(super) fn case(self) -> Label {
        Label((self.place >> 16) as u16)
    }

    pub(super) fn what(self) -> KeySubject {
        let name = NameId((self.about >> 32) as u32);
        match self.place & 0xffff {
            0 => KeySubject::Iteration,
            1 => KeySubject::Step(name),
            _ => KeySubject::Value(name),
        }
    }

    pub(super) fn tag(self) -> Option<TagId> {
        let tag = TagId(self.about as u32);
        (tag != TagId::NONE).then_some(tag)
    }

    pub(super) fn user(self) -> Option<u64> {
        (self.user != ANY_USER).then_some(self.user)
    }

    /// Whether it covers all tags and users.
    pub(super) fn is_plain(self) -> bool {
        self.tag().is_none() && self.user().is_none()
    }

    /// Its place in a table of [`SLOTS`](Self::SLOTS) (Fibonacci hashing): with few labels and names, keys seldom share
    /// a place.
    pub(super) fn slot(self) -> usize {
        let mixed = self.place ^ self.about.rotate_left(17) ^ self.user.rotate_left(41);
        (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58) as usize
    }

    /// The number of places that [`slot`](Self::slot) distinguishes.
    pub(super) const SLOTS: usize = 64;
}
