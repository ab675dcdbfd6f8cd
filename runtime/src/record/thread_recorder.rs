//! A thread's access to its buffer of a run, and its cache of names.

use super::ValueUnit;
use super::names::{CAP, Interned, NameId, TagId};
use super::thread_buffer::ThreadBuffer;
use crate::sync::Lock;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, MutexGuard};

/// The buffers of a run.
pub(super) type ThreadBuffers = Lock<Vec<Arc<Lock<ThreadBuffer>>>>;

pub(super) struct ThreadRecorder {
    recorder: u64,
    buffer: Arc<Lock<ThreadBuffer>>,
    steps: HashMap<Box<str>, NameId>,
    values: HashMap<Box<str>, (NameId, ValueUnit)>,
    kinds: HashMap<Box<str>, Arc<str>>,
    tags: HashMap<Box<str>, HashMap<Box<str>, TagId>>,
}

thread_local! {
    /// The thread recorders, one for each run that the thread takes part in: nearly always one.
    static THREAD_RECORDERS: RefCell<Vec<ThreadRecorder>> = const { RefCell::new(Vec::new()) };
}

/// Locks data that is always consistent: no code can panic half-way while it holds one of these locks.
pub(super) fn lock_whole<T>(mutex: &Lock<T>) -> MutexGuard<'_, T> {
    mutex.lock()
}

/// Calls `work` with this thread's recorder of the run.
#[inline]
pub(super) fn with_thread_recorder<T>(
    recorder: u64,
    buffers: &ThreadBuffers,
    mut work: impl FnMut(&mut ThreadRecorder) -> T,
) -> T {
    let done = THREAD_RECORDERS.try_with(|recorders| {
        let mut recorders = recorders.try_borrow_mut().ok()?;
        let at = match recorders.iter().position(|thread| thread.recorder == recorder) {
            Some(at) => at,
            None => open_thread_recorder(&mut recorders, recorder, buffers),
        };
        Some(work(&mut recorders[at]))
    });
    match done {
        Ok(Some(done)) => done,
        // The thread is ending and its recorders are gone; the sample still has to count.
        _ => work(&mut ThreadRecorder::new(recorder, buffers)),
    }
}

#[cold]
fn open_thread_recorder(recorders: &mut Vec<ThreadRecorder>, recorder: u64, buffers: &ThreadBuffers) -> usize {
    // Drop the thread recorders of ended runs: nothing else holds their buffers.
    recorders.retain(|thread| Arc::strong_count(&thread.buffer) > 1);
    recorders.push(ThreadRecorder::new(recorder, buffers));
    recorders.len() - 1
}

impl ThreadRecorder {
    fn new(recorder: u64, buffers: &ThreadBuffers) -> Self {
        let buffer = Arc::default();
        lock_whole(buffers).push(Arc::clone(&buffer));
        let (steps, values, kinds, tags) = (HashMap::new(), HashMap::new(), HashMap::new(), HashMap::new());
        Self { recorder, buffer, steps, values, kinds, tags }
    }

    #[inline]
    pub(super) fn buffer(&self) -> MutexGuard<'_, ThreadBuffer> {
        lock_whole(&self.buffer)
    }

    pub(super) fn step(&mut self, name: &str, names: &Lock<Interned>) -> NameId {
        look_up_or_intern(&mut self.steps, name, || lock_whole(names).step(name))
    }

    pub(super) fn value(&mut self, name: &str, unit: ValueUnit, names: &Lock<Interned>) -> (NameId, ValueUnit) {
        look_up_or_intern(&mut self.values, name, || lock_whole(names).value(name, unit))
    }

    pub(super) fn kind(&mut self, kind: &str, names: &Lock<Interned>) -> Arc<str> {
        look_up_or_intern(&mut self.kinds, kind, || lock_whole(names).kind(kind))
    }

    pub(super) fn tag(&mut self, key: &str, value: &str, names: &Lock<Interned>) -> TagId {
        let intern = || lock_whole(names).tag(key, value);
        if let Some(values) = self.tags.get_mut(key) {
            return look_up_or_intern(values, value, intern);
        }
        if self.tags.len() > CAP {
            return intern();
        }
        look_up_or_intern(self.tags.entry(key.into()).or_default(), value, intern)
    }
}

/// Looks up the value of a name in the cache, or interns it; it is cached unless there are too many names.
fn look_up_or_intern<T: Clone>(known: &mut HashMap<Box<str>, T>, name: &str, intern: impl FnOnce() -> T) -> T {
    if let Some(meaning) = known.get(name) {
        return meaning.clone();
    }
    let meaning = intern();
    if known.len() <= CAP {
        known.insert(name.into(), meaning.clone());
    }
    meaning
}
