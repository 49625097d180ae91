//! The steps over HTTP: the versions, the metadata, the user by WebFinger, and the key.

use std::time::Instant;

use serde_json::{Value, json};

use super::{Stage, SurveyStep, Surveying, VERSIONS};
use crate::client::{Dialer, Http, HttpRequest, HttpResponse, HttpUrl, webfinger_target};
use crate::discovery::place::is_address;
use crate::discovery::{finger, versions};
use crate::entity::{Profile, check};
use crate::finding::{Finding, Level, codes};
use crate::protocol::record::Bytes;
use crate::protocol::versia::{INSTANCE, MEDIA_TYPE};
use crate::signing::{KeyError, KeyForm, read_key};

/// The most of a document that is read, in bytes.
const MAX_DOCUMENT: u64 = 1 << 20;

/// How many violations of the metadata are told.
const TOLD: usize = 10;

/// What may stand in the `Accept` of discovery.
const DISCOVERY: &str = "application/jrd+json, application/json";

/// A document that could not be had: the step that says so.
type NoDocument = Box<SurveyStep>;

impl<E> Surveying<'_, E> {
    pub(super) fn read_documents(&mut self) -> Result<(), E> {
        let http = Http::new(Dialer::new(self.setup.options.clone())).with_max_body(MAX_DOCUMENT);
        let step = self.versions(&http);
        self.done(step)?;
        let (step, metadata) = self.metadata(&http);
        self.done(step)?;
        let step = self.webfinger(&http);
        self.done(step)?;
        let step = match metadata {
            Some(metadata) => self.key(&metadata),
            None => SurveyStep::skipped(Stage::Key, "there is no metadata to have it from"),
        };
        self.done(step)
    }

    fn versions(&mut self, http: &Http) -> SurveyStep {
        let started = Instant::now();
        let response = match self.document(http, Stage::Versions, VERSIONS, DISCOVERY) {
            Ok(response) => response,
            Err(step) => return *step,
        };
        let Some(listed) = versions::read(&response.body) else {
            let message = format!("{VERSIONS} answers without a list of versions");
            return SurveyStep::failed(Stage::Versions, unexpected(message)).took(started);
        };
        self.survey.version.clone_from(&listed.common);
        let said = match &listed.common {
            Some(common) => format!("{common} is spoken by both"),
            None => "no version in common".to_owned(),
        };
        SurveyStep::ok(Stage::Versions, said)
            .fact("versions", listed.versions)
            .fact("newest_common", listed.common.map_or(Value::Null, Value::from))
            .found(listed.findings)
            .took(started)
    }

    fn metadata(&mut self, http: &Http) -> (SurveyStep, Option<Vec<u8>>) {
        let started = Instant::now();
        let response = match self.document(http, Stage::Metadata, INSTANCE, MEDIA_TYPE) {
            Ok(response) => response,
            Err(step) => return (*step, None),
        };
        let Ok(document) = serde_json::from_slice::<Value>(&response.body) else {
            let step =
                SurveyStep::failed(Stage::Metadata, unexpected(format!("{INSTANCE} answers without JSON")));
            return (step.took(started), None);
        };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let name = text(&document["name"]).unwrap_or_default();
        let software = text(&document["software"]["name"]).map(|software| {
            let version = text(&document["software"]["version"]).unwrap_or_default();
            format!("{software} {version}").trim_end().to_owned()
        });
        let said = format!("{name:?}, {}", software.as_deref().unwrap_or("unknown software"));
        let mut step = SurveyStep::ok(Stage::Metadata, said)
            .fact("name", name)
            .fact("software", document["software"].clone())
            .fact("compatibility", document["compatibility"].clone())
            .fact("domain", document["domain"].clone());
        self.survey.software = software;
        step = step.found(self.domain_of(&document)).found(self.compatibility(&document));
        let report = check(&response.body, Profile::Spec, None);
        let broken = report.violations.iter().filter(|violation| violation.level > Level::Note);
        step = step.found(broken.take(TOLD).map(|violation| violation.finding()));
        (step.took(started), Some(response.body))
    }

    /// Compares the domain that the metadata names; where an address of this machine was named, it is the one.
    fn domain_of(&mut self, document: &Value) -> Option<Finding> {
        let domain = document["domain"].as_str()?;
        if is_address(&self.survey.domain) {
            self.survey.domain = domain.to_owned();
            return None;
        }
        (!domain.eq_ignore_ascii_case(&self.survey.domain)).then(|| {
            let message =
                format!("{} was asked, and the metadata's domain is {domain:?}", self.survey.domain);
            Finding::new(&codes::METADATA_OF_ANOTHER_DOMAIN, message)
        })
    }

    /// The metadata says once more which versions are spoken.
    fn compatibility(&self, document: &Value) -> Option<Finding> {
        let listed: Vec<_> =
            document["compatibility"]["versions"].as_array()?.iter().filter_map(Value::as_str).collect();
        let common = self.survey.version.as_deref()?;
        (!listed.contains(&common)).then(|| {
            let message = format!("{VERSIONS} lists {common}, and the metadata lists {}", listed.join(", "));
            Finding::new(&codes::VERSION_NOT_EXACT, message)
        })
    }

    fn webfinger(&mut self, http: &Http) -> SurveyStep {
        let Some(user) = self.survey.user.clone() else {
            return SurveyStep::skipped(Stage::WebFinger, "no user was named: @user@domain");
        };
        let started = Instant::now();
        let domain = self.survey.domain.clone();
        let response =
            match self.document(http, Stage::WebFinger, &webfinger_target(&user, &domain), DISCOVERY) {
                Ok(response) => response,
                Err(step) => return *step,
            };
        match finger::read(&response.body, &user, &domain) {
            Err(finding) => SurveyStep::failed(Stage::WebFinger, finding).took(started),
            Ok(found) => {
                self.survey.user_url = Some(found.href.clone());
                SurveyStep::ok(Stage::WebFinger, format!("@{user}@{domain} is {}", found.href))
                    .fact("href", found.href)
                    .found(found.findings)
                    .took(started)
            }
        }
    }

    fn key(&mut self, metadata: &[u8]) -> SurveyStep {
        let weak = |error: &KeyError| matches!(error, KeyError::Weak);
        let found = match read_key(metadata) {
            Ok(found) if found.form == KeyForm::InstanceMetadata => found,
            Ok(_) => return SurveyStep::failed(Stage::Key, unexpected("the metadata has no key".to_owned())),
            Err(error) => {
                let code = if weak(&error) { &codes::KEY_WEAK } else { &codes::UNEXPECTED_ANSWER };
                let finding = Finding::new(code, format!("the metadata's key cannot be used: {error}"));
                let hint = error.hint().map(str::to_owned);
                return SurveyStep::failed(Stage::Key, Finding { hint, ..finding });
            }
        };
        let Some(key) = found.public_key() else {
            return SurveyStep::failed(
                Stage::Key,
                unexpected("the metadata's key is no public key".to_owned()),
            );
        };
        let unusual = found.unusual_inner.map(|form| {
            Finding::new(&codes::KEY_FORM_UNUSUAL, format!("the metadata's key is {}", form.describe()))
        });
        self.survey.key = Some(key.fingerprint());
        SurveyStep::ok(Stage::Key, format!("Ed25519, {}", key.fingerprint()))
            .fact("fingerprint", key.fingerprint())
            .fact("public_key", key.to_spki_base64())
            .found(unusual)
    }

    /// A document by an unsigned GET; in its place, the step that says why there is none.
    fn document(
        &self,
        http: &Http,
        step: Stage,
        target: &str,
        accept: &str,
    ) -> Result<HttpResponse, NoDocument> {
        let started = Instant::now();
        let failed = |finding: Finding| Box::new(SurveyStep::failed(step, finding).took(started));
        let url = HttpUrl::new(self.setup.subject.origin.clone(), target)
            .map_err(|error| failed(unexpected(format!("{target} cannot be asked for: {error}"))))?;
        let request = HttpRequest {
            method: "GET".to_owned(),
            url,
            headers: vec![("Accept".to_owned(), Bytes::from(accept))],
            body: Vec::new(),
        };
        let response = http.exchange(&request).map_err(|error| {
            let code = error.code().unwrap_or(&codes::UNEXPECTED_ANSWER);
            let finding = Finding { hint: error.hint(), ..Finding::new(code, error.in_full()) };
            Box::new(SurveyStep::failed(step, finding).took(started).out_of_reach())
        })?;
        let problem = match response.status {
            300..=399 => {
                let location = response.header("location").unwrap_or_default();
                let message = format!("{target} redirects to {location:?}, which is not followed");
                Some(Finding::new(&codes::REDIRECTED, message))
            }
            200 if response.truncated => Some(Finding::new(
                &codes::TOO_LARGE,
                format!("{target} answers with more than {} KiB", MAX_DOCUMENT >> 10),
            )),
            200 if response.body.trim_ascii_start().starts_with(b"<") => {
                let message =
                    format!("{target} answers with a web page (HTML): a front end answers for this path");
                Some(unexpected(message))
            }
            200 => None,
            status => Some(unexpected(format!("{target} answers with the status {status}"))),
        };
        match problem {
            None => Ok(response),
            Some(finding) => {
                let mut step = failed(finding);
                step.facts.insert("status".to_owned(), json!(response.status));
                Err(step)
            }
        }
    }
}

fn unexpected(message: String) -> Finding {
    Finding::new(&codes::UNEXPECTED_ANSWER, message)
}
