//! A point's multiples, made once: with them, multiplying the point takes a few dozen additions and no doubling.

use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;

/// The length of a scalar below the group's order, in bits.
const SCALAR_BITS: usize = 253;

/// The multiples `d · 2^(width · place)` of a point, for `d` from 1 to `2^(width - 1)`.
pub(super) struct Multiples {
    width: usize,
    /// A row of `d` for each place.
    points: Vec<EdwardsPoint>,
}

impl Multiples {
    /// Makes the table for digits of `width` bits: 8 at most, and no divisor of 253, so that the last place has room
    /// for what is carried.
    pub(super) fn new(point: &EdwardsPoint, width: usize) -> Self {
        let (places, row) = (SCALAR_BITS / width + 1, 1 << (width - 1));
        let mut points = Vec::with_capacity(places * row);
        let mut first = *point;
        for _ in 0..places {
            let mut multiple = first;
            points.push(multiple);
            for _ in 1..row {
                multiple += &first;
                points.push(multiple);
            }
            first = multiple + multiple;
        }
        Multiples { width, points }
    }

    /// Adds `factor` times the point to a sum. Takes time that tells of the factor: it must be no secret.
    pub(super) fn add_to(&self, sum: &mut EdwardsPoint, factor: &Scalar) {
        let (bytes, half) = (factor.as_bytes(), 1 << (self.width - 1));
        let mut carry = 0;
        for (place, row) in self.points.chunks_exact(half).enumerate() {
            let mut digit = bits(bytes, place * self.width, self.width) + carry;
            carry = usize::from(digit > half);
            if carry == 0 {
                if digit > 0 {
                    *sum += &row[digit - 1];
                }
            } else {
                // A digit over half is what it lacks to the next place's one.
                digit = 2 * half - digit;
                if digit > 0 {
                    *sum -= &row[digit - 1];
                }
            }
        }
    }
}

/// The bits from `at` on, `width` of them, of a little-endian number.
fn bits(bytes: &[u8; 32], at: usize, width: usize) -> usize {
    let byte = |index: usize| bytes.get(index).copied().map_or(0, usize::from);
    let word = byte(at / 8) | byte(at / 8 + 1) << 8;
    (word >> (at % 8)) & ((1 << width) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
    use curve25519_dalek::traits::Identity;

    #[test]
    fn a_sum_of_multiples_is_the_product() {
        let mixed = ED25519_BASEPOINT_POINT + EIGHT_TORSION[1];
        let scalars = [
            Scalar::ZERO,
            Scalar::ONE,
            -Scalar::ONE,
            Scalar::from(128_u8),
            Scalar::from(u128::MAX),
            Scalar::from_bytes_mod_order([0x80; 32]),
            Scalar::from_bytes_mod_order([0xff; 32]),
            Scalar::from_bytes_mod_order([0x5a; 32]),
        ];
        for width in 2..=8 {
            let multiples = Multiples::new(&mixed, width);
            for scalar in &scalars {
                let mut sum = EdwardsPoint::identity();
                multiples.add_to(&mut sum, scalar);
                assert_eq!(sum, mixed * scalar, "{width} {scalar:?}");
            }
        }
    }
}
