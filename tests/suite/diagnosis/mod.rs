//! Why a signature fails: the shared broken ones, thousands that are broken on purpose, and those that must not be
//! explained.

#![allow(clippy::print_stdout, reason = "the test prints its table")]

mod draft;
mod mistakes;
mod random;

use std::collections::BTreeMap;

use serde::Deserialize;
use versia_cli::signing::{
    Budget, Evidence, Explanation, Fields, Kind, SecretKey, Unverified, Window, explain, read_key, verify,
};

use self::draft::Draft;
use self::mistakes::MISTAKES;
use self::random::Random;
use crate::fixture::root;

const TAMPERED_OR_ANOTHER_KEY: &str = "VS491";

#[derive(Deserialize)]
struct Broken {
    name: String,
    kind: String,
    public_key_spki: String,
    method: String,
    target: String,
    body: String,
    signed_by: String,
    signed_at: String,
    signature: String,
    cause: String,
    signed_string: String,
    #[serde(default)]
    host: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

/// The codes of the causes that the vectors name.
fn code_of(cause: &str) -> &'static str {
    match cause {
        "method_uppercase" => "VS403",
        "wrong_method" => "VS404",
        "path_with_query" => "VS411",
        "path_decoded" => "VS412",
        "path_double_encoded" => "VS413",
        "full_url_signed" => "VS416",
        "trailing_slash" => "VS417",
        "signed_in_milliseconds" => "VS421",
        "header_in_milliseconds" => "VS422",
        "digest_hex" => "VS431",
        "digest_base64url" => "VS432",
        "digest_unpadded" => "VS433",
        "digest_with_prefix" => "VS434",
        "digest_of_empty_body" => "VS441",
        "body_reserialised" => "VS442",
        "body_trailing_newline" => "VS443",
        "body_crlf" => "VS444",
        "newline_separators" => "VS451",
        "newline_at_end" => "VS452",
        "signature_base64url" => "VS461",
        "signature_hex" => "VS463",
        "nonce_scheme" => "VS481",
        "wrong_key" | "body_tampered" => TAMPERED_OR_ANOTHER_KEY,
        other => panic!("{other} has no code"),
    }
}

fn codes(explanation: &Explanation) -> Vec<&'static str> {
    explanation.causes.iter().map(|cause| cause.code.id).collect()
}

fn explain_vector(vector: &Broken) -> Explanation {
    let key = read_key(vector.public_key_spki.as_bytes()).unwrap().public_key().unwrap();
    let headers: Vec<_> =
        vector.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let fields = if headers.is_empty() {
        Fields::once(&vector.signature, &vector.signed_at, &vector.signed_by)
    } else {
        Fields::from_headers(headers.iter().copied())
    };
    let kind = if vector.kind == "response" { Kind::Response } else { Kind::Request };
    let (method, target, body) = (vector.method.as_str(), vector.target.as_str(), vector.body.as_bytes());
    let hosts: Vec<_> = vector.host.iter().map(String::as_str).collect();
    let evidence = Evidence {
        message: Unverified { kind, method, target, fields, body },
        headers: &headers,
        hosts: &hosts,
        key: Some(&key),
        suspects: &[],
    };
    explain(&evidence, &Budget::unlimited()).unwrap_or_else(|| panic!("{} is not explained", vector.name))
}

#[test]
fn the_first_cause_of_each_shared_vector_is_its_own() {
    let text = std::fs::read_to_string(root().join("tests/vectors/broken.json")).unwrap();
    let vectors: Vec<Broken> = serde_json::from_str(&text).unwrap();
    assert_eq!(vectors.len(), 48);
    for vector in &vectors {
        let explanation = explain_vector(vector);
        assert_eq!(codes(&explanation), [code_of(&vector.cause)], "{}: {explanation:?}", vector.name);
        if explanation.is_explained() {
            assert_eq!(explanation.signed(), vector.signed_string, "{}", vector.name);
            assert!(explanation.causes.iter().all(|cause| cause.hint.is_some()));
        }
    }
}

#[derive(Deserialize)]
struct Serialisers {
    documents: Vec<Document>,
}

#[derive(Deserialize)]
struct Document {
    sent: String,
    forms: Vec<Form>,
}

#[derive(Deserialize)]
struct Form {
    by: String,
    text: String,
}

fn documents() -> Vec<Document> {
    let text = std::fs::read_to_string(root().join("tests/vectors/serialisers.json")).unwrap();
    serde_json::from_str::<Serialisers>(&text).unwrap().documents
}

#[test]
fn a_body_that_a_real_serialiser_wrote_anew_is_recognised() {
    for Document { sent, forms } in documents() {
        for Form { by, text } in forms.into_iter().filter(|form| form.text != sent) {
            let mut draft = Draft::new(&mut Random::new(1));
            draft.body = sent.clone().into_bytes();
            draft.hashed = text.into_bytes();
            let explanation = draft.sign().explain().unwrap();
            // A document that is the same but for blanks at its end, or its line ends, has a simpler cause.
            assert!(
                ["VS442", "VS443", "VS444"].contains(&codes(&explanation)[0]),
                "{by} of {sent}: {:?}",
                explanation.causes
            );
        }
    }
}

/// What came of the cases of one mistake.
#[derive(Default, Clone, Copy)]
struct Tally {
    right: u32,
    unexplained: u32,
    wrong: u32,
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.right += other.right;
        self.unexplained += other.unexplained;
        self.wrong += other.wrong;
    }

    fn line(&self, name: &str) {
        let all = self.right + self.unexplained + self.wrong;
        println!(
            "{name:<42} {all:>5} cases  {:>6.2} % right  {:>3} unexplained  {:>2} wrong",
            f64::from(self.right) / f64::from(all) * 100.0,
            self.unexplained,
            self.wrong
        );
    }

    fn share(&self) -> f64 {
        f64::from(self.right) / f64::from(self.right + self.unexplained + self.wrong)
    }
}

/// Makes a message with these mistakes, and judges the explanation of it; `None` where they cannot be made here.
fn attempt(chosen: &[usize], random: &mut Random) -> Option<Tally> {
    let mut draft = Draft::new(random);
    let mut expected = Vec::new();
    for mistake in chosen.iter().map(|place| &MISTAKES[*place]) {
        (mistake.make)(&mut draft, random)?;
        expected.push(mistake.code);
    }
    // One mistake may have made another one none.
    let blank = expected.contains(&"VS436") && draft.hashed != draft.body;
    let plain = expected.contains(&"VS432")
        && (draft.digest)(&draft.hashed) == draft::base64_of_sha256(&draft.hashed);
    let sent = draft.sign();
    let unmarked = expected.contains(&"VS461") && sent.is_unmarked();
    if blank || plain || unmarked || sent.is_valid() {
        return None;
    }
    let explanation = sent.explain().unwrap_or_else(|| panic!("{expected:?} is not looked into: {sent:?}"));
    let mut found = codes(&explanation);
    found.sort_unstable();
    expected.sort_unstable();
    let mut tally = Tally::default();
    if found == expected {
        tally.right = 1;
    } else if !explanation.is_explained() {
        tally.unexplained = 1;
        println!("unexplained: {expected:?} of {sent:?}");
    } else {
        tally.wrong = 1;
        println!("wrong: {found:?} for {expected:?}: {:?} of {sent:?}", explanation.causes);
    }
    Some(tally)
}

/// Cases of one combination after the other, until there are so many.
fn run(combinations: &[Vec<usize>], wanted: usize, seed: u64) -> BTreeMap<String, Tally> {
    let mut random = Random::new(seed);
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let mut made = 0;
    for round in 0.. {
        for chosen in combinations {
            if made == wanted {
                return tallies;
            }
            if let Some(tally) = attempt(chosen, &mut random) {
                let names: Vec<_> = chosen.iter().map(|place| MISTAKES[*place].name).collect();
                tallies.entry(names.join(" + ")).or_default().add(tally);
                made += 1;
            }
        }
        assert!(round < 10_000, "some mistakes can never be made");
    }
    tallies
}

fn total(tallies: &BTreeMap<String, Tally>) -> Tally {
    tallies.values().fold(Tally::default(), |mut all, one| {
        all.add(*one);
        all
    })
}

#[test]
fn mistakes_made_on_purpose_are_named_and_never_others() {
    let singles: Vec<_> = (0..MISTAKES.len()).map(|place| vec![place]).collect();
    let all_pairs: Vec<_> = (0..MISTAKES.len())
        .flat_map(|one| (one + 1..MISTAKES.len()).map(move |other| vec![one, other]))
        .filter(|pair| MISTAKES[pair[0]].part != MISTAKES[pair[1]].part)
        .collect();
    let (one_by_one, (first, second)) = std::thread::scope(|scope| {
        let halves = all_pairs.split_at(all_pairs.len() / 2);
        let first = scope.spawn(move || run(halves.0, PAIRS / 2, 2));
        let singles = run(&singles, SINGLES, 1);
        let second = run(halves.1, PAIRS / 2, 3);
        (singles, (first.join().unwrap(), second))
    });
    for (name, tally) in &one_by_one {
        tally.line(name);
    }
    let mut pairs: BTreeMap<String, Tally> = BTreeMap::new();
    for (name, tally) in first.iter().chain(&second) {
        for half in name.split(" + ") {
            pairs.entry(format!("{half} + another")).or_default().add(*tally);
        }
    }
    for (name, tally) in &pairs {
        tally.line(name);
    }
    let singles = total(&one_by_one);
    let mut pairs = total(&first);
    pairs.add(total(&second));
    singles.line("all singles");
    pairs.line("all pairs");
    assert!(singles.share() >= 0.98 && pairs.share() >= 0.90);
    assert_eq!((singles.wrong, pairs.wrong), (0, 0));
}

const SINGLES: usize = 1_400;
const PAIRS: usize = 640;

#[test]
fn a_valid_signature_is_never_explained() {
    let mut random = Random::new(4);
    for _ in 0..150 {
        let sent = Draft::new(&mut random).sign();
        assert!(sent.is_valid() && sent.explain().is_none(), "{sent:?}");
    }
}

#[test]
fn a_tampered_body_has_no_cause_but_tampering_or_another_key() {
    let mut random = Random::new(5);
    let mut seen = 0;
    while seen < 20 {
        let mut sent = Draft::new(&mut random).sign();
        if !sent.tamper(&mut random) {
            continue;
        }
        let explanation = sent.explain().unwrap();
        assert_eq!(codes(&explanation), [TAMPERED_OR_ANOTHER_KEY], "{sent:?}");
        assert!(explanation.tried > 10_000 && !explanation.ruled_out.is_empty());
        seen += 1;
    }
}

#[test]
fn another_key_that_is_not_known_leaves_the_same_two() {
    let mut random = Random::new(6);
    for _ in 0..8 {
        let mut draft = Draft::new(&mut random);
        draft.signing_key = [9; 32];
        assert_eq!(codes(&draft.sign().explain().unwrap()), [TAMPERED_OR_ANOTHER_KEY]);
    }
}

#[test]
fn a_search_that_is_stopped_short_says_so() {
    let mut draft = Draft::new(&mut Random::new(7));
    draft.signing_key = [9; 32];
    let sent = draft.sign();
    let explanation = sent.explain_within(&Budget::within(std::time::Duration::ZERO)).unwrap();
    assert!(explanation.stopped_short && codes(&explanation) == [TAMPERED_OR_ANOTHER_KEY]);
    assert!(explanation.causes[0].message.contains("the time was up"), "{}", explanation.causes[0].message);
}

#[test]
fn what_no_string_makes_good_is_not_looked_into() {
    let key = SecretKey::from_seed(&[7; 32]).public();
    for (signature, signed_at) in [("", "1"), ("AAAA", "1"), (&*"A".repeat(86), "1")] {
        let fields = Fields::once(signature, signed_at, "a.example");
        let message = Unverified { kind: Kind::Request, method: "GET", target: "/", fields, body: b"" };
        let evidence = Evidence { message, headers: &[], hosts: &[], key: Some(&key), suspects: &[] };
        assert_eq!(explain(&evidence, &Budget::unlimited()), None);
        assert_ne!(verify(&message, Some(&key), Window::Ignore).matches, Some(true));
    }
}
