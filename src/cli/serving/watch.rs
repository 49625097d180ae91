//! Telling what happens on a server, until it ends: a signal, the time, or what was waited for.

use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio::sync::oneshot::Sender;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use super::expectation::Expectation;
use crate::cli::Context;
use crate::cli::error::CliError;
use crate::cli::render::serving::render;
use crate::cli::signals::Signals;
use crate::protocol::record::{Direction, Record};
use crate::server::{Event, Started};

/// A day far away, for a run without an end.
const NEVER: Duration = Duration::from_secs(100 * 365 * 86_400);

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    InOrder,
    Unmet,
    Interrupted,
}

/// A running server, seen from the terminal.
pub(super) struct Watch {
    events: Receiver<Event>,
    server: JoinHandle<()>,
    stop: Option<Sender<()>>,
    expectation: Option<Expectation>,
    until: Instant,
    with_secrets: bool,
    every: bool,
}

impl Watch {
    pub(super) fn new(
        Started { events, stop, server, .. }: Started,
        expectation: Option<Expectation>,
        limit: Option<Duration>,
    ) -> Self {
        let until = Instant::now() + limit.unwrap_or(NEVER).min(NEVER);
        Watch { events, server, stop: Some(stop), expectation, until, with_secrets: false, every: false }
    }

    /// The same, showing credentials and cookies in records or not.
    pub(super) fn with_secrets(self, with_secrets: bool) -> Self {
        Watch { with_secrets, ..self }
    }

    /// The same, with a line for every exchange, or for deliveries.
    pub(super) fn with_every(self, every: bool) -> Self {
        Watch { every, ..self }
    }

    /// Tells events until the server has ended, and all of them are told.
    pub(super) async fn run(
        mut self,
        context: &mut Context,
        mut signals: Signals,
    ) -> Result<Ending, CliError> {
        loop {
            tokio::select! {
                biased;
                _ = signals.next() => {
                    // It ends already, because the time is up or what was waited for came.
                    if self.stop.is_none() {
                        return Ok(Ending::Interrupted);
                    }
                    self.end();
                }
                () = sleep_until(self.until), if self.stop.is_some() => self.end(),
                event = self.events.recv() => match event {
                    Some(event) => self.tell(context, event)?,
                    None => break,
                },
                _ = &mut self.server, if self.stop.is_none() => break,
            }
        }
        // What was sent before the end is told, whoever still holds the channel.
        while let Ok(event) = self.events.try_recv() {
            self.tell(context, event)?;
        }
        self.conclude(context)
    }

    fn end(&mut self) {
        if let Some(stop) = self.stop.take() {
            // A server that is gone already needs no telling.
            let _ = stop.send(());
        }
    }

    /// Tells an event, and those that came with it, before the next is waited for.
    fn tell(&mut self, context: &mut Context, event: Event) -> Result<(), CliError> {
        let mut next = Some(event);
        while let Some(mut event) = next {
            if !self.with_secrets {
                event.record_mut().into_iter().for_each(Record::hide_secrets);
            }
            render(context, &event, self.every)?;
            self.count(&event);
            next = self.events.try_recv().ok();
        }
        context.ui.flush()
    }

    fn count(&mut self, event: &Event) {
        let (Some(expectation), Event::Exchange(happened) | Event::Message(happened)) =
            (&mut self.expectation, event)
        else {
            return;
        };
        // What goes out from here is nothing that came.
        if happened.record.direction == Some(Direction::Out) {
            return;
        }
        expectation.count(happened);
        if expectation.is_met() {
            self.end();
        }
    }

    fn conclude(&self, context: &mut Context) -> Result<Ending, CliError> {
        let Some(expectation) = &self.expectation else { return Ok(Ending::InOrder) };
        if context.ui.json {
            context.ui.json(&serde_json::json!({ "expected": expectation }))?;
        } else {
            context.ui.note(&expectation.describe());
        }
        Ok(if expectation.is_met() { Ending::InOrder } else { Ending::Unmet })
    }
}
