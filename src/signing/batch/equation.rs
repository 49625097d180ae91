//! One equation for many signatures, and the test for torsion without which it proves nothing.

use std::ops::Range;

use curve25519_dalek::constants::EIGHT_TORSION;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{Identity, VartimeMultiscalarMul};

use super::Claim;

/// How many bytes the random factor of a signature has.
const FACTOR: usize = 16;
/// How many bytes say in which of the 64 subsets a signature's point is, a bit for each.
const SUBSETS: usize = 8;
/// How many random bytes each signature needs.
pub(super) const NOISE: usize = FACTOR + SUBSETS;

/// What the equation has for one signature.
struct Term {
    claim: usize,
    key: usize,
    r: EdwardsPoint,
    z: Scalar,
    zs: Scalar,
    zk: Scalar,
    subsets: [u8; SUBSETS],
}

/// `Σ zsB = Σ zR + Σ zkA`, over all signatures or over some.
pub(super) struct Equation {
    keys: Vec<EdwardsPoint>,
    terms: Vec<Term>,
    small_order: SmallOrder,
}

impl Equation {
    /// An equation for signatures by these keys, which have no torsion.
    pub(super) fn new(keys: Vec<EdwardsPoint>, capacity: usize) -> Self {
        let small_order = EIGHT_TORSION.map(|point| y(point.compress()));
        Equation { keys, terms: Vec::with_capacity(capacity), small_order }
    }

    /// Adds a claim under its number, unless `R` or `s` does not have the form that strict verification asks for.
    pub(super) fn add(&mut self, number: usize, key: usize, claim: &Claim<'_>, noise: &[u8; NOISE]) {
        let (Some(r), Some(s)) = (read_point(claim.r(), &self.small_order), claim.s()) else { return };
        let (mut factor, mut subsets) = ([0; FACTOR], [0; SUBSETS]);
        factor.copy_from_slice(&noise[..FACTOR]);
        subsets.copy_from_slice(&noise[FACTOR..]);
        let z = Scalar::from(u128::from_le_bytes(factor));
        self.terms.push(Term { claim: number, key, r, z, zs: z * s, zk: z * claim.k(), subsets });
    }

    /// How many signatures are in it.
    pub(super) fn len(&self) -> usize {
        self.terms.len()
    }

    /// The numbers of the claims.
    pub(super) fn claims(&self, range: Range<usize>) -> impl Iterator<Item = usize> {
        self.terms[range].iter().map(|term| term.claim)
    }

    /// Whether one of the random subsets of the points shows torsion.
    pub(super) fn has_torsion(&self) -> bool {
        (0..SUBSETS).any(|byte| {
            let mut sums = vec![EdwardsPoint::identity(); 256];
            self.terms.iter().for_each(|term| sums[usize::from(term.subsets[byte])] += &term.r);
            // From the sums over equal bytes to those over equal bits, the highest bit first.
            (0..8).rev().any(|bit| {
                let (without, with) = sums.split_at_mut(1 << bit);
                let with = &with[..1 << bit];
                let subset: EdwardsPoint = with.iter().sum();
                without.iter_mut().zip(with).for_each(|(sum, more)| *sum += more);
                !is_torsion_free(&subset)
            })
        })
    }

    /// Whether the equation holds for these signatures.
    pub(super) fn adds_up(&self, range: Range<usize>) -> bool {
        let terms = &self.terms[range];
        let mut of_keys = vec![Scalar::ZERO; self.keys.len()];
        let mut of_base = Scalar::ZERO;
        for term in terms {
            of_keys[term.key] += term.zk;
            of_base += term.zs;
        }
        let factors = terms.iter().map(|term| &term.z).chain(&of_keys);
        let points = terms.iter().map(|term| &term.r).chain(&self.keys);
        EdwardsPoint::mul_base(&of_base) == EdwardsPoint::vartime_multiscalar_mul(factors, points)
    }
}

/// The point of a canonical encoding that is not of small order.
fn read_point(encoded: &[u8], small: &SmallOrder) -> Option<EdwardsPoint> {
    let encoded = CompressedEdwardsY::from_slice(encoded).ok()?;
    // Points with x = 0 have a second encoding that is not canonical; they are of small order.
    if !is_below_the_prime(&encoded.0) || small.contains(&y(encoded)) {
        return None;
    }
    encoded.decompress()
}

/// The `y` of the eight points of small order, which nothing but these has: an `x` and its negative have the same order.
type SmallOrder = [[u8; 32]; 8];

/// An encoded point without the sign of its `x`.
fn y(encoded: CompressedEdwardsY) -> [u8; 32] {
    let mut bytes = encoded.0;
    bytes[31] &= 0x7f;
    bytes
}

/// Whether the `y` of an encoded point is below `2^255 - 19`.
fn is_below_the_prime(encoded: &[u8; 32]) -> bool {
    encoded[0] < 0xed || encoded[1..31].iter().any(|byte| *byte != 0xff) || encoded[31] & 0x7f != 0x7f
}

/// Whether `ℓP` is zero: `(ℓ - 1)P` is `-P` then. Most digits of `ℓ - 1` are zero, which makes this fast.
pub(super) fn is_torsion_free(point: &EdwardsPoint) -> bool {
    let minus_one = -Scalar::ONE;
    EdwardsPoint::vartime_double_scalar_mul_basepoint(&minus_one, point, &Scalar::ZERO) == -point
}
