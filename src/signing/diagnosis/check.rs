//! Whether one signature was made by one key over a string, for thousands of strings.
//!
//! A signature (R, s) by the key A over M satisfies sB = R + kA with k = SHA-512(R, A, M) (RFC 8032, 5.1.7). Only k
//! depends on M: T = sB - R is computed once, and a string is the signed one when kA = T. With a table of multiples of
//! A, that is one hash and some thirty additions. What passes is verified again, strictly and by the library, which has
//! the last word; so the table can make the search miss a string, and never name a wrong one.

use curve25519_dalek::edwards::CompressedEdwardsY;
use curve25519_dalek::traits::Identity;
use curve25519_dalek::{EdwardsPoint, Scalar};
use sha2::{Digest, Sha512};

use crate::signing::PublicKey;

/// How many bits of the scalar one table answers for.
const WINDOW: usize = 8;
/// How many multiples a table holds: digits are signed.
const MULTIPLES: usize = 1 << (WINDOW - 1);
/// How many tables cover a scalar.
const WINDOWS: usize = 32;

/// One signature and one key, prepared.
pub(super) struct Checker {
    key: PublicKey,
    signature: [u8; 64],
    /// What kA has to be.
    wanted: EdwardsPoint,
    /// The multiples 1 to 128 of 256^i A, for each i.
    tables: Vec<EdwardsPoint>,
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
        Some(Checker { key: *key, signature: *signature, wanted, tables: tables(a) })
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
        let mut sum = EdwardsPoint::identity();
        let mut carry = 0;
        for (table, byte) in self.tables.chunks_exact(MULTIPLES).zip(k.as_bytes()) {
            let digit = usize::from(*byte) + carry;
            // The scalar is below 2^253, so that nothing is carried out of its last byte.
            carry = usize::from(digit > MULTIPLES);
            if digit > MULTIPLES {
                let negative = 2 * MULTIPLES - digit;
                if negative > 0 {
                    sum -= &table[negative - 1];
                }
            } else if digit > 0 {
                sum += &table[digit - 1];
            }
        }
        sum
    }
}

fn tables(a: EdwardsPoint) -> Vec<EdwardsPoint> {
    let mut tables = Vec::with_capacity(WINDOWS * MULTIPLES);
    let mut base = a;
    for _ in 0..WINDOWS {
        let mut multiple = base;
        for _ in 0..MULTIPLES {
            tables.push(multiple);
            multiple += &base;
        }
        base = tables[tables.len() - 1] + tables[tables.len() - 1];
    }
    tables
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
    fn the_tables_multiply_as_the_library_does() {
        let secret = SecretKey::from_seed(&[3; 32]);
        let checker = Checker::new(&secret.public(), &secret.sign(b"")).unwrap();
        let a = CompressedEdwardsY(*secret.public().as_bytes()).decompress().unwrap();
        let odd = [0x80, 0x81, 0xff, 0x7f, 0, 1, 0x80, 0xff].repeat(4);
        for fill in [[0; 32], [0xff; 32], [0x80; 32], [0x7f; 32], odd.try_into().unwrap()] {
            let k = Scalar::from_bytes_mod_order(fill);
            assert_eq!(checker.multiply(&k), a * k);
        }
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
