//! Names that bodies create while they run, numbered once in a run.
//!
//! Names made from data ("GET /users/17") would each make a series. Beyond 1 000 names of a sort, further ones are
//! folded into "(other)", and a note reports it.

use super::ValueUnit;
use std::collections::HashMap;
use std::sync::Arc;

/// The most separate names of a sort.
pub(super) const CAP: usize = 1_000;
/// The name that stands for all names beyond the cap.
pub(crate) const OTHER: &str = "(other)";

/// The number of a step's or a value's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct NameId(pub(super) u32);

/// The number of a tag: its key in the upper half, its value in the lower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TagId(pub(super) u32);

impl TagId {
    pub(super) const NONE: Self = Self(u32::MAX);

    fn new(key: NameId, value: NameId) -> Self {
        Self(key.0 << 16 | value.0)
    }

    pub(super) fn key(self) -> u32 {
        self.0 >> 16
    }

    fn value(self) -> usize {
        (self.0 & 0xffff) as usize
    }
}

/// Numbered names of one sort. Number 0 … [`CAP`] − 1 are names, [`CAP`] is [`OTHER`].
#[derive(Debug, Default)]
pub(super) struct Table {
    ids: HashMap<Arc<str>, NameId>,
    names: Vec<Arc<str>>,
}

impl Table {
    pub(super) const FOLDED: NameId = NameId(CAP as u32);

    /// Finds the number of a name; `None` for a new name. Beyond the cap every new name has the same number.
    pub(super) fn find(&self, name: &str) -> Option<NameId> {
        let known = self.ids.get(name).copied();
        known.or_else(|| (self.names.len() > CAP).then_some(Self::FOLDED))
    }

    /// Returns the number of a name, and whether this name reaches the cap.
    fn intern(&mut self, name: &str) -> (NameId, bool) {
        if let Some(id) = self.find(name) {
            return (id, false);
        }
        let full = self.names.len() == CAP;
        let name: Arc<str> = if full { OTHER.into() } else { name.into() };
        let id = NameId(self.names.len() as u32);
        self.names.push(Arc::clone(&name));
        if !full {
            self.ids.insert(name, id);
        }
        (id, full)
    }

    pub(super) fn name(&self, id: NameId) -> Arc<str> {
        self.names.get(id.0 as usize).map_or_else(|| OTHER.into(), Arc::clone)
    }

    /// Every name, sorted.
    pub(super) fn sorted(&self) -> Vec<Arc<str>> {
        let mut names = self.names.clone();
        names.sort();
        names
    }
}

/// All names of a run.
#[derive(Debug, Default)]
pub(super) struct Interned {
    pub(super) steps: Table,
    pub(super) values: Table,
    units: Vec<ValueUnit>,
    pub(super) kinds: Table,
    tag_keys: Table,
    tag_values: Vec<Table>,
    /// Notes for the report on folded names.
    pub(super) notes: Vec<String>,
}

impl Interned {
    pub(super) fn step(&mut self, name: &str) -> NameId {
        let (id, full) = self.steps.intern(name);
        self.fold(full, "step names", name);
        id
    }

    /// Returns the number of a recorded value's name, and the unit of its first value.
    pub(super) fn value(&mut self, name: &str, unit: ValueUnit) -> (NameId, ValueUnit) {
        let (id, full) = self.values.intern(name);
        self.fold(full, "names of recorded values", name);
        if self.units.len() == id.0 as usize {
            self.units.push(unit);
        }
        // Values with folded names may have different units: only their count is meaningful.
        (id, if id == Table::FOLDED { unit } else { self.units[id.0 as usize] })
    }

    pub(super) fn kind(&mut self, kind: &str) -> Arc<str> {
        let (id, full) = self.kinds.intern(kind);
        self.fold(full, "kinds of failures", kind);
        self.kinds.name(id)
    }

    pub(super) fn tag(&mut self, key: &str, value: &str) -> TagId {
        let (key_id, full) = self.tag_keys.intern(key);
        self.fold(full, "tag keys", key);
        if self.tag_values.len() == key_id.0 as usize {
            self.tag_values.push(Table::default());
        }
        let (value_id, full) = self.tag_values[key_id.0 as usize].intern(value);
        self.fold(full, &format!("values of the tag `{key}`"), value);
        TagId::new(key_id, value_id)
    }

    pub(super) fn tag_name(&self, tag: TagId) -> (Arc<str>, Arc<str>) {
        let key = self.tag_keys.name(NameId(tag.key()));
        let values = self.tag_values.get(tag.key() as usize);
        (key, values.map_or_else(|| OTHER.into(), |values| values.name(NameId(tag.value() as u32))))
    }

    /// All tags: key → values, sorted.
    pub(super) fn tags(&self) -> std::collections::BTreeMap<Arc<str>, Vec<Arc<str>>> {
        self.tag_keys.names.iter().cloned().zip(self.tag_values.iter().map(Table::sorted)).collect()
    }

    fn fold(&mut self, full: bool, sort: &str, first: &str) {
        if full {
            self.notes.push(format!(
                "more than {CAP} {sort}: `{first}` and all further ones are counted together as \"{OTHER}\"; \
                 name the sort, not the instance"
            ));
        }
    }
}
