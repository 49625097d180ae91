//! The run itself: what the flags say as a plan, the progress meanwhile, and the result.

use std::io::IsTerminal;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use serde_json::json;

use super::{BenchArgs, Format, MAX_SECONDS, SIGNATURE_AGE};
use crate::bench::hub::run_hub;
use crate::bench::{
    Compared, Content, LoadError, Model, Outcome, Plan, Report, Stop, Transport, Watch, compare, differences,
    run_watched,
};
use crate::cli::error::{CliError, Exit, describe_io};
use crate::cli::input::Source;
use crate::cli::key_input::check_signed_by;
use crate::cli::network::network_error;
use crate::cli::progress::Progress;
use crate::cli::render::load;
use crate::cli::{AMBIENT, Context, interrupt};
use crate::client::websocket::WebSocketError;
use crate::client::{Dialer, NetworkOptions, Origin, Recipient, without_password};

/// How often the progress is shown.
const SHOWN_EVERY: Duration = Duration::from_millis(100);

/// How long to send unless told otherwise.
const DURATION: Duration = Duration::from_secs(10);

/// How many messages are in flight in a session unless told otherwise.
const IN_FLIGHT: usize = 64;

/// How much longer than their time-out the last answers are waited for, so that a time-out is told as one.
const GRACE: Duration = Duration::from_secs(1);

/// How long the last answers are waited for when there is no time-out.
const GRACE_WITHOUT_TIMEOUT: Duration = Duration::from_secs(30);

impl BenchArgs {
    pub(super) fn load(&self, context: &mut Context, target: &str) -> Result<Exit, CliError> {
        let before = self.earlier(context)?;
        let plan = self.plan(context, target)?;
        let at = AMBIENT.record_time().unwrap_or_default();
        let outcome = self.watched(context, self.count, |watch| run_watched(&plan, watch));
        let outcome = outcome?.map_err(|error| load_error(&plan.target(), error))?;
        let report = Report::new(&plan, at, &outcome);
        self.finish(context, report, &outcome, before.as_ref())
    }

    pub(super) fn load_hub(&self, context: &mut Context, target: &str) -> Result<Exit, CliError> {
        let before = self.earlier(context)?;
        let plan = self.hub_plan(context, target)?;
        let at = AMBIENT.record_time().unwrap_or_default();
        let deliveries = self
            .count
            .map(|count| count.saturating_mul(NonZeroU64::MIN.saturating_add(plan.subscribers as u64 - 1)));
        let outcome = self.watched(context, deliveries, |watch| run_hub(&plan, watch));
        let outcome = outcome?.map_err(|error| load_error(&plan.target(), error))?;
        let report = Report::of_hub(&plan, at, &outcome);
        self.finish(context, report, &outcome.deliveries, before.as_ref())
    }

    fn finish(
        &self,
        context: &mut Context,
        mut report: Report,
        outcome: &Outcome,
        before: Option<&Report>,
    ) -> Result<Exit, CliError> {
        report.expectations = self.expect.iter().map(|expected| expected.judge(outcome)).collect();
        let compared = before.map(|before| compare(before, &report));
        if let Some(before) = before {
            warn_of_differences(context, &differences(before, &report));
        }
        self.tell(context, &report, compared.as_deref())?;
        Ok(exit(&report))
    }

    fn plan(&self, context: &mut Context, target: &str) -> Result<Plan, CliError> {
        let recipient = Recipient::parse(target).map_err(|error| {
            let cli = CliError::usage(format!("cannot load {:?}", without_password(target))).because(&error);
            match error.hint() {
                Some(hint) => cli.hint(hint),
                None => cli,
            }
        })?;
        if self.network.timings {
            return Err(CliError::usage("--timings is for single exchanges"));
        }
        let options = self.network.options(context)?;
        self.check_host(recipient.inbox().origin(), &options)?;
        let transport = self.transport(self.ws || recipient.asks_for_websocket())?;
        let timeout = options.timeout;
        let connections = usize::from(self.concurrency);
        let plan = Plan {
            url: recipient.inbox().clone(),
            dialer: Arc::new(Dialer::new(options)),
            ambient: AMBIENT,
            transport,
            content: self.content(context)?,
            model: self.model(),
            warm_up: self.warm_up,
            stop: self.stop(),
            connections,
            threads: self.threads(connections)?,
            grace: grace(timeout),
        };
        self.check_length(plan.stop, plan.model, plan.warm_up)?;
        Ok(plan)
    }

    pub(super) fn model(&self) -> Model {
        self.rate.map_or(Model::Closed, |rate| Model::Open { rate })
    }

    pub(super) fn stop(&self) -> Stop {
        match self.count {
            Some(count) => Stop::Count(count.get()),
            None => Stop::After(self.duration.unwrap_or(DURATION)),
        }
    }

    /// Whoever loads another machine has to say so, by its name.
    pub(super) fn check_host(&self, origin: &Origin, options: &NetworkOptions) -> Result<(), CliError> {
        let is_allowed = self.i_may_load_this.iter().any(|host| host.eq_ignore_ascii_case(&origin.host));
        if is_allowed || options.stays_here(origin) {
            return Ok(());
        }
        let host = &origin.host;
        Err(CliError::usage(format!("{host} is not this machine, and is not put under load"))
            .because("load on somebody else's server is an attack")
            .hint(format!("if it is yours, or you were asked to: --i-may-load-this {host}")))
    }

    fn transport(&self, over_session: bool) -> Result<Transport, CliError> {
        match (over_session, self.no_receipts, self.in_flight) {
            (true, no_receipts, in_flight) => Ok(Transport::WebSocket {
                in_flight: in_flight.map_or(IN_FLIGHT, Into::into),
                receipts: !no_receipts,
            }),
            (false, false, None) => Ok(Transport::Http),
            (false, ..) => Err(CliError::usage("--no-receipts and --in-flight are for WebSocket")
                .hint("give --ws as well, or an address that begins with wss:// or ws://")),
        }
    }

    fn threads(&self, connections: usize) -> Result<usize, CliError> {
        match self.threads {
            Some(threads) if usize::from(threads) > connections => {
                Err(CliError::usage("there are more threads than connections")
                    .hint("raise --concurrency, or leave --threads away"))
            }
            Some(threads) => Ok(threads.into()),
            None => {
                let cores = thread::available_parallelism().map_or(1, Into::into);
                Ok((cores / 2).clamp(1, connections))
            }
        }
    }

    fn content(&self, context: &mut Context) -> Result<Content, CliError> {
        let entity = self.template(context)?;
        if self.unsigned {
            return Ok(Content::Unsigned { entity });
        }
        let signer = Box::new(self.signer.resolve(context)?);
        check_signed_by(signer.domain())?;
        Ok(match self.presign {
            Some(count) => Content::Presigned { entity, signer, count },
            None => Content::Signed { entity, signer },
        })
    }

    /// A run ends in bounded time, and what is signed before the start has to be good until then.
    pub(super) fn check_length(&self, stop: Stop, model: Model, warm_up: Duration) -> Result<(), CliError> {
        let seconds = match (stop, model) {
            (Stop::After(time), _) => time.as_secs_f64(),
            (Stop::Count(count), Model::Open { rate }) => count as f64 / rate,
            (Stop::Count(_), Model::Closed) => return Ok(()),
        };
        if seconds > MAX_SECONDS {
            return Err(CliError::usage("so many deliveries at that rate take more than a day")
                .hint("lower --count, or raise --rate"));
        }
        if self.presign.is_some() && warm_up.as_secs_f64() + seconds > SIGNATURE_AGE {
            return Err(CliError::usage("--presign is for runs of at most five minutes")
                .because("a signature is not taken after that")
                .hint("leave it away: each delivery is then signed as it goes out"));
        }
        Ok(())
    }

    /// The report to compare with.
    fn earlier(&self, context: &mut Context) -> Result<Option<Report>, CliError> {
        let Some(path) = &self.compare else { return Ok(None) };
        let bytes = context.inputs.read(&Source::File(path.clone()), "--compare")?;
        // A comparison may follow the report.
        let mut documents = serde_json::Deserializer::from_slice(&bytes).into_iter::<Report>();
        let unreadable = || CliError::usage(format!("{} is no result of a run", path.display()));
        let hint = "`versia-cli bench … --json > FILE` makes one";
        match documents.next() {
            Some(Ok(report)) if report.v == 1 => Ok(Some(report)),
            Some(Ok(report)) => Err(unreadable().because(format!("its version is {}, not 1", report.v))),
            Some(Err(error)) => Err(unreadable().because(error).hint(hint)),
            None => Err(unreadable().because("it is empty").hint(hint)),
        }
    }

    /// Carries a plan out on a thread of its own, and shows meanwhile how far it is.
    fn watched<T: Send>(
        &self,
        context: &Context,
        count: Option<NonZeroU64>,
        carry_out: impl FnOnce(&Watch) -> Result<T, LoadError> + Send,
    ) -> Result<Result<T, LoadError>, CliError> {
        let watch = Watch::until(interrupt::listen()?);
        let is_wanted = !context.ui.quiet && std::io::stderr().is_terminal();
        let mut progress = match is_wanted {
            true => Progress::new(count.map(Into::into)),
            false => Progress::none(),
        };
        let (sender, receiver) = channel();
        let outcome = thread::scope(|scope| {
            let watch = &watch;
            // Whoever receives waits for it.
            scope.spawn(move || drop(sender.send(carry_out(watch))));
            loop {
                match receiver.recv_timeout(SHOWN_EVERY) {
                    Ok(outcome) => return Some(outcome),
                    Err(RecvTimeoutError::Timeout) => {
                        let so_far = watch.so_far();
                        progress.show(so_far.accepted + so_far.not_accepted, so_far.not_accepted);
                        progress.tick();
                    }
                    // The thread panicked, which its end tells.
                    Err(RecvTimeoutError::Disconnected) => return None,
                }
            }
        });
        progress.end();
        Ok(outcome.unwrap_or(Err(LoadError::NotStarted)))
    }

    fn tell(
        &self,
        context: &mut Context,
        report: &Report,
        compared: Option<&[Compared]>,
    ) -> Result<(), CliError> {
        let format = if context.ui.json { Format::Json } else { self.format };
        let lines = match format {
            Format::Json => {
                context.ui.json(report)?;
                return match compared {
                    Some(compared) => context.ui.json(&json!({ "compared": compared })),
                    None => Ok(()),
                };
            }
            Format::Human => load::lines(report, compared, context.ui.paint),
            Format::Markdown => load::markdown(report, compared),
        };
        lines.iter().try_for_each(|line| context.ui.line(line))
    }
}

fn warn_of_differences(context: &mut Context, differences: &[&str]) {
    if !differences.is_empty() {
        context
            .ui
            .warn(&format!("the earlier run was another one: it differs in {}", differences.join(", ")));
    }
}

/// What the run comes to. Expectations take the place of the one that everything is accepted.
fn exit(report: &Report) -> Exit {
    let is_as_expected = match report.expectations.as_slice() {
        [] => report.accepted > 0 && report.not_accepted() == 0,
        expectations => expectations.iter().all(|verdict| verdict.met),
    };
    match is_as_expected {
        _ if report.interrupted => Exit::Interrupted,
        _ if report.had_no_connection() => Exit::Network,
        true => Exit::Yes,
        false => Exit::No,
    }
}

/// How long the last answers, or deliveries, are waited for.
pub(super) fn grace(timeout: Duration) -> Duration {
    if timeout.is_zero() { GRACE_WITHOUT_TIMEOUT } else { timeout + GRACE }
}

fn load_error(target: &str, error: LoadError) -> CliError {
    let what = format!("cannot load {target}");
    match error {
        LoadError::Connect(error) => network_error(what, &error, error.code(), error.hint()),
        LoadError::Handshake(error @ WebSocketError::Refused { .. }) => {
            ending(Exit::No, network_error(what, &error, error.code(), error.hint()))
        }
        LoadError::Handshake(error) => network_error(what, &error, error.code(), error.hint()),
        LoadError::Rpc(error) => network_error(what, &error, error.code(), error.hint()),
        error @ LoadError::JoinRefused => CliError::refused(what).because(error),
        error @ LoadError::NotTaken(_) => CliError::refused(what).because(error).hint(
            "`versia-cli publish` shows the whole answer; wsify's broadcasting key is given with --key-file",
        ),
        error @ LoadError::NotReached { .. } => CliError::refused(what)
            .because(error)
            .hint("does the hub let them join, and is what is published to the same hub and topic?"),
        LoadError::NoReceipts => CliError::refused(what)
            .because("the server gives no receipts for messages")
            .hint("with --no-receipts, a message counts when it is written out"),
        LoadError::Runtime(error) => CliError::usage(what).because(describe_io(&error)),
        error @ LoadError::Plan(_) => CliError::usage(what).because(error),
        error @ (LoadError::Interrupted | LoadError::NotStarted) => {
            ending(Exit::Interrupted, CliError::usage(what).because(error))
        }
    }
}

fn ending(exit: Exit, mut error: CliError) -> CliError {
    error.exit = exit;
    error
}
