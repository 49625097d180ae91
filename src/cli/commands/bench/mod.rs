//! `bench`: load on an inbox or on a hub, and whether it bears it.

mod entity;
mod hub;
mod run;

use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use self::hub::HubArgs;
use crate::bench::{Expected, SCHEMA};
use crate::cli::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::key_input::SignerArgs;
use crate::cli::network::NetworkArgs;

/// The highest rate that can be asked for, a second.
const MAX_RATE: f64 = 10_000_000.0;

/// A day: nobody loads an inbox for longer.
const MAX_SECONDS: f64 = 86_400.0;

/// How long a signature is good for, in seconds.
const SIGNATURE_AGE: f64 = 300.0;

/// Put an inbox or a hub under load, and tell how long its answers or its deliveries take.
///
/// Closed model, the usual one: each of --concurrency connections sends the next delivery when it has the answer to its last
/// one. Open model, with --rate: deliveries are due at fixed times whatever the answers, and what finds no free
/// connection waits; how long one takes counts from the time at which it was due, so that a server that stalls
/// shows in every delivery that it held up.
///
/// Only an answer of 2xx is a success. The times of all others are told apart. A message over WebSocket is answered by its
/// receipt (versia.receipts.v1); with --no-receipts it counts when it is written out.
///
/// Each delivery is an entity of its own, signed as it goes out: a Note, another type with --new, or a FILE in which
// The parser of arguments takes {n} for a new line, unless a style stands in it.
#[doc = " {{\u{1b}[0mn}}"]
/// (a number from 0), {{uuid}} (an id) and {{now}} (the time) are filled in. --presign signs before the start, so that
/// signing takes no time during the run; when all have been sent, the first one is sent again.
///
/// With --protocol the target is a hub: --subscribers join --topic, --concurrency publishers publish to it, and each
/// publication carries a number by which each subscriber knows it again. A delivery is one publication at one subscriber, and
/// counts from the time at which it was due. What is lost, comes twice, or was to go to a subscriber that was cut off is an
/// error; the hub's answers to the publishers are told apart. In the closed model a publisher goes on when all subscribers
/// have its last publication. FILE, with its places, is published beside the number. Nothing is signed.
///
/// Without --expect, the answer is yes when every delivery was accepted. Ctrl-C ends a run with what was measured so far.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  versia-cli bench http://127.0.0.1:8080 --as alice --duration 30
  versia-cli bench http://127.0.0.1:8080 --as alice --rate 500/s --expect 'p99<50ms' --expect 'ok>99.9%'
  versia-cli bench ws://127.0.0.1:8080 note.json --as alice --count 100000 --presign 100000
  versia-cli bench http://127.0.0.1:8080 --unsigned --json > old.json
  versia-cli bench http://127.0.0.1:8080 --unsigned --compare old.json --format markdown
  versia-cli bench ws://127.0.0.1:3000 --protocol wsify --topic news --subscribers 1000 \\
    --publish-to http://127.0.0.1:3000 --rate 100/s
  versia-cli bench ws://127.0.0.1:8080 --protocol roadrunner --topic news --publish-to tcp://127.0.0.1:6001

--expect compares with <, <=, > or >=: p50 to p99.99, min, mean and max (a time with us, ms or s), ok
(a percentage of accepted ones), rate (accepted ones a second), failed (how many were not accepted).

--json prints one document, which --schema describes; with --compare a second one,
{\"compared\":[{\"figure\":…,\"before\":…,\"now\":…,\"change_percent\":…},…]}.

Exit codes: 0 as expected · 1 not so · 2 wrong use · 3 no connection · 130 interrupted")]
pub struct BenchArgs {
    /// The inbox: an address with http, https, ws or wss, or an instance's domain; with --protocol, a hub's address
    #[arg(value_name = "TARGET", required_unless_present = "schema")]
    target: Option<String>,
    /// The entity to send, or `-`; without it, a new one
    #[arg(value_name = "FILE|-", conflicts_with = "new")]
    file: Option<String>,
    /// Send new entities of this type
    #[arg(long, value_name = "TYPE")]
    new: Option<String>,
    /// Send the entity whatever is wrong with it
    #[arg(long)]
    no_validate: bool,
    /// Sign nothing
    #[arg(long, conflicts_with_all = ["as_name", "key", "signed_by", "presign"])]
    unsigned: bool,
    /// Sign so many before the start
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    presign: Option<u64>,
    /// Send over WebSocket sessions; an address that begins with wss:// or ws:// says the same
    #[arg(long)]
    ws: bool,
    /// Offer no receipts: a message counts when it is written out
    #[arg(long)]
    no_receipts: bool,
    /// The most messages without a receipt in each session [default: 64]
    #[arg(long, value_name = "N")]
    in_flight: Option<NonZeroUsize>,
    /// So many arrivals a second, whatever the answers
    #[arg(long, value_name = "N/s", value_parser = rate, help_heading = "Load")]
    rate: Option<f64>,
    /// So many connections
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), default_value = "32", help_heading = "Load")]
    concurrency: u16,
    /// So many threads; without it, half of the cores
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256), help_heading = "Load")]
    threads: Option<u16>,
    /// How long to send [default: 10]
    #[arg(long, value_name = "SECONDS", value_parser = seconds, conflicts_with = "count", help_heading = "Load")]
    duration: Option<Duration>,
    /// How many to send
    #[arg(long, value_name = "N", help_heading = "Load")]
    count: Option<NonZeroU64>,
    /// How long to send before anything counts
    #[arg(
        long,
        value_name = "SECONDS",
        value_parser = seconds,
        default_value = "0",
        hide_default_value = true,
        help_heading = "Load"
    )]
    warm_up: Duration,
    /// The host of the target is not this machine, and you may put it under load; repeat it for where is published
    #[arg(long, value_name = "HOST", help_heading = "Load")]
    i_may_load_this: Vec<String>,
    /// What has to come out, such as p99<50ms or ok>99.9%; repeat it for several
    #[arg(long, value_name = "EXPECTATION", help_heading = "Result")]
    expect: Vec<Expected>,
    /// How to print the result; --json is short for json
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, help_heading = "Result")]
    format: Format,
    /// Show beside it the result of an earlier run, which --json printed
    #[arg(long, value_name = "FILE", help_heading = "Result")]
    compare: Option<PathBuf>,
    /// Print the JSON Schema of the result, and do nothing else
    #[arg(long, help_heading = "Result")]
    schema: bool,
    #[command(flatten)]
    hub: HubArgs,
    #[command(flatten)]
    signer: SignerArgs,
    #[command(flatten)]
    network: NetworkArgs,
}

/// How a result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Human,
    /// For programs
    Json,
    /// For a page
    Markdown,
}

impl BenchArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        match &self.target {
            Some(target) if !self.schema && self.hub.is_meant() => self.load_hub(context, target),
            Some(target) if !self.schema => self.load(context, target),
            _ => {
                context.ui.line(SCHEMA.trim_end())?;
                Ok(Exit::Yes)
            }
        }
    }
}

fn rate(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix("/s").unwrap_or(text).trim();
    match number.parse::<f64>() {
        Ok(rate) if (1.0 / MAX_SECONDS..=MAX_RATE).contains(&rate) => Ok(rate),
        Ok(_) => Err(format!("a rate is at least one a day and at most {MAX_RATE} a second")),
        Err(_) => Err("a rate is a number a second, such as 500/s".to_owned()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let number = text.strip_suffix('s').unwrap_or(text).trim();
    match number.parse::<f64>() {
        Ok(seconds) if (0.0..=MAX_SECONDS).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        Ok(_) => Err(format!("at most {MAX_SECONDS} seconds")),
        Err(_) => Err("not a number of seconds".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::Args;

    #[test]
    fn the_help_shows_each_place_as_it_is_written() {
        let help = super::BenchArgs::augment_args(clap::Command::new("bench")).render_long_help().to_string();
        for place in ["{{n}}", "{{uuid}}", "{{now}}"] {
            assert!(help.contains(place), "{place}: {help}");
        }
    }
}
