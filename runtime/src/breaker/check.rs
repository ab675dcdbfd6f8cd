//! The check of a breaker: it plays many histories, keeps the shortest one for each hazard, and shrinks it.

use super::Breaker;
use super::deviation::{Deviation, Deviations, Hazard};
use super::history::{self, Event};
use super::play::{Play, Stale};
use super::settings::Settings;
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use std::collections::BTreeMap;

/// Plays random histories, each to a new breaker from `make`, and compares the breaker with the reference.
///
/// After a deviation the reference takes the state of the breaker, so that one hazard does not hide the next.
///
/// # Errors
/// The breaker deviates from `settings`.
///
/// # Panics
/// The settings are impossible: a share outside of 0 to 1, or probes judged together without a rate.
pub fn check<B: Breaker>(settings: &Settings, seed: u64, mut make: impl FnMut() -> B) -> Result<(), Deviations> {
    if let Some(mistake) = settings.mistake() {
        panic!("the settings of the breaker: {mistake}");
    }
    let mut random = Pcg64Mcg::seed_from_u64(seed);
    let mut shortest = BTreeMap::<Hazard, Vec<Event>>::new();
    for _ in 0..settings.histories {
        let events = history::random_history(settings, &mut random);
        for (hazard, length) in hazards_shown(settings, &mut make, &events) {
            let known = shortest.entry(hazard).or_insert_with(|| events[..length].to_vec());
            if length < known.len() {
                *known = events[..length].to_vec();
            }
        }
    }
    let (hidden, tries) = (make().state().is_none(), tries_for(&make()));
    let together = settings.judges_together();
    let explained =
        |hazard: Hazard| hidden && hazard.explained_by(together).is_some_and(|by| shortest.contains_key(&by));
    let unexplained: Vec<Hazard> = shortest.keys().copied().filter(|hazard| !explained(*hazard)).collect();
    shortest.retain(|hazard, _| unexplained.contains(hazard));
    let found: Vec<Deviation> = shortest
        .into_iter()
        .map(|(hazard, events)| {
            let mut shows = |events: &[Event]| {
                let found = hazards_shown(settings, &mut make, events);
                found.iter().any(|(other, length)| *other == hazard && *length == events.len())
            };
            let mut shows = |events: &[Event]| (0..tries).any(|_| shows(events));
            Deviation { hazard, history: history::shrink_history(events, &mut shows) }
        })
        .collect();
    if found.is_empty() { Ok(()) } else { Err(Deviations { found, seed }) }
}

/// Number of times a history is played if its showing nothing matters.
fn tries_for(breaker: &impl Breaker) -> usize {
    // With a real clock a play may miss the moment at which a hazard shows.
    if breaker.elapsed().is_some() { 3 } else { 1 }
}

/// The hazards that a history shows, each with the number of events until it shows.
fn hazards_shown<B: Breaker>(
    settings: &Settings,
    make: &mut impl FnMut() -> B,
    events: &[Event],
) -> Vec<(Hazard, usize)> {
    let mut found = play_history(Play::new(settings, make(), None), events);
    for at in 0..found.len() {
        let length = found[at].1;
        if let Some(stale) = stale_result_to_blame(settings, make, &events[..length]) {
            // Later differences may be consequences of this one.
            found.truncate(at);
            found.push((Some(stale), length));
            break;
        }
    }
    found.into_iter().filter_map(|(hazard, length)| Some((hazard?, length))).collect()
}

/// The hazard of stale results, if the last event shows a difference only because the breaker got stale results.
fn stale_result_to_blame<B: Breaker>(
    settings: &Settings,
    make: &mut impl FnMut() -> B,
    events: &[Event],
) -> Option<Hazard> {
    let came = |success: bool| events.iter().any(|event| event.is_late() && event.is_success() == success);
    let mut innocent = |withhold: Stale| {
        (0..tries_for(&make())).any(|_| {
            let without = play_history(Play::new(settings, make(), Some(withhold)), events);
            without.iter().any(|(_, length)| *length == events.len())
        })
    };
    if came(true) && !innocent(Stale::Successes) {
        return Some(Hazard::StaleSuccess);
    }
    (came(false) && !innocent(Stale::Failures)).then_some(Hazard::StaleFailure)
}

/// The differences in a play, each with the number of events until it shows. The play ends when the reference cannot
/// follow the breaker any more.
fn play_history<B: Breaker>(mut play: Play<'_, B>, events: &[Event]) -> Vec<(Option<Hazard>, usize)> {
    let mut found = Vec::new();
    for (at, event) in events.iter().enumerate() {
        let goes_on = play.happens(*event);
        found.extend(play.hazards.drain(..).map(|hazard| (hazard, at + 1)));
        if !goes_on {
            break;
        }
    }
    found
}
