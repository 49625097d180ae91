//! How retries are spaced: whether the waits grow, and whether chance has a part in them.

use serde::Serialize;

use super::seconds;

/// A wait that is none, in milliseconds.
const NONE: u64 = 100;

/// How many waits one delivery has to have, before they say something.
const TELLING: usize = 3;

/// How retries are spaced.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Spacing {
    /// The shortest wait before a retry, in seconds.
    pub shortest: Option<f64>,
    /// The one in the middle.
    pub median: Option<f64>,
    /// The longest.
    pub longest: Option<f64>,
    /// Whether the waits grow from one retry to the next; unknown where there are too few.
    pub backoff: Option<bool>,
    /// Whether waits of the same place differ between deliveries; unknown where there are too few.
    pub jitter: Option<bool>,
}

/// The waits of a sender's retries, in milliseconds: those before the first retries, those before the second ones, …
#[derive(Debug, Default)]
pub(super) struct Waits {
    by_place: Vec<Vec<u64>>,
}

impl Waits {
    /// Adds the waits of one delivery, in their order.
    pub(super) fn add(&mut self, waits: &[u64]) {
        for (place, wait) in waits.iter().enumerate() {
            if place == self.by_place.len() {
                self.by_place.push(Vec::new());
            }
            self.by_place[place].push(*wait);
        }
    }

    pub(super) fn spacing(&self) -> Spacing {
        let mut all: Vec<_> = self.by_place.iter().flatten().copied().collect();
        all.sort_unstable();
        Spacing {
            shortest: all.first().copied().map(seconds),
            median: all.get(all.len() / 2).copied().map(seconds),
            longest: all.last().copied().map(seconds),
            backoff: self.backoff(),
            jitter: self.jitter(),
        }
    }

    /// Compares the waits of the first half of the places with those of the second.
    fn backoff(&self) -> Option<bool> {
        if self.by_place.len() < TELLING {
            return None;
        }
        let mean = |places: &[Vec<u64>]| {
            let count: usize = places.iter().map(Vec::len).sum();
            places.iter().flatten().sum::<u64>() as f64 / count.max(1) as f64
        };
        let (early, late) = self.by_place.split_at(self.by_place.len() / 2);
        Some(mean(late) > 1.3 * mean(early).max(1.0) && mean(late) > NONE as f64)
    }

    fn jitter(&self) -> Option<bool> {
        let places = self.by_place.iter().filter(|waits| waits.len() >= TELLING);
        let spread = places.filter_map(|waits| {
            let (least, most) = (waits.iter().min()?, waits.iter().max()?);
            // A few milliseconds are the network's.
            Some(most - least > NONE.max(most / 10))
        });
        spread.reduce(|one, other| one || other)
    }
}

/// Why the waits of one delivery are no backoff, where they are surely none.
pub(super) fn without_backoff(waits: &[u64]) -> Option<String> {
    let (least, most) = (*waits.iter().min()?, *waits.iter().max()?);
    if waits.len() < TELLING {
        return None;
    }
    if most < NONE {
        return Some(format!("{} retries came without a wait", waits.len()));
    }
    let same = least >= NONE && most - least <= most / 10;
    same.then(|| format!("{} retries came every {:.1} s", waits.len(), seconds(most)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_that_grow_are_a_backoff() {
        for (waits, backoff, complains) in [
            (&[500, 1_000, 2_000, 4_000][..], Some(true), false),
            (&[300, 900, 100, 5_000], Some(true), false),
            (&[1_000, 1_000, 1_010], Some(false), true),
            (&[1, 2, 50], Some(false), true),
            (&[1_000, 1_000], None, false),
        ] {
            let mut all = Waits::default();
            all.add(waits);
            assert_eq!(all.spacing().backoff, backoff, "{waits:?}");
            assert_eq!(without_backoff(waits).is_some(), complains, "{waits:?}");
        }
    }

    #[test]
    fn chance_shows_between_deliveries() {
        let spacing = |firsts: [u64; 3]| {
            let mut all = Waits::default();
            firsts.iter().for_each(|wait| all.add(&[*wait]));
            all.spacing()
        };
        assert_eq!(spacing([1_000, 1_005, 1_009]).jitter, Some(false));
        let jittered = spacing([200, 900, 500]);
        assert_eq!(jittered.jitter, Some(true));
        assert_eq!((jittered.shortest, jittered.median, jittered.longest), (Some(0.2), Some(0.5), Some(0.9)));
    }
}
