//! Series of samples: for each full key the total and its timeline of slots. Queries with an open stage, scenario or
//! case merge all series that match.

use super::bounds::{BoundedSort, SeriesBounds};
use super::names::OTHER;
use super::selection::{Selection, Subject};
use super::slots::{self, Slots};
use super::tally::Mergeable;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Series by subject, then by place: a query gives the subject exactly and may leave the place open.
pub(super) type SeriesOf<T> = BTreeMap<SeriesSubject, BTreeMap<SeriesPlace, Series<T>>>;

/// The subject of a series: the parts of a selection that are matched exactly.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SeriesSubject {
    pub(super) subject: Subject,
    pub(super) tag: Option<(Arc<str>, Arc<str>)>,
    pub(super) user: Option<u64>,
}

/// The place of a series: the parts of a selection that may be left open.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SeriesPlace {
    pub(super) stage: Option<Arc<str>>,
    pub(super) scenario: Option<Arc<str>>,
    pub(super) case: Option<Arc<str>>,
}

/// The samples of one full key: their total, and a timeline by the slot of their intended start. The series of a single
/// user has no timeline, as there may be too many users. Parts are shared between snapshots until they change.
#[derive(Clone, Debug)]
pub(super) struct Series<T> {
    pub(super) total: Arc<T>,
    pub(super) slots: Arc<Slots<T>>,
}

impl<T: Default> Default for Series<T> {
    fn default() -> Self {
        Self { total: Arc::default(), slots: Arc::default() }
    }
}

impl<T: Mergeable> Series<T> {
    /// Adds a part; if there is a timeline, its slots are at least `least_width` wide. Returns by how many the number
    /// of slots grew.
    pub(super) fn add(&mut self, tick: u32, part: T, least_width: Option<u32>) -> isize {
        Arc::make_mut(&mut self.total).merge(&part);
        let Some(width) = least_width else { return 0 };
        let slots = Arc::make_mut(&mut self.slots);
        let before = slots.len() as isize;
        slots.widen_to(width);
        slots.add(tick, part);
        slots.len() as isize - before
    }
}

/// Widens the slots of all series of a sort; returns how many slots are left.
pub(super) fn widen_slots<T: Mergeable>(all: &mut SeriesOf<T>, sort: BoundedSort, width: u32) -> usize {
    let mut slots = 0;
    let of_sort = |about: &SeriesSubject| BoundedSort::new(&about.subject, about.tag.is_some(), about.user) == sort;
    for series in all.iter_mut().filter(|(about, _)| of_sort(about)).flat_map(|(_, places)| places.values_mut()) {
        let timeline = Arc::make_mut(&mut series.slots);
        timeline.widen_to(width);
        slots += timeline.len();
    }
    slots
}

/// Adds a part to the series of a selection. If there is no room for another combination with its tag, the part goes to
/// the series of [`OTHER`].
pub(super) fn add_part<T: Mergeable>(
    all: &mut SeriesOf<T>,
    bounds: &mut SeriesBounds,
    selection: Selection,
    tick: u32,
    part: T,
) {
    let sort = BoundedSort::of(&selection);
    let Selection { stage, scenario, case, subject, tag, user } = selection;
    let mut about = SeriesSubject { subject, tag, user };
    if sort == BoundedSort::Tagged && !all.contains_key(&about) && !bounds.has_room(about.tag.as_ref()) {
        about.tag = about.tag.map(|(key, _)| (key, OTHER.into()));
    }
    let places = all.entry(about).or_default();
    let least_width = user.is_none().then(|| bounds.width(sort));
    let more = places.entry(SeriesPlace { stage, scenario, case }).or_default().add(tick, part, least_width);
    bounds.count(sort, more);
}

/// The width of the widest slots in the selected series, in ticks.
pub(super) fn widest_slot<T: Mergeable>(all: &SeriesOf<T>, selection: &Selection) -> u32 {
    series_matching(all, selection).map(|series| series.slots.width()).max().unwrap_or(1)
}

fn series_matching<'a, T>(all: &'a SeriesOf<T>, selection: &'a Selection) -> impl Iterator<Item = &'a Series<T>> {
    let about = SeriesSubject { subject: selection.subject.clone(), tag: selection.tag.clone(), user: selection.user };
    let wanted = |place: &SeriesPlace| {
        let fits = |wanted: &Option<Arc<str>>, there: &Option<Arc<str>>| wanted.is_none() || wanted == there;
        fits(&selection.stage, &place.stage)
            && fits(&selection.scenario, &place.scenario)
            && fits(&selection.case, &place.case)
    };
    let places = all.get(&about).into_iter().flatten();
    places.filter(move |(place, _)| wanted(place)).map(|(_, series)| series)
}

/// The merged total of a selection; `None` if no series matches.
pub(super) fn merged_total<T: Mergeable>(all: &SeriesOf<T>, selection: &Selection) -> Option<T> {
    let mut total: Option<T> = None;
    for series in series_matching(all, selection) {
        total.get_or_insert_default().merge(&series.total);
    }
    total
}

/// The range from the first tick to the last.
pub(super) const ALL_TIME: (u32, u32) = (0, u32::MAX);

/// Every slot of the selected series that begins within these ticks: its begin, its end, and its measurements.
pub(super) fn slots_of<'a, T: Mergeable>(
    all: &'a SeriesOf<T>,
    selection: &'a Selection,
    ticks: (u32, u32),
) -> impl Iterator<Item = (Duration, Duration, &'a T)> {
    series_matching(all, selection)
        .flat_map(move |series| series.slots.within(ticks.0, ticks.1))
        .map(|(tick, width, part)| (slots::start_of(tick), slots::start_of(tick.saturating_add(width)), part))
}

/// Removes the series of stages that `keep` does not accept.
pub(super) fn retain_stages<T>(all: &mut SeriesOf<T>, keep: impl Fn(Option<&str>) -> bool) {
    all.retain(|_, places| {
        places.retain(|place, _| keep(place.stage.as_deref()));
        !places.is_empty()
    });
}

/// Every series slot by slot, with the tick at which each slot begins; a single user's series, which has no timeline,
/// as a whole.
pub(super) fn slot_by_slot<T: Mergeable>(all: &SeriesOf<T>) -> impl Iterator<Item = (Selection, u32, T)> {
    all.iter().flat_map(|(about, places)| {
        places.iter().flat_map(move |(place, series)| {
            let selection = Selection {
                stage: place.stage.clone(),
                scenario: place.scenario.clone(),
                case: place.case.clone(),
                subject: about.subject.clone(),
                tag: about.tag.clone(),
                user: about.user,
            };
            let whole = about.user.map(|_| (0, &series.total));
            let whole = whole.map(|(tick, part)| (tick, &**part));
            let slots = series.slots.iter().map(|(tick, _, part)| (tick, part));
            whole.into_iter().chain(slots).map(move |(tick, part)| (selection.clone(), tick, T::clone(part)))
        })
    })
}
