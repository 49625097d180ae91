use std::sync::atomic::{AtomicU64, Ordering};

use curve25519_dalek::constants::EIGHT_TORSION;
use ed25519_dalek::{Signature, VerifyingKey};

use super::*;
use crate::signing::SecretKey;

/// The prime of the field, `2^255 - 19`.
const PRIME: [u8; 32] = {
    let mut bytes = [0xff; 32];
    (bytes[0], bytes[31]) = (0xed, 0x7f);
    bytes
};

/// The order of the group, little-endian (RFC 8032, 5.1).
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// The same bytes in every run: a test that fails once fails again.
fn noise(bytes: &mut [u8]) -> bool {
    static BLOCK: AtomicU64 = AtomicU64::new(0);
    for chunk in bytes.chunks_mut(64) {
        let block = Sha512::digest(BLOCK.fetch_add(1, Ordering::Relaxed).to_le_bytes());
        chunk.copy_from_slice(&block[..chunk.len()]);
    }
    true
}

fn random(limit: usize) -> usize {
    let mut bytes = [0; 8];
    noise(&mut bytes);
    (u64::from_le_bytes(bytes) % limit as u64) as usize
}

/// `a + b`, little-endian; what does not fit is lost.
fn sum(a: [u8; 32], b: [u8; 32]) -> [u8; 32] {
    let mut carry = 0;
    std::array::from_fn(|index| {
        let digit = u16::from(a[index]) + u16::from(b[index]) + carry;
        carry = digit >> 8;
        digit as u8
    })
}

/// Anything that may be put before a verifier.
#[derive(Clone)]
struct Made {
    key: PublicKey,
    message: Vec<u8>,
    signature: [u8; 64],
}

impl Made {
    fn claim(&self) -> Claim<'_> {
        Claim { key: self.key, message: &self.message, signature: self.signature }
    }

    /// Whether cofactored verification would take it: `8(sB - kA - R)` is zero.
    fn holds_with_cofactor(&self) -> bool {
        let claim = self.claim();
        let point = |bytes: &[u8]| CompressedEdwardsY::from_slice(bytes).unwrap().decompress();
        let (Some(s), Some(r), Some(a)) = (claim.s(), point(claim.r()), point(self.key.as_bytes())) else {
            return false;
        };
        (EdwardsPoint::mul_base(&s) - claim.k() * a - r).is_small_order()
    }
}

/// A private scalar, and a public key with a part of its own in the torsion.
#[derive(Clone, Copy)]
struct Signer {
    a: Scalar,
    public: PublicKey,
}

fn signer(seed: u64, torsion: EdwardsPoint) -> Signer {
    let a = Scalar::from_bytes_mod_order_wide(&Sha512::digest(seed.to_le_bytes()).into());
    let bytes = (EdwardsPoint::mul_base(&a) + torsion).compress().to_bytes();
    Signer { a, public: PublicKey::from_bytes(&bytes).unwrap().unwrap() }
}

impl Signer {
    /// A signature with this `R` as it is written, of which `r` is the part with the base.
    fn sign(&self, message: &[u8], encoded: [u8; 32], r: Scalar) -> Made {
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&encoded);
        let mut made = Made { key: self.public, message: message.to_vec(), signature };
        let s = r + made.claim().k() * self.a;
        made.signature[32..].copy_from_slice(s.as_bytes());
        made
    }

    /// A signature whose `R` has this part in the torsion.
    fn sign_with(&self, message: &[u8], torsion: EdwardsPoint) -> Made {
        let mut wide = [0; 64];
        noise(&mut wide);
        let r = Scalar::from_bytes_mod_order_wide(&wide);
        self.sign(message, (EdwardsPoint::mul_base(&r) + torsion).compress().to_bytes(), r)
    }

    fn good(&self, message: &[u8]) -> Made {
        self.sign_with(message, EdwardsPoint::identity())
    }
}

fn plain(seed: u64) -> Signer {
    signer(seed, EdwardsPoint::identity())
}

/// So many good signatures: enough for an equation.
fn good_ones(count: usize) -> Vec<Made> {
    let signer = plain(1);
    (0..count).map(|number| signer.good(&number.to_le_bytes())).collect()
}

/// Asserts that the verdicts are those of strict verification of each; gives them.
#[track_caller]
fn same_as_strict(verifier: &mut BatchVerifier, made: &[Made]) -> Vec<bool> {
    let claims: Vec<_> = made.iter().map(Made::claim).collect();
    let strict: Vec<_> = made
        .iter()
        .map(|one| {
            let key = VerifyingKey::from_bytes(one.key.as_bytes()).unwrap();
            key.verify_strict(&one.message, &Signature::from_bytes(&one.signature)).is_ok()
        })
        .collect();
    let verdicts = verifier.verify(&claims);
    for (number, (verdict, strict)) in verdicts.iter().zip(&strict).enumerate() {
        assert_eq!(verdict, strict, "{number}: {:02x?}", made[number].signature);
    }
    let mut prepared = HashMap::new();
    for (one, strict) in made.iter().zip(&strict) {
        let key = prepared.entry(*one.key.as_bytes()).or_insert_with(|| PreparedKey::new(one.key).unwrap());
        assert_eq!(key.verifies(&one.message, &one.signature), *strict, "{:02x?}", one.signature);
    }
    verdicts
}

/// Puts special ones among good ones, so that there is an equation; and by themselves, so that there is none.
#[track_caller]
fn same_as_strict_everywhere(special: &[Made]) -> Vec<bool> {
    let mut all = good_ones(SMALLEST_EQUATION);
    for (number, one) in special.iter().enumerate() {
        all.insert(number * all.len() / special.len(), one.clone());
    }
    same_as_strict(&mut BatchVerifier::new(noise), &all);
    // With its like, so that there is a table; and alone.
    for one in special {
        same_as_strict(&mut BatchVerifier::new(noise), &vec![one.clone(); WORTH_A_TABLE]);
    }
    same_as_strict(&mut BatchVerifier::new(noise), special)
}

/// Every encoding of a point of small order, canonical or not: `y`, `y + p` where that has 255 bits, and both signs.
fn small_order_encodings() -> Vec<[u8; 32]> {
    let mut found = Vec::new();
    for torsion in EIGHT_TORSION {
        let mut y = torsion.compress().to_bytes();
        y[31] &= 0x7f;
        let other = sum(y, PRIME);
        for bytes in [Some(y), (other[31] & 0x80 == 0).then_some(other)].into_iter().flatten() {
            for sign in [0, 0x80] {
                let mut encoded = bytes;
                encoded[31] |= sign;
                if CompressedEdwardsY(encoded).decompress().is_some() && !found.contains(&encoded) {
                    found.push(encoded);
                }
            }
        }
    }
    found
}

#[test]
fn points_of_small_order_are_refused_however_they_are_written() {
    let encodings = small_order_encodings();
    // The eight points; y = 0 and y = 1 plus p, each with both signs; and the points with x = 0 with a sign.
    assert_eq!(encodings.len(), 14);
    let signer = plain(2);
    let mut special = Vec::new();
    for encoded in encodings {
        // s = ka, and s = 0: with R of small order, 8(sB - kA - R) is zero for the first.
        let one = signer.sign(b"small", encoded, Scalar::ZERO);
        assert!(one.holds_with_cofactor());
        let mut zero = one.clone();
        zero.signature[32..].fill(0);
        special.extend([one, zero]);
        assert!(PublicKey::from_bytes(&encoded).unwrap().is_err(), "a key of small order is none");
    }
    assert!(same_as_strict_everywhere(&special).iter().all(|holds| !holds));
}

#[test]
fn torsion_in_the_key_or_in_r_is_judged_as_strict_verification_judges_it() {
    let mut special = Vec::new();
    for (number, of_key) in EIGHT_TORSION.into_iter().enumerate() {
        let signer = signer(number as u64, of_key);
        for of_r in EIGHT_TORSION {
            special.extend((0_u8..4).map(|message| signer.sign_with(&[message], of_r)));
        }
    }
    assert!(special.iter().all(Made::holds_with_cofactor));
    let verdicts = same_as_strict_everywhere(&special);
    let holding = verdicts.iter().filter(|holds| **holds).count();
    // Where the torsion of kA and of R cancel out, strict verification takes it: by chance, in one of eight.
    assert!((10..100).contains(&holding), "{holding} of {}", verdicts.len());
}

#[test]
fn an_encoding_that_is_not_canonical_is_refused_and_a_key_may_have_one() {
    let mut points = 0;
    for low in 0..19 {
        let mut y = [0; 32];
        y[0] = low;
        for sign in [0, 0x80] {
            let mut encoded = sum(y, PRIME);
            encoded[31] |= sign;
            let Some(point) = CompressedEdwardsY(encoded).decompress() else { continue };
            points += 1;
            // Nobody knows the scalar of such a point: signatures with it are refused, whichever s they have.
            let mut special = vec![plain(3).sign(b"R", encoded, Scalar::ONE)];
            special.push(plain(3).sign(b"R", point.compress().to_bytes(), Scalar::ONE));
            if let Some(Ok(key)) = PublicKey::from_bytes(&encoded) {
                special.push(Made { key, ..plain(3).good(b"A") });
            }
            assert!(same_as_strict_everywhere(&special).iter().all(|holds| !holds));
        }
    }
    assert!(points > 10, "{points}");
}

#[test]
fn s_has_to_be_below_the_order() {
    let good = plain(4).good(b"s");
    let mut special = vec![good.clone()];
    let mut s = [0; 32];
    s.copy_from_slice(&good.signature[32..]);
    // s + ℓ, s + 2ℓ … to s + 7ℓ, and s with each of the high bits.
    for _ in 0..7 {
        s = sum(s, ORDER);
        let mut over = good.clone();
        over.signature[32..].copy_from_slice(&s);
        special.push(over);
    }
    for bit in 4..8 {
        let mut over = good.clone();
        over.signature[63] |= 1 << bit;
        special.push(over);
    }
    for s in [ORDER, [0xff; 32], [0; 32]] {
        let mut other = good.clone();
        other.signature[32..].copy_from_slice(&s);
        special.push(other);
    }
    let verdicts = same_as_strict_everywhere(&special);
    assert_eq!(verdicts.iter().filter(|holds| **holds).count(), 1);
}

/// Changes `s` by so much.
fn shift(made: &mut Made, by: Scalar) {
    let s = made.claim().s().unwrap() + by;
    made.signature[32..].copy_from_slice(s.as_bytes());
}

#[test]
fn what_cancels_out_within_a_batch_is_refused() {
    let signer = plain(5);
    let one = Scalar::ONE;
    let mut all = good_ones(SMALLEST_EQUATION);
    let expected = all.len();
    // E = B and E = -B; E = B twice and E = -2B; and pairs, fours and eights of torsion that add up to nothing.
    for (number, by) in [one, -one, one, one, -(one + one)].into_iter().enumerate() {
        let mut made = signer.good(&[number as u8]);
        shift(&mut made, by);
        all.insert(100 * number, made);
    }
    assert_eq!(
        same_as_strict(&mut BatchVerifier::new(noise), &all).iter().filter(|holds| **holds).count(),
        expected
    );
    for parts in [&[4, 4][..], &[2, 6], &[1, 7], &[2, 2, 2, 2], &[1; 8], &[4, 2, 2], &[4; 64]] {
        let mut all = good_ones(SMALLEST_EQUATION);
        let special: Vec<_> = parts.iter().map(|part| signer.sign_with(b"x", EIGHT_TORSION[*part])).collect();
        assert!(special.iter().all(Made::holds_with_cofactor));
        all.extend(special);
        let verdicts = same_as_strict(&mut BatchVerifier::new(noise), &all);
        assert_eq!(verdicts.iter().filter(|holds| **holds).count(), expected);
    }
}

#[test]
fn a_single_equation_would_take_what_the_torsion_test_refuses() {
    let signer = plain(6);
    let (mut taken, mut shown) = (0, 0);
    for _ in 0..64 {
        let pair = [signer.sign_with(b"x", EIGHT_TORSION[4]), signer.sign_with(b"y", EIGHT_TORSION[4])];
        let key = CompressedEdwardsY(*signer.public.as_bytes()).decompress().unwrap();
        let mut equation = Equation::new(vec![key], 2);
        for (number, made) in pair.iter().enumerate() {
            let mut bytes = [0; NOISE];
            noise(&mut bytes);
            equation.add(number, 0, &made.claim(), &bytes);
        }
        taken += usize::from(equation.adds_up(0..2));
        shown += usize::from(equation.has_torsion());
    }
    assert!((10..54).contains(&taken), "{taken}");
    assert_eq!(shown, 64);
}

/// A signature that is good, or has one of its parts changed.
fn good_or_bad(signers: &[SecretKey], bad: bool) -> Made {
    let signer = &signers[random(signers.len())];
    let mut message = vec![0; 60 + random(60)];
    noise(&mut message);
    let mut made = Made { key: signer.public(), signature: signer.sign(&message), message };
    if bad {
        match random(4) {
            0 => made.signature[random(64)] ^= 1 << random(8),
            1 => {
                let at = random(made.message.len());
                made.message[at] ^= 1 << random(8);
            }
            2 => made.key = signers[random(signers.len())].public(),
            _ => made.signature[..32].copy_from_slice(&Sha512::digest(&made.message)[..32]),
        }
    }
    made
}

/// Batches of any size, by one, few or many signers, with no, few or many bad ones.
fn random_batches(total: usize) {
    let signers: Vec<_> = (0_u8..40).map(|seed| SecretKey::from_seed(&[seed; 32])).collect();
    let mut verifier = BatchVerifier::new(noise);
    let mut done = 0;
    for round in 0.. {
        let size = if round % 3 == 0 { 1 + random(300) } else { SMALLEST_EQUATION + random(1_500) };
        let signers = &signers[..[1, 3, 40][random(3)]];
        let one_in = [usize::MAX, 1_000, 20, 2][random(4)];
        let made: Vec<_> = (0..size).map(|_| good_or_bad(signers, random(one_in) == 0)).collect();
        same_as_strict(&mut verifier, &made);
        done += size;
        if done >= total {
            return;
        }
    }
}

#[test]
fn random_signatures_good_and_bad_get_the_strict_verdicts() {
    random_batches(6_000);
}

#[test]
#[ignore = "long"]
fn many_random_signatures_good_and_bad_get_the_strict_verdicts() {
    random_batches(100_000);
}

#[test]
fn after_many_bad_ones_no_equation_is_tried_until_they_are_rare_again() {
    let mut verifier = BatchVerifier::new(noise);
    let mut made = good_ones(SMALLEST_EQUATION);
    same_as_strict(&mut verifier, &made);
    assert!(verifier.hopeful && verifier.tables.is_empty());
    made.iter_mut().take(20).for_each(|one| one.message.push(0));
    same_as_strict(&mut verifier, &made);
    assert!(!verifier.hopeful && verifier.tables.len() == 1);
    same_as_strict(&mut verifier, &good_ones(SMALLEST_EQUATION));
    assert!(verifier.hopeful);
}

#[test]
fn what_is_remembered_of_keys_is_bounded() {
    let mut verifier = BatchVerifier::new(noise);
    for round in 0..3 {
        let made: Vec<_> = (0..SMALLEST_EQUATION + 100)
            .map(|number| plain(number as u64 / 2 + 1_000 * round).good(b"few by each"))
            .collect();
        same_as_strict(&mut verifier, &made);
    }
    for number in 0..TABLES as u64 + 4 {
        let made: Vec<_> = (0..WORTH_A_TABLE).map(|_| plain(number).good(b"some by each")).collect();
        same_as_strict(&mut verifier, &made);
    }
    assert!(verifier.tested.len() <= TESTED_KEYS && verifier.tables.len() <= TABLES);
}

#[test]
fn without_randomness_there_is_no_equation() {
    let signer = plain(8);
    let mut all = good_ones(SMALLEST_EQUATION);
    let expected = all.len();
    all.extend([4, 4].map(|part| signer.sign_with(b"x", EIGHT_TORSION[part])));
    let verdicts = same_as_strict(&mut BatchVerifier::new(|_| false), &all);
    assert_eq!(verdicts.iter().filter(|holds| **holds).count(), expected);
}
