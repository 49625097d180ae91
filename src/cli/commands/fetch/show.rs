//! What is told of each exchange, and what all of them come to.

use serde_json::value::RawValue;

use super::FetchArgs;
use super::save::Saver;
use crate::cli::error::{CliError, Exit};
use crate::cli::known_keys::KnownKeys;
use crate::cli::network::network_error;
use crate::cli::render::exchange::{body_text, head_lines, raw_head};
use crate::cli::render::json_text::{indented, on_one_line};
use crate::cli::render::timings::stages;
use crate::cli::render::verification::{Reference, Style, exit_of, render};
use crate::cli::render::violations::badges;
use crate::cli::ui::{Painter, escape, escape_lines};
use crate::cli::{Context, unix_now};
use crate::client::HttpError;
use crate::discovery::{Answer, Exchanged, Role, Step};
use crate::finding::{Level, codes};
use crate::protocol::record::Response;

/// Shows what happens.
pub(super) struct Shown<'a> {
    args: &'a FetchArgs,
    keys: &'a KnownKeys,
    is_terminal: bool,
    exit: Exit,
    /// Whether what was to be fetched was asked for.
    asked: bool,
    /// Whether what is odd about our own signature was told: it is the same for every request.
    told_lint: bool,
}

impl<'a> Shown<'a> {
    pub(super) fn new(args: &'a FetchArgs, keys: &'a KnownKeys, is_terminal: bool) -> Self {
        Shown { args, keys, is_terminal, exit: Exit::Yes, asked: false, told_lint: false }
    }

    /// How the program ends.
    pub(super) fn exit(&self) -> Exit {
        // A user who was not found is a no, whatever was told of it.
        if self.asked { self.exit } else { self.exit.worse(Exit::No) }
    }

    fn is_at_worst(&mut self, exit: Exit) {
        self.exit = self.exit.worse(exit);
    }

    pub(super) fn step(
        &mut self,
        context: &mut Context,
        step: Step,
        saver: Option<&mut Saver<'_>>,
    ) -> Result<(), CliError> {
        match step {
            Step::Found(finding) => {
                // Who asked for all of it has not got it.
                let is_cut = [&codes::NOT_ALL_FETCHED, &codes::PAUSE_ASKED_FOR].contains(&finding.code);
                if is_cut || finding.code.level == Level::Error {
                    self.is_at_worst(Exit::No);
                }
                context.ui.finding(&finding);
                Ok(())
            }
            Step::Exchanged(role, exchanged) => self.exchanged(context, role, *exchanged, saver),
        }
    }

    fn exchanged(
        &mut self,
        context: &mut Context,
        role: Role,
        exchanged: Exchanged,
        saver: Option<&mut Saver<'_>>,
    ) -> Result<(), CliError> {
        self.tell_signing(context, &exchanged);
        let answer = match &exchanged.outcome {
            Ok(answer) => answer,
            Err(error) => return self.failed(context, role, &exchanged, error),
        };
        if context.ui.json {
            context.ui.json(&exchanged.record)?;
        }
        match role {
            Role::Spelling => return Ok(()),
            Role::WebFinger => return self.fingered(context, answer),
            Role::Named | Role::Page { .. } | Role::Referred(_) => self.asked = true,
        }
        self.show(context, role, &exchanged, answer)?;
        self.tell_beside(context, answer);
        if let Some(saver) = saver.filter(|_| answer.is_document()) {
            saver.keep(&exchanged, answer)?;
        }
        let met = if self.args.expect.is_met_by(answer.status) { Exit::Yes } else { Exit::No };
        let whole = if answer.truncated { Exit::Network } else { Exit::Yes };
        self.is_at_worst(met.worse(whole).worse(worth(answer)));
        Ok(())
    }

    fn tell_signing(&mut self, context: &mut Context, exchanged: &Exchanged) {
        if !std::mem::replace(&mut self.told_lint, true) {
            exchanged.lint.iter().for_each(|finding| context.ui.finding(finding));
        }
        if let Some(string) = exchanged.signed_string.as_ref().filter(|_| context.ui.verbose) {
            context.ui.note(&format!("signed string: {string}"));
        }
    }

    /// What was named and gave no answer ends the walk; what was only referred to is passed over.
    fn failed(
        &mut self,
        context: &mut Context,
        role: Role,
        exchanged: &Exchanged,
        error: &HttpError,
    ) -> Result<(), CliError> {
        if context.ui.json && error.code().is_some() {
            context.ui.json(&exchanged.record)?;
        }
        // That another spelling was tried in vain changes nothing.
        if role == Role::Spelling {
            return Ok(());
        }
        let url = exchanged.place.url.to_string();
        let what = if matches!(role, Role::Named) { self.args.what.as_str() } else { &url };
        let failure = network_error(format!("cannot fetch {what}"), error, error.code(), error.hint());
        if !matches!(role, Role::Referred(_)) {
            return Err(failure);
        }
        self.is_at_worst(failure.exit);
        context.ui.error(&failure);
        Ok(())
    }

    fn fingered(&mut self, context: &mut Context, answer: &Answer) -> Result<(), CliError> {
        answer.findings.iter().for_each(|finding| context.ui.finding(finding));
        if self.args.network.timings {
            context.ui.tell(&format!("WebFinger: {}", stages(&answer.timings, answer.dialled)));
        }
        match answer.status {
            _ if answer.is_document() => Ok(()),
            404 => {
                let what = format!("there is no user {} there", self.args.what);
                Err(CliError::refused(what).because("WebFinger answers 404"))
            }
            status => {
                let what = format!("cannot find the user {}", self.args.what);
                Err(CliError::refused(what)
                    .because(format!("WebFinger answers {status}, without a document")))
            }
        }
    }

    /// What is odd about the answer, and how long it took.
    fn tell_beside(&self, context: &mut Context, answer: &Answer) {
        if context.ui.json {
            // The record has the codes only.
            let causes = answer.checked.explanation.iter().flat_map(|explanation| &explanation.causes);
            let violations = told_violations(answer, false).map(|violation| violation.finding());
            answer.checked.verification.findings.iter().chain(causes).for_each(|it| context.ui.finding(it));
            violations.for_each(|finding| context.ui.finding(&finding));
        } else if !self.args.expect.is_met_by(answer.status) {
            context.ui.tell(&format!("the status is {}, not {}", answer.status, self.args.expect));
        }
        answer.findings.iter().for_each(|finding| context.ui.finding(finding));
        if self.args.network.timings {
            context.ui.tell(&stages(&answer.timings, answer.dialled));
            self.keys.timings().iter().for_each(|line| context.ui.tell(&escape(line)));
        }
    }

    fn show(
        &self,
        context: &mut Context,
        role: Role,
        exchanged: &Exchanged,
        answer: &Answer,
    ) -> Result<(), CliError> {
        let Some(response) = exchanged.record.response.as_ref().filter(|_| !context.ui.json) else {
            return Ok(());
        };
        if self.args.wants_many() {
            self.show_one_of_many(context, role, exchanged, answer, response)
        } else {
            self.show_alone(context, answer, response)
        }
    }

    /// For a terminal everything, one thing after the other; for anything else the body alone, and the rest beside it.
    fn show_alone(
        &self,
        context: &mut Context,
        answer: &Answer,
        response: &Response,
    ) -> Result<(), CliError> {
        let terminal = self.is_terminal && !self.args.raw;
        let paint = if terminal { context.ui.paint } else { context.ui.paint_err };
        let good = worth(answer) == Exit::Yes;
        let details =
            terminal || context.ui.verbose || exit_of(answer.checked.verification.verdict) != Exit::Yes;
        let verdict = verdict(answer, details, context.ui.verbose, paint);
        let head = head_lines(&answer.status_line, &response.headers, paint);
        if terminal {
            context.ui.line(&head.join("\n"))?;
            context.ui.line("")?;
            if !response.body.is_empty() {
                context.ui.line(&body_text(&response.body.0))?;
                context.ui.line("")?;
            }
            return context.ui.line(&verdict);
        }
        if self.args.include {
            context.ui.write(&raw_head(&answer.status_line, &response.headers))?;
        }
        match response.body.as_text().filter(|_| self.args.pretty).and_then(indented) {
            Some(laid_out) => context.ui.line(&escape_lines(&laid_out))?,
            None => context.ui.write(&response.body.0)?,
        }
        if !context.ui.quiet || !good {
            let shown = if context.ui.verbose { head.len() } else { 1 };
            context.ui.tell(&head[..shown].join("\n"));
            context.ui.tell(&verdict);
        }
        Ok(())
    }

    /// An entity, or the items of a page; and beside it a line on what it is worth.
    fn show_one_of_many(
        &self,
        context: &mut Context,
        role: Role,
        exchanged: &Exchanged,
        answer: &Answer,
        response: &Response,
    ) -> Result<(), CliError> {
        if self.args.raw {
            context.ui.write(&response.body.0)?;
            if !response.body.0.ends_with(b"\n") {
                context.ui.write(b"\n")?;
            }
        } else if answer.is_document() {
            let take = if let Role::Page { take } = role { Some(take) } else { None };
            for text in documents(response, take) {
                let text = match self.is_terminal || self.args.pretty {
                    true => indented(text).map(|text| escape_lines(&text)),
                    false => Some(on_one_line(text)),
                };
                context.ui.line(&text.unwrap_or_default())?;
            }
        }
        let good = worth(answer) == Exit::Yes;
        if !context.ui.quiet || !good {
            let url = escape(&exchanged.place.url.to_string()).into_owned();
            let verdict = verdict(answer, context.ui.verbose, context.ui.verbose, context.ui.paint_err);
            context.ui.tell(&format!("{} {url}\n{verdict}", answer.status));
        }
        Ok(())
    }
}

/// What an answer is worth beside its status.
fn worth(answer: &Answer) -> Exit {
    let exit = exit_of(answer.checked.verification.verdict);
    exit.worse(if answer.breaks_a_rule() { Exit::No } else { Exit::Yes })
}

fn told_violations(answer: &Answer, verbose: bool) -> impl Iterator<Item = &crate::entity::Violation> {
    let violations = answer.report.iter().flat_map(|report| &report.violations);
    violations.filter(move |violation| verbose || violation.level > Level::Note)
}

/// What the signature is worth, and what is wrong with the entity.
fn verdict(answer: &Answer, details: bool, verbose: bool, paint: Painter) -> String {
    let mut text = Vec::new();
    render(
        &answer.checked,
        "",
        Reference::Now(unix_now()),
        &Style { json: false, details, paint },
        &mut text,
    );
    let mut lines = vec![String::from_utf8_lossy(&text).trim_end().to_owned()];
    let violations: Vec<_> = told_violations(answer, verbose).cloned().collect();
    lines.extend(badges(&violations, answer.report.as_ref().map_or(0, |report| report.more), paint));
    lines.join("\n")
}

/// The JSON texts in a body: the first `take` items of a page, or the whole of anything else.
fn documents(response: &Response, take: Option<usize>) -> Vec<&str> {
    let Some(text) = response.body.as_text() else { return Vec::new() };
    let Some(take) = take else { return vec![text] };
    items(text).map_or_else(|| vec![text], |items| items.into_iter().take(take).map(RawValue::get).collect())
}

/// The items of a page of a collection, as they are written.
pub(super) fn items(text: &str) -> Option<Vec<&RawValue>> {
    #[derive(serde::Deserialize)]
    struct Page<'a> {
        #[serde(borrow)]
        items: Vec<&'a RawValue>,
    }
    serde_json::from_str::<Page<'_>>(text).ok().map(|page| page.items)
}
