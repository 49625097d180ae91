//! Which records are wanted: the flags that list, export and stats share.

use clap::Args;

use crate::cli::error::CliError;
use crate::cli::unix_now_millis;
use crate::protocol::outline::Filter;

/// Which records are wanted: all that have everything that is given. Several values of one stand with commas.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Which records")]
pub(super) struct FilterArgs {
    /// Types of entities, or words of frames: Note, Follow, Like, join
    #[arg(long = "type", value_name = "TYPE")]
    kind: Vec<String>,
    /// What signatures are worth: valid, invalid, missing, stale, key-unavailable, not-checked
    #[arg(long, value_name = "VERDICT")]
    verdict: Vec<String>,
    /// Codes of findings, such as VS401
    #[arg(long, value_name = "CODE")]
    code: Vec<String>,
    /// The other side: its address, or the domain that signs
    #[arg(long, value_name = "ADDRESS|DOMAIN")]
    peer: Vec<String>,
    /// A part of the author's reference
    #[arg(long, value_name = "TEXT")]
    author: Vec<String>,
    /// Which way it went: in or out
    #[arg(long, value_name = "DIRECTION")]
    direction: Vec<String>,
    /// How it travelled: http or ws
    #[arg(long, value_name = "TRANSPORT")]
    transport: Vec<String>,
    /// Which protocol it is of: versia, wsify, roadrunner, chat, raw
    #[arg(long, value_name = "PROTOCOL")]
    protocol: Vec<String>,
    /// The status of the answer: 404, or a class such as 4xx
    #[arg(long, value_name = "STATUS")]
    status: Vec<String>,
    /// The WebSocket session
    #[arg(long, value_name = "ID")]
    session: Vec<String>,
    /// From this time on: 2026-01-31T12:00:00Z, or how long ago: 10m, 2h, 7d
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Before this time
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// A text in the target, a header, a body or a frame
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
}

impl FilterArgs {
    /// The filter.
    ///
    /// # Errors
    /// When one of the flags does not take its value.
    pub(super) fn filter(&self) -> Result<Filter, CliError> {
        let now = unix_now_millis();
        let mut filter = Filter::default();
        let lists = [
            ("type", &self.kind),
            ("verdict", &self.verdict),
            ("code", &self.code),
            ("peer", &self.peer),
            ("author", &self.author),
            ("direction", &self.direction),
            ("transport", &self.transport),
            ("protocol", &self.protocol),
            ("status", &self.status),
            ("session", &self.session),
        ];
        let single = [("since", &self.since), ("until", &self.until), ("text", &self.text)];
        let lists =
            lists.into_iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
        let single = single.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        for (name, value) in lists.chain(single) {
            filter.set(name, value, now).map_err(|error| {
                CliError::usage(format!("--{name} does not take {value:?}"))
                    .hint(format!("it takes {}", error.takes))
            })?;
        }
        Ok(filter)
    }
}
