//! What is the same in every line that bulk signing prints: made once, by the code that signs single bodies.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::bulk::{Job, may_be_record};
use super::{record, ws_message};
use crate::cli::ui::{is_plain, to_json};
use crate::signing::{Signed, SignedString, lint_json, write_signed_string};

/// What stands for the parts that differ. Were one of them in the rest as well, there would be no template.
const SIGNATURE: &str = "(the signature)";
const TIME: &str = "(the time of signing)";
const BODY: &str = "(the body)";

/// A line's parts that are always the same, around the signature, the time and the body, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template([String; 4]);

impl Template {
    /// The template of a job's lines; `None` when its lines cannot be made of one.
    pub(super) fn of(job: &Job) -> Option<Template> {
        let signed = Signed {
            signature: SIGNATURE.to_owned(),
            signed_at: TIME.to_owned(),
            signed_by: job.signer.domain().to_owned(),
            string: SignedString::new(&job.method, job.target.origin(), TIME, b""),
        };
        let body = BODY.as_bytes().to_vec();
        let line = match job.ws {
            true if job.method != "POST" => return None,
            true => ws_message(signed, body).ok()?,
            false => to_json(&record(&signed, &job.method, &job.target, body, job.response, false)) + "\n",
        };
        let once = |mark: &str| line.matches(mark).count() == 1;
        if ![SIGNATURE, TIME, BODY].into_iter().all(once) {
            return None;
        }
        let (first, rest) = line.split_once(SIGNATURE)?;
        let (second, rest) = rest.split_once(TIME)?;
        // The body comes with its quotes.
        let (third, last) = rest.split_once(&format!("\"{BODY}\""))?;
        Some(Template([first, second, third, last].map(str::to_owned)))
    }
}

/// Writes the lines of a block after a template.
pub(super) struct Pen<'a> {
    template: &'a Template,
    job: &'a Job,
    at: String,
    string: String,
}

impl<'a> Pen<'a> {
    /// A pen for bodies signed at `at`, in Unix seconds.
    pub(super) fn new(template: &'a Template, job: &'a Job, at: i64) -> Self {
        Pen { template, job, at: at.to_string(), string: String::new() }
    }

    /// Signs a body, appends its line, and says whether the body is JSON; `None` when the line is no usual body.
    pub(super) fn sign(&mut self, body: &[u8], output: &mut Vec<u8>) -> Option<bool> {
        let text = std::str::from_utf8(body).ok().filter(|_| !may_be_record(body))?;
        self.string.clear();
        let digest = Sha256::digest(body).into();
        write_signed_string(&self.job.method, self.job.target.origin(), &self.at, &digest, &mut self.string);
        let signature = self.job.signer.key().sign(self.string.as_bytes());
        let mut encoded = [0; 88];
        let length = STANDARD.encode_slice(signature, &mut encoded).ok()?;
        let Template([first, second, third, last]) = self.template;
        for part in
            [first.as_bytes(), &encoded[..length], second.as_bytes(), self.at.as_bytes(), third.as_bytes()]
        {
            output.extend_from_slice(part);
        }
        if is_plain(text) {
            // Writing to a vector does not fail.
            let _ = serde_json::to_writer(&mut *output, text);
        } else {
            output.extend_from_slice(to_json(&text).as_bytes());
        }
        output.extend_from_slice(last.as_bytes());
        Some(lint_json(body).is_none())
    }
}
