//! A way in which one part of the signed string may have been written, as data.

use crate::finding::Code;

/// How likely a mistake is, and so how early it is tried. Costs do not come in: every string takes the same time.
pub(super) mod rank {
    /// Met all the time.
    pub(in super::super) const COMMON: u8 = 0;
    /// Met now and then.
    pub(in super::super) const KNOWN: u8 = 1;
    /// Possible.
    pub(in super::super) const RARE: u8 = 2;
}

/// One way to write a part.
#[derive(Debug, Clone)]
pub(super) struct Hypothesis {
    /// The cause that it is.
    pub(super) code: &'static Code,
    /// A second cause that it takes.
    pub(super) also: Option<&'static Code>,
    /// How likely it is: see [`rank`].
    pub(super) rank: u8,
    /// The part's text; for a body, its bytes.
    pub(super) value: Vec<u8>,
    /// What was done, in a sentence without a full stop.
    pub(super) said: String,
}

impl Hypothesis {
    pub(super) fn new(
        code: &'static Code,
        rank: u8,
        value: impl Into<Vec<u8>>,
        said: impl Into<String>,
    ) -> Self {
        Hypothesis { code, also: None, rank, value: value.into(), said: said.into() }
    }

    /// The same as the work of two causes.
    pub(super) fn and(mut self, also: &'static Code) -> Self {
        self.also = Some(also);
        self
    }
}

/// Adds a way.
pub(super) fn add(
    ways: &mut Vec<Hypothesis>,
    code: &'static Code,
    rank: u8,
    value: impl Into<Vec<u8>>,
    said: impl Into<String>,
) {
    ways.push(Hypothesis::new(code, rank, value, said));
}

/// Sorts ways by their rank, and leaves out those that come to the same as the right one, or as a likelier one: what
/// cannot be told apart is the simplest.
pub(super) fn distinct(right: &[u8], mut ways: Vec<Hypothesis>) -> Vec<Hypothesis> {
    ways.sort_by_key(|way| (way.rank, way.also.is_some()));
    let mut seen = std::collections::HashSet::from([right]);
    let new: Vec<bool> = ways.iter().map(|way| seen.insert(way.value.as_slice())).collect();
    let mut new = new.into_iter();
    ways.retain(|_| new.next() == Some(true));
    ways
}
