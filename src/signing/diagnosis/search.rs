//! The search: one mistake, then two, then three; the likeliest first, until the signature matches or the budget is
//! used up.

use super::Budget;
use super::check::Checker;
use super::hypothesis::rank;
use super::space::{PARTS, Pick, RIGHT, Space, TIME};
use crate::signing::PublicKey;

/// How unlikely three mistakes at once may be, together, to be tried.
const MAX_TRIPLE: u8 = rank::KNOWN;
/// How unlikely two may be: all of them.
const MAX_PAIR: u8 = 2 * (rank::RARE + 1);
/// How unlikely one may be.
const MAX_SINGLE: u8 = rank::RARE + 1;
/// How many strings are tried between two looks at the clock.
const STRIDE: u64 = 64;

/// What was signed.
pub(super) struct Hit {
    /// The way of each part.
    pub(super) pick: Pick,
    /// Which of the other keys signed.
    pub(super) other_key: Option<usize>,
}

impl Hit {
    fn of(pick: Pick) -> Self {
        Hit { pick, other_key: None }
    }
}

/// Goes through the strings of a space.
pub(super) struct Search<'a> {
    space: &'a Space<'a>,
    budget: &'a Budget,
    string: Vec<u8>,
    /// How many strings were tried.
    pub(super) tried: u64,
    /// Whether the budget ended it.
    pub(super) stopped: bool,
}

impl<'a> Search<'a> {
    pub(super) fn new(space: &'a Space<'a>, budget: &'a Budget) -> Self {
        Search { space, budget, string: Vec::with_capacity(256), tried: 0, stopped: false }
    }

    /// Finds what was signed by the key, or by one of the other keys.
    pub(super) fn run(&mut self, key: &PublicKey, others: &[PublicKey], signature: &[u8; 64]) -> Option<Hit> {
        let checker = Checker::new(key, signature)?;
        if self.matches(&checker, &RIGHT) {
            return Some(Hit::of(RIGHT));
        }
        if let Some(place) = self.right_by_another(others, signature) {
            return Some(Hit { other_key: Some(place), ..Hit::of(RIGHT) });
        }
        self.combine(&checker, 1, 0..=MAX_SINGLE)
            .or_else(|| self.combine(&checker, 2, 0..=rank::KNOWN))
            .or_else(|| self.lost_fractions(&checker, rank::KNOWN, 0))
            .or_else(|| self.combine(&checker, 2, rank::KNOWN + 1..=MAX_PAIR))
            .map(Hit::of)
            .or_else(|| self.by_others(others, signature, 1, MAX_SINGLE))
            .or_else(|| self.lost_fractions(&checker, rank::COMMON, 1).map(Hit::of))
            .or_else(|| self.combine(&checker, 3, 0..=MAX_TRIPLE).map(Hit::of))
            .or_else(|| self.by_others(others, signature, 2, rank::KNOWN))
    }

    fn right_by_another(&mut self, others: &[PublicKey], signature: &[u8; 64]) -> Option<usize> {
        self.space.write(&RIGHT, &mut self.string);
        self.tried += others.len() as u64;
        others.iter().position(|key| key.verifies(&self.string, signature))
    }

    fn by_others(
        &mut self,
        others: &[PublicKey],
        signature: &[u8; 64],
        mistakes: usize,
        most: u8,
    ) -> Option<Hit> {
        others.iter().enumerate().find_map(|(place, key)| {
            if self.stopped {
                return None;
            }
            let checker = Checker::new(key, signature)?;
            let pick = self.combine(&checker, mistakes, 0..=most)?;
            Some(Hit { other_key: Some(place), ..Hit::of(pick) })
        })
    }

    /// Tries the times whose fractions the header has lost, up to a rank, together with so many common mistakes.
    fn lost_fractions(&mut self, checker: &Checker, most: u8, mistakes: usize) -> Option<Pick> {
        if self.stopped {
            return None;
        }
        let mut pick = RIGHT;
        self.space.lost_choices(most).find_map(|choice| {
            pick[TIME] = choice;
            self.choose(checker, &mut pick, 0, mistakes, rank::COMMON)
        })
    }

    /// Tries every choice of so many mistakes, the likeliest first: in the order of the sum of their ranks.
    fn combine(
        &mut self,
        checker: &Checker,
        mistakes: usize,
        sums: std::ops::RangeInclusive<u8>,
    ) -> Option<Pick> {
        sums.into_iter().find_map(|sum| self.choose(checker, &mut { RIGHT }, 0, mistakes, sum))
    }

    /// Chooses the mistakes that are left among the parts from `from` on, so that their ranks add up to `left`.
    fn choose(
        &mut self,
        checker: &Checker,
        pick: &mut Pick,
        from: usize,
        mistakes: usize,
        left: u8,
    ) -> Option<Pick> {
        if mistakes == 0 {
            return (left == 0 && self.matches(checker, pick)).then_some(*pick);
        }
        let space = self.space;
        for part in from..PARTS {
            if pick[part] != 0 {
                continue;
            }
            for (place, way) in space.ways[part].iter().enumerate() {
                // The last mistake has to make up the sum exactly; the ways are sorted by their rank.
                if way.rank > left || self.stopped {
                    break;
                }
                if mistakes == 1 && way.rank != left {
                    continue;
                }
                pick[part] = place + 1;
                if let Some(found) = self.choose(checker, pick, part + 1, mistakes - 1, left - way.rank) {
                    return Some(found);
                }
            }
            pick[part] = 0;
        }
        None
    }

    fn matches(&mut self, checker: &Checker, pick: &Pick) -> bool {
        !self.is_over() && self.space.write(pick, &mut self.string) && checker.matches(&self.string)
    }

    fn is_over(&mut self) -> bool {
        self.tried += 1;
        if self.tried.is_multiple_of(STRIDE) && self.budget.is_spent(self.tried) {
            self.stopped = true;
        }
        self.stopped
    }
}
