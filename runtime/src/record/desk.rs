//! A thread's way to its sheet of a run, and the names it has met. Knows nothing of what is done with them.

use super::ValueUnit;
use super::names::{CAP, Interned, NameId, TagId};
use super::sheet::Sheet;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The sheets of a run.
pub(super) type Sheets = Mutex<Vec<Arc<Mutex<Sheet>>>>;

pub(super) struct Desk {
    recorder: u64,
    sheet: Arc<Mutex<Sheet>>,
    steps: HashMap<Box<str>, NameId>,
    values: HashMap<Box<str>, (NameId, ValueUnit)>,
    kinds: HashMap<Box<str>, Arc<str>>,
    tags: HashMap<Box<str>, HashMap<Box<str>, TagId>>,
}

thread_local! {
    /// One for each run that the thread takes part in: nearly always one.
    static DESKS: RefCell<Vec<Desk>> = const { RefCell::new(Vec::new()) };
}

/// Nothing that holds one of these locks can panic half-way: what is there is whole.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Works at this thread's desk of the run.
#[inline]
pub(super) fn with_desk<T>(recorder: u64, sheets: &Sheets, mut work: impl FnMut(&mut Desk) -> T) -> T {
    let done = DESKS.try_with(|desks| {
        let mut desks = desks.try_borrow_mut().ok()?;
        let at = match desks.iter().position(|desk| desk.recorder == recorder) {
            Some(at) => at,
            None => open(&mut desks, recorder, sheets),
        };
        Some(work(&mut desks[at]))
    });
    match done {
        Ok(Some(done)) => done,
        // The thread is ending and its desks are gone: the sample counts all the same.
        _ => work(&mut Desk::new(recorder, sheets)),
    }
}

#[cold]
fn open(desks: &mut Vec<Desk>, recorder: u64, sheets: &Sheets) -> usize {
    // Desks of runs that are over: nobody else holds their sheets.
    desks.retain(|desk| Arc::strong_count(&desk.sheet) > 1);
    desks.push(Desk::new(recorder, sheets));
    desks.len() - 1
}

impl Desk {
    fn new(recorder: u64, sheets: &Sheets) -> Self {
        let sheet = Arc::default();
        lock(sheets).push(Arc::clone(&sheet));
        let (steps, values, kinds, tags) = (HashMap::new(), HashMap::new(), HashMap::new(), HashMap::new());
        Self { recorder, sheet, steps, values, kinds, tags }
    }

    #[inline]
    pub(super) fn sheet(&self) -> MutexGuard<'_, Sheet> {
        lock(&self.sheet)
    }

    pub(super) fn step(&mut self, name: &str, names: &Mutex<Interned>) -> NameId {
        known(&mut self.steps, name, || lock(names).step(name))
    }

    pub(super) fn value(&mut self, name: &str, unit: ValueUnit, names: &Mutex<Interned>) -> (NameId, ValueUnit) {
        known(&mut self.values, name, || lock(names).value(name, unit))
    }

    pub(super) fn kind(&mut self, kind: &str, names: &Mutex<Interned>) -> Arc<str> {
        known(&mut self.kinds, kind, || lock(names).kind(kind))
    }

    pub(super) fn tag(&mut self, key: &str, value: &str, names: &Mutex<Interned>) -> TagId {
        let intern = || lock(names).tag(key, value);
        if let Some(values) = self.tags.get_mut(key) {
            return known(values, value, intern);
        }
        if self.tags.len() > CAP {
            return intern();
        }
        known(self.tags.entry(key.into()).or_default(), value, intern)
    }
}

/// What a name stands for; remembered as long as there are not too many names.
fn known<T: Clone>(known: &mut HashMap<Box<str>, T>, name: &str, intern: impl FnOnce() -> T) -> T {
    if let Some(meaning) = known.get(name) {
        return meaning.clone();
    }
    let meaning = intern();
    if known.len() <= CAP {
        known.insert(name.into(), meaning.clone());
    }
    meaning
}
