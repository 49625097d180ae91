//! Signatures: keys, the signed string, signing, verifying, and what is wrong with a signature that does not verify.
//!
//! Pure computation: no files, no sockets, no clock, no randomness. Never re-serialises: signatures are over the
//! bytes that came. The rules are on <https://versia.pub/signatures>.

mod batch;
mod diagnosis;
mod domain;
mod fields;
mod key;
mod key_forms;
mod multiples;
mod profile;
mod sign;
mod string;
mod time;
mod verify;

pub use batch::{BatchVerifier, Claim, PreparedKey};
pub use diagnosis::{Budget, Evidence, Explanation, Role, Segment, Suspect, explain};
pub use domain::{DomainError, check_domain};
pub use fields::{Field, Fields, SIGNATURE, SIGNED_AT, SIGNED_BY};
pub use key::{PublicKey, SecretKey, WeakKey};
pub use key_forms::{FoundKey, KeyError, KeyForm, KeyMaterial, read_key};
pub use profile::Profile;
pub use sign::{Signed, Signer, lint, lint_json};
pub use string::{SignedString, signed_path, write_signed_string};
pub use time::{MAX_SKEW, Window, describe_seconds, parse_seconds};
pub use verify::{Kind, Unverified, Verdict, Verification, VerifyingWith, verify, verify_as, verify_with};
