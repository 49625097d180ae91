//! Whether one signature was made by one key over a string, for thousands of strings.
//!
//! A signature (R, s) by the key A over M satisfies sB = R + kA with k = SHA-512(R, A, M) (RFC 8032, 5.1.7). Only k
//! depends on M: T = sB - R is computed once, and a string is the signed one when kA = T. With a table of multiples of
//! A, that is one hash and some thirty additions. What passes is verified again, strictly and by the library, which has
//! the last word; so the table can make the search miss a string, and never name a wrong one.

use std::cell::{Cell, OnceCell};

use curve25519_dalek::edwards::CompressedEdwardsY;
use curve25519_dalek::traits::Identity;
use curve25519_dalek::{EdwardsPoint, Scalar};
use sha2::{Digest, Sha512};

use crate::signing::PublicKey;
use crate::signing::multiples::Multiples;

/// How many bits a digit of the scalar has for the first strings: the table is soon made.
const FIRST_WIDTH: usize = 6;
/// How many bits it has for all others: with a larger table, each takes less time.
const LATER_WIDTH: usize = 10;
/// How many strings are the first ones.
const FIRST: u32 = 500;

/// One signature and one key, prepared.
pub(super) struct Checker {
    key: PublicKey,
    signature: [u8; 64],
    /// What kA has to be.
    wanted: EdwardsPoint,
    /// A itself.
    point: EdwardsPoint,
    /// Its multiples, for the first strings and for the others.
    first: Multiples,
    later: OnceCell<Multiples>,
    /// How many strings were checked, up to the first ones.
    checked: Cell<u32>,
}

impl Checker {
    /// Prepares a signature and a key; `None` for a signature that strict verification refuses over any string.
    pub(super) fn new(key: &PublicKey, signature: &[u8; 64]) -> Option<Self> {
        let (r_bytes, s_bytes) = signature.split_at(32);
        let r = CompressedEdwardsY::from_slice(r_bytes).ok()?.decompress()?;
        let s = Option::<Scalar>::from(Scalar::from_canonical_bytes(s_bytes.try_into().ok()?))?;
        if r.is_small_order() {
            return None;
        }
        let a = CompressedEdwardsY(*key.as_bytes()).decompress()?;
        let wanted = EdwardsPoint::mul_base(&s) - r;
        Some(Checker {
            key: *key,
            signature: *signature,
            wanted,
            point: a,
            first: Multiples::new(&a, FIRST_WIDTH),
            later: OnceCell::new(),
            checked: Cell::new(0),
        })
    }

    /// Whether the signature is this key's over `string`.
    pub(super) fn matches(&self, string: &[u8]) -> bool {
        let mut hash = Sha512::new();
        hash.update(&self.signature[..32]);
        hash.update(self.key.as_bytes());
        hash.update(string);
        let k = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
        self.multiply(&k) == self.wanted && self.key.verifies(string, &self.signature)
    }

    fn multiply(&self, k: &Scalar) -> EdwardsPoint {
        let multiples = if self.checked.get() < FIRST {
            self.checked.set(self.checked.get() + 1);
            &self.first
        } else {
            self.later.get_or_init(|| Multiples::new(&self.point, LATER_WIDTH))
        };
        let mut product = EdwardsPoint::identity();
        multiples.add_to(&mut product, k);
        product
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::SecretKey;

    #[test]
    fn the_signed_string_matches_and_no_other_does() {
        for seed in 0..20 {
            let secret = SecretKey::from_seed(&[seed; 32]);
            let signature = secret.sign(b"post /x 1 2");
            let checker = Checker::new(&secret.public(), &signature).unwrap();
            assert!(checker.matches(b"post /x 1 2"));
            assert!(!checker.matches(b"post /x 1 3"));
            assert!(
                Checker::new(&SecretKey::from_seed(&[99; 32]).public(), &signature)
                    .is_some_and(|other| !other.matches(b"post /x 1 2"))
            );
        }
    }

    #[test]
    fn the_first_strings_and_the_others_are_checked_alike() {
        let secret = SecretKey::from_seed(&[3; 32]);
        let checker = Checker::new(&secret.public(), &secret.sign(b"this one")).unwrap();
        for number in 0..FIRST + 10 {
            assert!(!checker.matches(format!("string {number}").as_bytes()));
            assert!(number % 100 != 7 || checker.matches(b"this one"));
        }
        assert!(checker.later.get().is_some() && checker.matches(b"this one"));
    }

    #[test]
    fn what_strict_verification_refuses_is_not_searched_for() {
        let secret = SecretKey::from_seed(&[3; 32]);
        let mut unreduced = secret.sign(b"x");
        unreduced[63] |= 0xf0;
        assert!(Checker::new(&secret.public(), &unreduced).is_none());
        assert!(Checker::new(&secret.public(), &[0; 64]).is_none());
    }
}
