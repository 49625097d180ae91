//! Instance messages: what could not be accepted is told to those who run the sender's instance. See
//! <https://versia.pub/extensions/instance-messaging>.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Instance;
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
            || !self.may_write_to(signer)
        {
            return;
        }
        let kind = delivery.and_then(|delivery| delivery.kind.as_deref()).unwrap_or("a delivery");
        let text = text(self.domain(), kind, status, &findings);
        let (instance, dispatch, signer) = (Arc::clone(self), Arc::clone(dispatch), signer.to_owned());
        tokio::spawn(async move {
            let target = instance.messaging_target(&signer).await;
            // What has no room is not worth more than the delivery that it is about.
            let _ = dispatch.send(&signer, Payload::Message { target, text });
        });
    }

    /// Whether it is time for another message.
    fn may_write_to(&self, domain: &str) -> bool {
        let mut written = self.written.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let now = Instant::now();
        written.retain(|_, at| now.saturating_duration_since(*at) < QUIET);
        if written.contains_key(domain) || written.len() >= REMEMBERED {
            return false;
        }
        written.insert(domain.to_owned(), now);
        true
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

fn text(domain: &str, kind: &str, status: u16, findings: &[Finding]) -> String {
    let mut lines = vec![format!("{domain} could not accept your {kind} (answered {status}). Reasons:")];
    let shown = findings.iter().take(FINDINGS);
    lines.extend(shown.map(|finding| format!("    - {}: {}", finding.code.id, finding.message)));
    if findings.len() > FINDINGS {
        lines.push(format!("    - and {} more", findings.len() - FINDINGS));
    }
    lines.join("\n") + "\n"
}
