//! Every string that may have been signed: a choice of one way for each part.

use std::cell::OnceCell;

use super::digest::{self, Encoding};
use super::hypothesis::Hypothesis;
use super::{Segment, body, joining, method, path, time};
use crate::signing::{Unverified, signed_path};

/// What can be chosen, in the order of the search.
pub(super) const PARTS: usize = 7;
pub(super) const METHOD: usize = 0;
pub(super) const PATH: usize = 1;
pub(super) const TIME: usize = 2;
pub(super) const DIGEST: usize = 3;
pub(super) const BODY: usize = 4;
pub(super) const SEPARATORS: usize = 5;
pub(super) const END: usize = 6;

/// What the parts are called.
pub(super) const NAMES: [&str; PARTS] =
    ["method", "path", "time", "digest's encoding", "body", "separators", "end of the string"];

/// One way for each part: 0 is the right one, the others are counted from 1.
pub(super) type Pick = [usize; PARTS];

/// The right string.
pub(super) const RIGHT: Pick = [0; PARTS];

/// The digests of one body: the right one, and those in other encodings, made when they are needed.
#[derive(Default)]
struct Digests {
    all: OnceCell<Vec<Option<Vec<u8>>>>,
    right: OnceCell<Vec<u8>>,
}

/// All that may have been signed for one message.
pub(super) struct Space<'a> {
    /// For each part, the ways beside the right one.
    pub(super) ways: [Vec<Hypothesis>; PARTS],
    /// The right text of each part that is a text.
    right: [Vec<u8>; PARTS],
    body: &'a [u8],
    encodings: Vec<Encoding>,
    digests: Vec<Digests>,
    lost_fractions: OnceCell<Vec<Hypothesis>>,
}

impl<'a> Space<'a> {
    /// The space of a message whose time is signed as `signed_at`; `nonce` is draft 0.4's.
    pub(super) fn new(
        message: &Unverified<'a>,
        signed_at: &str,
        nonce: Option<&str>,
        hosts: &[&str],
    ) -> Self {
        let method = message.method.to_ascii_lowercase();
        let path = signed_path(message.target);
        let encodings = digest::encodings();
        let digests = encodings.iter().map(|one| Hypothesis::new(one.code, one.rank, "", one.said)).collect();
        let bodies = body::ways(message.body);
        let ways = [
            method::ways(message.kind, message.method, &method),
            path::ways(&path::Address { target: message.target, hosts }),
            time::ways(signed_at, nonce),
            digests,
            bodies,
            joining::separators(),
            joining::ends(),
        ];
        let count = ways[BODY].len() + 1;
        let right = [
            method.into_bytes(),
            path.as_bytes().to_vec(),
            signed_at.as_bytes().to_vec(),
            Vec::new(),
            Vec::new(),
            b" ".to_vec(),
            Vec::new(),
        ];
        let digests = std::iter::repeat_with(Digests::default).take(count).collect();
        Space { ways, right, body: message.body, encodings, digests, lost_fractions: OnceCell::new() }
    }

    /// The way that a choice stands for; `None` for the right one.
    pub(super) fn way(&self, part: usize, choice: usize) -> Option<&Hypothesis> {
        let place = choice.checked_sub(1)?;
        let ways = &self.ways[part];
        ways.get(place).or_else(|| self.lost_fractions().get(place - ways.len()))
    }

    fn text(&self, part: usize, choice: usize) -> &[u8] {
        self.way(part, choice).map_or(&self.right[part], |way| &way.value)
    }

    /// The times with fractions that the header has lost. There are thousands, and they are made when it comes to them.
    fn lost_fractions(&self) -> &[Hypothesis] {
        self.lost_fractions.get_or_init(|| time::lost_fractions(&String::from_utf8_lossy(&self.right[TIME])))
    }

    /// The choices of those times that are as likely as `most`: they follow the others of their part.
    pub(super) fn lost_choices(&self, most: u8) -> std::ops::RangeInclusive<usize> {
        let before = self.ways[TIME].len();
        before + 1..=before + self.lost_fractions().partition_point(|way| way.rank <= most)
    }

    fn digest(&self, body: usize, encoding: usize) -> Option<&[u8]> {
        let bytes = if body == 0 { self.body } else { self.text(BODY, body) };
        let digests = &self.digests[body];
        if encoding == 0 {
            return Some(digests.right.get_or_init(|| digest::right(bytes)));
        }
        let text = digests.all.get_or_init(|| digest::texts(bytes, &self.encodings))[encoding].as_deref();
        // What does not depend on the body is no sign of another one.
        text.filter(|text| body == 0 || self.digest(0, encoding) != Some(*text))
    }

    /// Writes a string; `false` when it is the same as one with fewer mistakes.
    pub(super) fn write(&self, pick: &Pick, out: &mut Vec<u8>) -> bool {
        let Some(digest) = self.digest(pick[BODY], pick[DIGEST]) else { return false };
        let separator = self.text(SEPARATORS, pick[SEPARATORS]);
        out.clear();
        out.extend_from_slice(self.text(METHOD, pick[METHOD]));
        out.extend_from_slice(separator);
        out.extend_from_slice(self.text(PATH, pick[PATH]));
        out.extend_from_slice(separator);
        out.extend_from_slice(self.text(TIME, pick[TIME]));
        out.extend_from_slice(separator);
        out.extend_from_slice(digest);
        out.extend_from_slice(self.text(END, pick[END]));
        true
    }

    /// The right string and the one that was signed, part by part.
    pub(super) fn segments(&self, pick: &Pick) -> Vec<Segment> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let digest = |pick: &Pick| text(self.digest(pick[BODY], pick[DIGEST]).unwrap_or_default());
        let segment = |part: &'static str, which: usize| Segment {
            part,
            expected: text(self.text(which, 0)),
            signed: text(self.text(which, pick[which])),
        };
        let separator = || segment("separator", SEPARATORS);
        let at = segment("time", TIME);
        let hashed = Segment { part: "digest", expected: digest(&RIGHT), signed: digest(pick) };
        let (method, path, end) = (segment("method", METHOD), segment("path", PATH), segment("end", END));
        vec![method, separator(), path, separator(), at, separator(), hashed, end]
    }

    /// How many ways were there for each part.
    pub(super) fn sizes(&self) -> impl Iterator<Item = (&'static str, usize)> {
        NAMES.into_iter().zip(self.ways.iter().map(Vec::len)).filter(|(_, ways)| *ways > 0)
    }
}
