//! Strict verification of many signatures at once: the verdicts of [`PublicKey::verifies`], several times as fast.
//!
//! Three ways lead to the same verdicts. Many signatures by few keys share one equation (`equation`). Fewer of them,
//! and those of an equation that does not add up, are verified one by one with tables of the keys' multiples
//! ([`Multiples`]). Keys that are rare are not worth a table: their signatures are verified as a single one is.
//!
//! # Why the verdicts are the strict ones
//!
//! Strict verification takes a signature `(R, s)` of a message `M` under a key `A` when `s` is below the group's order
//! `ℓ`, neither `R` nor `A` is of small order, and `R` as it is written is the encoding of `sB - kA`, where `k` is
//! `SHA-512(R ‖ A ‖ M)`. A [`PublicKey`] is never of small order. An encoding has one canonical form, which is what is
//! compared, so that `R` in any other form is refused. There is no cofactor: the points have to be the same, not eight
//! times the points.
//!
//! With tables, just that is done: `sB - kA` is added up from multiples that are at hand, and its encoding is compared.
//! Only the inversions that encoding takes are shared with the other signatures. Nothing is left to chance, and a key
//! with torsion (see below) does no harm.
//!
//! In the equation, the form of `s` and `R` is looked at for each signature, so that what is left is to tell whether
//! all `E = sB - kA - R` are zero. Points are the sum of a part in the group of the prime order `ℓ` and a part in the
//! group of order 8, the torsion. The two are tested apart:
//!
//! - *Torsion.* `B` has none, and a key is in an equation only when it was seen to have none, so that the torsion of
//!   `E` is that of `-R`. 64 sums of subsets of the `R`, chosen at random, are multiplied by `ℓ`, which leaves of their
//!   torsion what it was and of the rest nothing. When one `R` has torsion, whatever the others have, a sum with it and
//!   the same sum without it differ in their torsion: at most one of the two has none. So each sum shows it with a
//!   chance of at least one half, and all 64 miss it with a chance of at most 2^-64. One equation alone would not do:
//!   two `R` whose torsion cancels out pass it every other time.
//! - *The rest.* Without torsion, the `E` are in a group of prime order, and `Σ zE` with random `z` of 128 bits is zero
//!   with a chance of at most 2^-128 when one of them is not.
//!
//! The randomness is fresh for each batch, and unknown to whoever made the signatures. The other way round there is no
//! chance at all: a signature that strict verification takes has `E = 0` and an `R` without torsion, so that sums of
//! such are zero. Nothing is refused because of its neighbours: what does not add up is verified one by one.

mod equation;
mod prepared;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::OnceLock;

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::Identity;
use sha2::{Digest, Sha512};

pub use self::prepared::PreparedKey;

use self::equation::{Equation, NOISE, is_torsion_free};
use super::key::PublicKey;
use super::multiples::Multiples;

/// From this number of signatures on, an equation takes less time for each than a table does.
const SMALLEST_EQUATION: usize = 512;
/// So many signatures are verified again when one of an equation's does not hold, and the equations of so many others.
const PART: usize = 256;
/// An equation is tried when at most one signature in so many was refused in the batch before: one that does not add up
/// is lost work.
const RARE: usize = 1_024;
/// From this number of signatures on, a key's table takes less time than it saves.
const WORTH_A_TABLE: usize = 8;
/// How many keys' tables are kept, of 128 KiB each.
const TABLES: usize = 16;
/// Of how many keys it is remembered whether they have torsion.
const TESTED_KEYS: usize = 1_024;

/// A signature, and what it is said to be over.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// The signer's key.
    pub key: PublicKey,
    /// The bytes that were signed.
    pub message: &'a [u8],
    /// The signature.
    pub signature: [u8; 64],
}

impl Claim<'_> {
    /// `R` as it is written.
    fn r(&self) -> &[u8] {
        &self.signature[..32]
    }

    /// `s`, when it is below the group's order.
    fn s(&self) -> Option<Scalar> {
        let mut s = [0; 32];
        s.copy_from_slice(&self.signature[32..]);
        Option::from(Scalar::from_canonical_bytes(s))
    }

    /// `SHA-512(R ‖ A ‖ M)`.
    fn k(&self) -> Scalar {
        let hash =
            Sha512::new().chain_update(self.r()).chain_update(self.key.as_bytes()).chain_update(self.message);
        Scalar::from_bytes_mod_order_wide(&hash.finalize().into())
    }
}

/// Verifies batches of signatures. What it finds out about keys serves the next batch.
pub struct BatchVerifier {
    random: fn(&mut [u8]) -> bool,
    /// The keys that were tested: `None` for those with torsion.
    tested: HashMap<[u8; 32], Option<EdwardsPoint>>,
    /// The multiples of `-A`.
    tables: HashMap<[u8; 32], Multiples>,
    /// Whether the batch before was good enough to try an equation for this one.
    hopeful: bool,
}

impl std::fmt::Debug for BatchVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BatchVerifier").field("tested", &self.tested.len()).finish_non_exhaustive()
    }
}

/// How many claims there are by each key.
type Counts<'a> = HashMap<&'a [u8; 32], usize>;

impl BatchVerifier {
    /// A verifier; `random` fills a buffer with bytes that nobody can foretell, and says whether it could.
    pub fn new(random: fn(&mut [u8]) -> bool) -> Self {
        BatchVerifier { random, tested: HashMap::new(), tables: HashMap::new(), hopeful: true }
    }

    /// Verifies all claims: a verdict for each, in their order, equal to that of [`PublicKey::verifies`].
    pub fn verify(&mut self, claims: &[Claim<'_>]) -> Vec<bool> {
        let mut counts = Counts::new();
        claims.iter().for_each(|claim| *counts.entry(claim.key.as_bytes()).or_default() += 1);
        let mut verdicts = vec![false; claims.len()];
        let mut rest = Vec::new();
        if claims.len() < SMALLEST_EQUATION || !self.hopeful {
            rest.extend(0..claims.len());
        } else {
            let equation = self.equation(claims, &counts, &mut rest);
            if equation.len() < SMALLEST_EQUATION || equation.has_torsion() {
                rest.extend(equation.claims(0..equation.len()));
            } else if equation.adds_up(0..equation.len()) {
                equation.claims(0..equation.len()).for_each(|claim| verdicts[claim] = true);
            } else {
                settle(&equation, &mut verdicts, &mut rest);
            }
        }
        self.verify_each(claims, rest, &counts, &mut verdicts);
        let refused = verdicts.iter().filter(|holds| !**holds).count();
        self.hopeful = refused <= claims.len().div_ceil(RARE);
        verdicts
    }

    /// The equation of those claims that can be in one; others go to the rest. What does not have the form that strict
    /// verification asks for goes nowhere: it is refused.
    fn equation(&mut self, claims: &[Claim<'_>], counts: &Counts<'_>, rest: &mut Vec<usize>) -> Equation {
        let mut noise = vec![[0; NOISE]; claims.len()];
        if !(self.random)(noise.as_flattened_mut()) {
            rest.extend(0..claims.len());
            return Equation::new(Vec::new(), 0);
        }
        let mut keys = Vec::with_capacity(counts.len());
        let mut places = HashMap::with_capacity(counts.len());
        for (bytes, count) in counts {
            if let Some(point) = self.without_torsion(bytes, *count) {
                places.insert(*bytes, keys.len());
                keys.push(point);
            }
        }
        let mut equation = Equation::new(keys, claims.len());
        for ((place, claim), noise) in claims.iter().enumerate().zip(&noise) {
            match places.get(claim.key.as_bytes()) {
                Some(key) => equation.add(place, *key, claim, noise),
                None => rest.push(place),
            }
        }
        equation
    }

    /// The key's point when it has no torsion, which is tested when there is more than one claim by it.
    fn without_torsion(&mut self, bytes: &[u8; 32], count: usize) -> Option<EdwardsPoint> {
        if let Some(known) = self.tested.get(bytes) {
            return *known;
        }
        if count < 2 {
            return None;
        }
        let point = CompressedEdwardsY(*bytes).decompress().filter(is_torsion_free);
        if self.tested.len() == TESTED_KEYS {
            self.tested.clear();
        }
        self.tested.insert(*bytes, point);
        point
    }

    /// Verifies these claims one by one, with tables where that pays.
    fn verify_each(
        &mut self,
        claims: &[Claim<'_>],
        places: Vec<usize>,
        counts: &Counts<'_>,
        verdicts: &mut [bool],
    ) {
        let mut sums = Vec::with_capacity(places.len());
        let mut summed = Vec::with_capacity(places.len());
        for place in places {
            let claim = &claims[place];
            let Some(table) = self.table(&claim.key, counts) else {
                verdicts[place] = claim.key.verifies(claim.message, &claim.signature);
                continue;
            };
            if let Some(s) = claim.s() {
                let mut sum = EdwardsPoint::identity();
                of_base().add_to(&mut sum, &s);
                table.add_to(&mut sum, &claim.k());
                sums.push(sum);
                summed.push(place);
            }
        }
        let encoded = EdwardsPoint::compress_batch_alloc(&sums);
        for ((place, sum), encoded) in summed.into_iter().zip(sums).zip(encoded) {
            verdicts[place] = encoded.0 == claims[place].r() && !sum.is_small_order();
        }
    }

    /// The multiples of `-A`, where they are at hand or there are enough claims by the key.
    fn table(&mut self, key: &PublicKey, counts: &Counts<'_>) -> Option<&Multiples> {
        let bytes = key.as_bytes();
        if !self.tables.contains_key(bytes) {
            if counts.get(bytes).is_none_or(|count| *count < WORTH_A_TABLE) {
                return None;
            }
            if self.tables.len() == TABLES {
                self.tables.clear();
            }
            let point = CompressedEdwardsY(*bytes).decompress()?;
            self.tables.insert(*bytes, Multiples::new(&-point, 5));
        }
        self.tables.get(bytes)
    }
}

/// Sorts the claims of an equation that does not add up into those that hold, and those to be verified one by one.
fn settle(equation: &Equation, verdicts: &mut [bool], rest: &mut Vec<usize>) {
    for start in (0..equation.len()).step_by(PART) {
        let part = start..equation.len().min(start + PART);
        if equation.adds_up(part.clone()) {
            equation.claims(part).for_each(|claim| verdicts[claim] = true);
        } else {
            rest.extend(equation.claims(part));
        }
    }
}

/// The multiples of `B`: 640 KiB, for all.
fn of_base() -> &'static Multiples {
    static BASE: OnceLock<Multiples> = OnceLock::new();
    BASE.get_or_init(|| Multiples::new(&ED25519_BASEPOINT_POINT, 8))
}
