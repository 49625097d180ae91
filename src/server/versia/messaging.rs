//! Instance messages: what could not be accepted is told to those who run the sender's instance. See
//! <https://versia.pub/extensions/instance-messaging>.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Instance;
use super::dispatch::Cause;
use super::taking::Taken;
use crate::client::HttpUrl;
use crate::finding::{Finding, Level};
use crate::protocol::versia::{Checked, INSTANCE, MESSAGING};
use crate::server::courier::Payload;
use crate::server::event::Delivery;
use crate::signing::{Verdict, check_domain};

/// How long an instance gets no further message after one. Who signed is what a message says of itself, so that anybody could
/// have others sent many.
const QUIET: Duration = Duration::from_secs(30);

/// How many instances are remembered that got one.
const REMEMBERED: usize = 1_000;

/// How much a message quotes, in findings.
const FINDINGS: usize = 8;

/// How much it quotes of each, in characters.
const QUOTED: usize = 300;

/// The longest name of a type that is told, in bytes.
const TYPE_NAME: usize = 80;

/// Which instances got a message, and when.
#[derive(Debug, Default)]
pub(super) struct Written(Mutex<HashMap<String, Instant>>);

impl Written {
    /// Whether it is time for another message to a domain, in whichever case it is written; takes note that there is one.
    fn may_write_to(&self, domain: &str, now: Instant) -> bool {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let domain = domain.to_ascii_lowercase();
        written.retain(|_, at| now.saturating_duration_since(*at) < QUIET);
        if written.contains_key(&domain) || written.len() >= REMEMBERED {
            return false;
        }
        written.insert(domain, now);
        true
    }
}

impl Instance {
    /// Sends the sender of a delivery a message about what is wrong with it, where that is wanted and something is. Wants a
    /// runtime.
    pub(super) fn complain(
        self: &Arc<Self>,
        checked: &[Checked],
        delivery: Option<&Delivery>,
        taken: &Taken,
        status: u16,
    ) {
        let (Some(dispatch), Some(one)) = (&self.dispatch, checked.first()) else { return };
        let signer = one.verification.signed_by.as_deref().filter(|signer| check_domain(signer).is_ok());
        let Some(signer) = signer.filter(|signer| !signer.eq_ignore_ascii_case(self.domain())) else {
            return;
        };
        let is_reachable = !matches!(
            one.verification.verdict,
            Verdict::KeyUnavailable | Verdict::Missing | Verdict::NotChecked
        );
        let findings = wrong(one, delivery, taken);
        if !self.config.participation.messages
            || !is_reachable
            || findings.is_empty()
            || !self.written.may_write_to(signer, Instant::now())
        {
            return;
        }
        let kind = delivery.and_then(|delivery| delivery.kind.as_deref()).unwrap_or_default();
        let text = text(self.domain(), kind, status, &findings);
        let (instance, dispatch, signer) = (Arc::clone(self), Arc::clone(dispatch), signer.to_owned());
        tokio::spawn(async move {
            let target = instance.messaging_target(&signer).await;
            // What has no room is not worth more than the delivery that it is about.
            let _ = dispatch.send(&signer, Payload::Message { target, text }, Cause::Came);
        });
    }

    /// Where an instance takes messages: at the place of the documents, unless its metadata names another path of its own.
    async fn messaging_target(&self, domain: &str) -> String {
        let metadata = self.ask(domain, INSTANCE).await.ok();
        let metadata: Option<Value> = metadata.and_then(|body| serde_json::from_slice(&body).ok());
        let endpoint = metadata
            .as_ref()
            .and_then(|it| it.pointer("/extensions/pub.versia:instance_messaging/endpoint")?.as_str());
        let url = endpoint.and_then(|endpoint| HttpUrl::parse(endpoint).ok());
        let own = url.filter(|url| url.origin().host.eq_ignore_ascii_case(domain));
        own.map_or_else(|| MESSAGING.to_owned(), |url| url.target().to_owned())
    }
}

/// All that is wrong with a delivery.
fn wrong(one: &Checked, delivery: Option<&Delivery>, taken: &Taken) -> Vec<Finding> {
    let errors =
        one.verification.findings.iter().filter(|finding| finding.code.level == Level::Error).cloned();
    let violations = delivery.into_iter().flat_map(|delivery| &delivery.violations);
    let violations = violations.filter(|it| it.level == Level::Error).map(|it| it.finding());
    errors.chain(violations).chain(taken.finding.clone()).collect()
}

/// What is told. Who caused it need not be who gets it, so that nothing in it is somebody else's own text.
fn text(domain: &str, kind: &str, status: u16, findings: &[Finding]) -> String {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '/' | '_' | '-');
    let is_type = !kind.is_empty() && kind.len() <= TYPE_NAME && kind.chars().all(is_name);
    let kind = if is_type { kind } else { "delivery" };
    let mut lines = vec![format!("{domain} could not accept your {kind} (answered {status}). Reasons:")];
    let shown = findings.iter().take(FINDINGS);
    lines.extend(shown.map(|finding| format!("    - {}: {}", finding.code.id, quoted(&finding.message))));
    if findings.len() > FINDINGS {
        lines.push(format!("    - and {} more", findings.len() - FINDINGS));
    }
    lines.join("\n") + "\n"
}

/// The beginning of a text that a peer may have written, on one line.
fn quoted(text: &str) -> String {
    let mut quoted: String =
        text.chars().take(QUOTED).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(QUOTED).is_some() {
        quoted.push('…');
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::codes;

    #[test]
    fn a_domain_gets_one_message_in_a_while_however_it_is_written() {
        let (written, now) = (Written::default(), Instant::now());
        assert!(written.may_write_to("a.example", now));
        assert!(!written.may_write_to("A.Example", now) && !written.may_write_to("a.example", now));
        assert!(written.may_write_to("a.example", now + QUIET));
        for number in 0..2 * REMEMBERED {
            written.may_write_to(&format!("d{number}.example"), now + QUIET);
        }
        assert_eq!(written.0.lock().unwrap().len(), REMEMBERED);
    }

    #[test]
    fn a_message_carries_no_text_of_whoever_caused_it() {
        let hostile = "Note\n\nDear operators,\u{1b}[31m ".to_owned() + &"x".repeat(1_000_000);
        let findings = vec![Finding::new(&codes::NOT_THEIRS, hostile.clone()); 20];
        let text = text("b.example", &hostile, 202, &findings);
        assert_eq!(text.lines().count(), 1 + FINDINGS + 1, "{text}");
        assert!(text.starts_with("b.example could not accept your delivery (answered 202)"), "{text}");
        assert!(text.len() < 4_096 && !text.contains('\u{1b}'), "{} bytes", text.len());
    }
}
