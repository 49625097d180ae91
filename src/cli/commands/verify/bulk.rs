//! Lines of JSON in bulk: what is signed as it should be is verified in batches; whatever else a line holds is left to
//! the way that single messages go, with the same results.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::job::{AsOf, Job, Outcome};
use crate::cli::render::bulk::{ToldKey, ValidLines};
use crate::lines::{Block, Worked};
use crate::protocol::parse_instant;
use crate::protocol::versia::{KeySource, Sighting, glance};
use crate::signing::{BatchVerifier, Claim, Profile, Verdict, Window, write_signed_string};

/// How many signers' keys are kept at hand.
const SIGNERS: usize = 4_096;

/// Verifies the lines of blocks; each thread has its own.
pub(super) struct Bulk {
    job: Arc<Job>,
    /// `None` when every line has to be told in a way that is not usual.
    valid_lines: Option<ValidLines>,
    verifier: BatchVerifier,
    /// The keys that there is nothing to say about; `None` for signers without one.
    signers: HashMap<String, Option<Arc<ToldKey>>>,
}

/// A message that is likely to be valid.
struct Likely<'a> {
    seen: Sighting<'a>,
    key: Arc<ToldKey>,
    /// Where its signed string is.
    string: Range<usize>,
}

/// A line, and its messages when all of them are likely to be valid.
struct Line<'a> {
    number: u64,
    text: &'a [u8],
    likely: Range<usize>,
}

/// What is known of a group of blocks before its signatures are verified.
#[derive(Default)]
struct Group<'a> {
    /// The lines of each block.
    blocks: Vec<Vec<Line<'a>>>,
    likely: Vec<Likely<'a>>,
    strings: String,
}

impl Bulk {
    pub(super) fn new(job: Arc<Job>) -> Self {
        let usual = !job.style.details
            && job.profile == Profile::Spec
            && job.only.is_none()
            && job.method.is_none()
            && job.path.is_none();
        Bulk {
            valid_lines: usual.then(|| ValidLines::new(job.style.json, job.style.paint)),
            job,
            verifier: BatchVerifier::new(|buffer| getrandom::fill(buffer).is_ok()),
            signers: HashMap::new(),
        }
    }

    /// Verifies the lines of these blocks.
    pub(super) fn work(&mut self, blocks: &[Block]) -> Vec<Worked<Outcome>> {
        let mut group = Group::default();
        for block in blocks {
            let mut lines = Vec::new();
            for (number, text) in block.lines().filter(|(_, text)| !text.trim_ascii().is_empty()) {
                lines.push(Line { number, text, likely: self.look(text, &mut group) });
            }
            group.blocks.push(lines);
        }
        let claims: Vec<_> = group.likely.iter().map(|likely| likely.claim(&group.strings)).collect();
        let verdicts = self.verifier.verify(&claims);
        group.blocks.iter().map(|lines| self.tell(lines, &group, &verdicts)).collect()
    }

    /// The messages of a line, when all of them are likely to be valid.
    fn look<'a>(&mut self, text: &'a [u8], group: &mut Group<'a>) -> Range<usize> {
        let start = group.likely.len();
        if self.valid_lines.is_some() && self.add(text, group).is_none() {
            group.likely.truncate(start);
        }
        start..group.likely.len()
    }

    fn add<'a>(&mut self, text: &'a [u8], group: &mut Group<'a>) -> Option<()> {
        let glance = glance(text)?;
        let window = self.window(glance.at.as_deref())?;
        for seen in [Some(glance.first), glance.second].into_iter().flatten() {
            let key = self.key_of(&seen.signed_by).filter(|_| window.contains(seen.seconds))?;
            let start = group.strings.len();
            write_signed_string(
                &seen.method,
                &seen.target,
                &seen.signed_at,
                &seen.digest,
                &mut group.strings,
            );
            group.likely.push(Likely { seen, key, string: start..group.strings.len() });
        }
        Some(())
    }

    fn window(&self, at: Option<&str>) -> Option<Window> {
        let as_of = match self.job.as_of {
            AsOf::Ignore => return Some(Window::Ignore),
            AsOf::Moment(moment) => moment,
            AsOf::Own => at.map_or(Some(self.job.now), parse_instant)?,
        };
        Some(Window::Around { as_of, max_skew: self.job.max_skew })
    }

    /// The key of a signer, when there is nothing to say about it.
    fn key_of(&mut self, signer: &str) -> Option<Arc<ToldKey>> {
        if let Some(known) = self.signers.get(signer) {
            return known.clone();
        }
        let known = self.job.keys.key_of(Some(signer)).ok().filter(|known| known.findings.is_empty());
        let known = known.map(|known| Arc::new(ToldKey::from(known)));
        if self.signers.len() == SIGNERS {
            self.signers.clear();
        }
        self.signers.insert(signer.to_owned(), known.clone());
        known
    }

    /// Tells what came of a block's lines.
    fn tell(&self, lines: &[Line<'_>], group: &Group<'_>, verdicts: &[bool]) -> Worked<Outcome> {
        let mut worked = Worked { output: Vec::new(), summary: Outcome::default() };
        let mut valid = 0;
        for line in lines {
            let likely = &group.likely[line.likely.clone()];
            match &self.valid_lines {
                Some(told)
                    if !likely.is_empty() && verdicts[line.likely.clone()].iter().all(|holds| *holds) =>
                {
                    valid += likely.len() as u64;
                    for one in likely {
                        let string = &group.strings[one.string.clone()];
                        told.write(line.number, &one.seen, string, &one.key, &mut worked.output);
                    }
                }
                _ => worked.summary.add(self.job.verify_line(line.number, line.text, &mut worked.output)),
            }
        }
        if valid > 0 {
            *worked.summary.verdicts.entry(Verdict::Valid).or_default() += valid;
        }
        worked
    }
}

impl Likely<'_> {
    fn claim<'a>(&self, strings: &'a str) -> Claim<'a> {
        let message = strings[self.string.clone()].as_bytes();
        Claim { key: self.key.key, message, signature: self.seen.signature }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::job::Explaining;
    use super::*;
    use crate::cli::known_keys::KnownKeys;
    use crate::cli::render::verification::Style;
    use crate::cli::ui::Painter;
    use crate::lines::Blocks;
    use crate::protocol::versia::INBOX;
    use crate::signing::{MAX_SKEW, SecretKey, Signer};

    const AT: i64 = 1_729_243_417;

    fn signer() -> Signer {
        Signer::new(SecretKey::from_seed(&[7; 32]), "a.example")
    }

    fn job(json: bool, keys: KnownKeys, as_of: AsOf) -> Arc<Job> {
        let style = Style { json, details: false, paint: Painter::new(!json) };
        Arc::new(Job {
            keys: Arc::new(keys),
            as_of,
            now: AT,
            max_skew: MAX_SKEW,
            only: None,
            method: None,
            path: None,
            profile: Profile::Spec,
            explain: Explaining::No,
            style,
            single: false,
        })
    }

    /// Three jobs that differ in everything that a line's way depends on.
    fn jobs() -> [Arc<Job>; 3] {
        let given = || KnownKeys::given(signer().key().public(), "a \"key\" given");
        [
            job(true, given(), AsOf::Own),
            job(false, given(), AsOf::Ignore),
            job(true, KnownKeys::default(), AsOf::Moment(AT)),
        ]
    }

    /// Everything that came of some lines, as text.
    fn shown(output: &[u8], outcome: &Outcome) -> String {
        let Outcome { verdicts, codes, bad, incomplete, response_alone, unexplained } = outcome;
        let output = String::from_utf8_lossy(output);
        format!("{output}{verdicts:?} {codes:?} {bad:?} {incomplete} {response_alone} {unexplained}")
    }

    fn blocks(input: &str) -> Vec<Block> {
        Blocks::of_size(input.as_bytes(), 1 << 12).map(Result::unwrap).collect()
    }

    /// The way of many lines.
    fn together(bulk: &mut Bulk, input: &str) -> String {
        let (mut output, mut all) = (Vec::new(), Outcome::default());
        for worked in bulk.work(&blocks(input)) {
            output.extend(worked.output);
            all.add(worked.summary);
        }
        shown(&output, &all)
    }

    /// The way of single lines.
    fn one_by_one(job: &Job, input: &str) -> String {
        let (mut output, mut all) = (Vec::new(), Outcome::default());
        for (number, line) in
            blocks(input).into_iter().flatten().filter(|(_, line)| !line.trim_ascii().is_empty())
        {
            all.add(job.verify_line(number, &line, &mut output));
        }
        shown(&output, &all)
    }

    fn headers(method: &str, target: &str, body: &str) -> Value {
        let signed = signer().sign(method, target, AT, body.as_bytes());
        json!([
            ["Accept", "application/vnd.versia+json"],
            ["Content-Type", "application/vnd.versia+json; charset=utf-8"],
            ["versia-signature", signed.signature],
            ["Versia-Signed-By", signed.signed_by],
            ["VERSIA-SIGNED-AT", signed.signed_at]
        ])
    }

    fn request(method: &str, target: &str, body: &str) -> Value {
        json!({"method": method, "target": target, "headers": headers(method, target, body), "body": body})
    }

    fn message(body: &str) -> Value {
        let signed = signer().sign("POST", INBOX, AT, body.as_bytes());
        json!({"signature": signed.signature, "signed_at": signed.signed_at, "signed_by": signed.signed_by,
               "entity": body})
    }

    /// Lines of every form, most of them good.
    fn lines() -> Vec<String> {
        let body = "{\"id\":\"1\",\"type\":\"Note\",\"content\":\"é \u{1f600} \\\\ \\u0041\"}";
        let post = || request("POST", INBOX, body);
        let full = json!({"v": 1, "id": "x\\y", "at": "2024-10-18T09:23:40.123Z", "transport": "http", "direction": "in",
            "peer": "127.0.0.1:1", "protocol": "versia", "session": "s", "seq": 1, "attempt_of": "z", "http": "1.1",
            "tls": "1.3", "timings": {"dns": 1.5, "total": 2}, "truncated": false, "request": post()});
        let mut judged = post();
        judged["verdict"] =
            json!({"signature": "valid", "codes": ["VS1"], "signed_by": "a.example", "key": "k"});
        let answer = json!({"status": 200, "headers": headers("GET", "/x y?z", "[]"), "body": "[]"});
        let frame = |opcode: &str| json!({"opcode": opcode, "data": message(body).to_string()});
        let mut late = full.clone();
        late["at"] = json!("2025-10-18T09:23:40Z");
        let noted = |name: &str, value: &str| {
            let mut request = post();
            request["headers"].as_array_mut().unwrap().insert(0, json!([name, value]));
            json!({"v": 1, "request": request})
        };
        [
            full,
            late,
            json!({"v": 1, "request": post()}),
            json!({"v": 1, "request": judged, "response": {"status": 202}}),
            json!({"v": 1, "request": request("GET", "/x y?z", ""), "response": answer}),
            json!({"v": 1, "request": {"method": "GET", "target": "/x y?z"}, "response": answer}),
            json!({"v": 1, "request": request("Get", "https://b.example/a%20b/é", "")}),
            json!({"v": 1, "request": request("GET", "/a\"b\\c", "")}),
            json!({"v": 1, "response": answer}),
            json!({"v": 1, "transport": "ws", "frame": frame("text")}),
            json!({"v": 1, "transport": "ws", "frame": frame("binary")}),
            json!({"v": 1, "request": {"method": "GET", "target": "/.well-known/versia", "headers": []}}),
            json!({"v": 1, "truncated": true, "request": {"method": "POST", "target": INBOX, "body": {"base64": "eA=="},
                "headers": headers("POST", INBOX, "x")}}),
            json!({"v": 2, "request": post()}),
            json!({"request": null, "signature": "x", "signed_by": "b.example", "entity": "{}"}),
            message(body),
            json!({"type": "Note"}),
            noted("Content-Type", "application/json"),
            noted("Content-Type", "text/html"),
            noted("Accept", "application/json"),
            noted("Authorization", "Bearer x"),
            json!({"v": 1, "request": request("POST", INBOX, "{\"author\":\"alice\"}")}),
            json!({"v": 1, "request": request("POST", INBOX, "{\"author\":\"A.example:alice\"}")}),
            json!({"v": 1, "request": request("POST", INBOX, "{\"author\":\"c.example:alice\"}")}),
            json!({"v": 1, "request": request("POST", INBOX, "{\"\\u0061uthor\":\"c.example:alice\"}")}),
        ]
        .iter()
        .map(Value::to_string)
        .collect()
    }

    /// The same numbers in every run.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, limit: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((self.0 >> 33) % limit as u64) as usize
        }
    }

    /// The line with a part that is removed, doubled, or replaced by another one.
    fn changed(line: &str, numbers: &mut Numbers) -> String {
        const OTHERS: [&str; 14] = [
            "\"",
            "\\",
            "null",
            "1",
            " ",
            "{}",
            "[]",
            "\\u0022",
            "é",
            "A",
            "-",
            ",\"v\":1",
            "\"X-Nonce\"",
            "true",
        ];
        let places: Vec<_> = line.char_indices().map(|(at, _)| at).collect();
        let from = places[numbers.below(places.len())];
        let longest = if numbers.below(2) == 0 { 2 } else { 60 };
        let to = *places.iter().find(|at| **at >= from + numbers.below(longest)).unwrap_or(&line.len());
        let between = match numbers.below(3) {
            0 => String::new(),
            1 => line[from..to].repeat(2),
            _ => OTHERS[numbers.below(OTHERS.len())].to_owned(),
        };
        format!("{}{between}{}", &line[..from], &line[to..])
    }

    #[test]
    fn lines_in_bulk_are_told_of_as_single_ones_are() {
        let mut numbers = Numbers(1);
        let mut input = String::new();
        for line in lines() {
            input += &format!("{line}\n");
            for _ in 0..60 {
                input += &format!("{}\n", changed(&line, &mut numbers));
            }
        }
        for job in jobs() {
            let expected = one_by_one(&job, &input);
            assert_eq!(together(&mut Bulk::new(Arc::clone(&job)), &input), expected);
        }
    }

    #[test]
    fn what_is_good_goes_the_fast_way() {
        let good = lines();
        for (number, fast) in [(0, 1), (1, 0), (2, 1), (4, 2), (5, 1), (9, 1), (15, 1), (6, 0), (16, 0)]
            .into_iter()
            .chain([(17, 0), (18, 0), (19, 0), (20, 0), (21, 1), (22, 1), (23, 0), (24, 0)])
        {
            let mut bulk = Bulk::new(Arc::clone(&jobs()[0]));
            let looked = bulk.look(good[number].as_bytes(), &mut Group::default());
            assert_eq!(looked.len(), fast, "{}", good[number]);
        }
    }

    #[test]
    fn a_batch_with_bad_ones_in_it_tells_the_bad_ones_only() {
        let mut input = String::new();
        for number in 0..1_200 {
            let body = format!("{{\"n\":{number}}}");
            let mut line = json!({"v": 1, "request": request("POST", INBOX, &body)});
            if number % 400 == 7 {
                line["request"]["body"] = json!("tampered");
            }
            input += &format!("{line}\n");
        }
        for job in &jobs()[..2] {
            let told = together(&mut Bulk::new(Arc::clone(job)), &input);
            assert!(told.contains("{Valid: 1197, Invalid: 3} {\"VS401\": 3}"), "{told}");
            assert_eq!(told, one_by_one(job, &input));
        }
    }
}
