//! What a client sends in a session: to join topics, and to leave them.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::Wire;
use crate::protocol::wsify::Values;

/// What is to be done with the topics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// To get what is published to them.
    Join,
    /// Not to get it any more.
    Leave,
}

/// What a client wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// What is to be done.
    pub verb: Verb,
    /// The broker's name, where there is one.
    pub broker: Option<String>,
    /// The topics, as they were written.
    pub topics: Vec<String>,
    /// What is said besides; mostly nothing.
    pub payload: Vec<u8>,
}

/// Why something is no command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandError {
    /// It is not JSON of the form that it has to have.
    Malformed(String),
    /// There is no such command.
    Unknown(String),
    /// The payload is not base64.
    Payload,
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CommandError::Malformed(why) => write!(f, "it is not a RoadRunner command: {why}"),
            CommandError::Unknown(command) => {
                write!(f, "there is no RoadRunner command {command:?}; there are join and leave")
            }
            CommandError::Payload => f.write_str("the command's payload is not base64"),
        }
    }
}

impl std::error::Error for CommandError {}

#[derive(Deserialize)]
struct ReadCommand {
    command: Option<String>,
    broker: Option<String>,
    topics: Option<Vec<String>>,
    payload: Option<String>,
}

#[derive(Serialize)]
struct WrittenCommand<'a> {
    command: Verb,
    #[serde(skip_serializing_if = "Option::is_none")]
    broker: Option<&'a str>,
    topics: &'a [String],
    payload: String,
}

impl Command {
    /// A command without a payload.
    pub fn new(verb: Verb, broker: Option<String>, topics: Vec<String>) -> Self {
        Command { verb, broker, topics, payload: Vec::new() }
    }

    /// Reads a command from the payload of a frame, text or binary.
    ///
    /// # Errors
    /// When it is not JSON of that form, the command is not known, or its payload cannot be decoded.
    pub fn read(payload: &[u8]) -> Result<Self, CommandError> {
        // An array would be read as the fields of the object in their order.
        if payload.trim_ascii_start().first() == Some(&b'[') {
            return Err(CommandError::Malformed("it is an array, and has to be an object".to_owned()));
        }
        let read: ReadCommand =
            serde_json::from_slice(payload).map_err(|error| CommandError::Malformed(error.to_string()))?;
        let verb = match read.command.unwrap_or_default().as_str() {
            "join" => Verb::Join,
            "leave" => Verb::Leave,
            other => return Err(CommandError::Unknown(other.to_owned())),
        };
        let payload = STANDARD.decode(read.payload.unwrap_or_default()).map_err(|_| CommandError::Payload)?;
        let broker = read.broker.filter(|broker| !broker.is_empty());
        Ok(Command { verb, broker, topics: read.topics.unwrap_or_default(), payload })
    }

    /// The text of the frame. The broker is written only where the wire has one.
    pub fn write(&self, wire: Wire) -> String {
        let written = WrittenCommand {
            command: self.verb,
            broker: self.broker.as_deref().filter(|_| wire == Wire::V2_3_0),
            topics: &self.topics,
            payload: STANDARD.encode(&self.payload),
        };
        // Texts only: nothing that JSON cannot hold.
        serde_json::to_string(&written).unwrap_or_default()
    }
}

/// What an authorizer is asked before topics are joined.
pub fn join_question(topics: &[String], headers: &Values, query: &Values) -> String {
    #[derive(Serialize)]
    struct Question<'a> {
        command: &'a str,
        args: Args<'a>,
    }

    #[derive(Serialize)]
    struct Args<'a> {
        topics: &'a [String],
        headers: &'a Values,
        query: &'a Values,
    }

    let question = Question { command: "join", args: Args { topics, headers, query } };
    // Texts only: nothing that JSON cannot hold.
    serde_json::to_string(&question).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOIN: &str = r#"{"command":"join","broker":"memory","topics":["foo","foo2"],"payload":""}"#;
    const LEAVE: &str = r#"{"command":"leave","broker":"memory","topics":["foo","foo2"],"payload":""}"#;

    fn command(verb: Verb, broker: Option<&str>) -> Command {
        Command::new(verb, broker.map(str::to_owned), vec!["foo".to_owned(), "foo2".to_owned()])
    }

    #[test]
    fn the_commands_of_the_seed_are_read_and_written_as_they_are() {
        for (verb, text) in [(Verb::Join, JOIN), (Verb::Leave, LEAVE)] {
            let command = command(verb, Some("memory"));
            assert_eq!(Command::read(text.as_bytes()), Ok(command.clone()));
            assert_eq!(command.write(Wire::V2_3_0), text);
        }
    }

    #[test]
    fn the_later_wire_names_no_broker() {
        let text = r#"{"command":"join","topics":["foo","foo2"],"payload":""}"#;
        assert_eq!(command(Verb::Join, Some("memory")).write(Wire::V2_3_1), text);
        assert_eq!(Command::read(text.as_bytes()), Ok(command(Verb::Join, None)));
    }

    #[test]
    fn a_payload_is_base64_and_what_is_missing_is_empty() {
        let command = Command::read(br#"{"command":"leave","payload":"aGVsbG8=","x":1}"#).unwrap();
        assert_eq!((command.payload.as_slice(), command.topics.len()), (&b"hello"[..], 0));
        let nothing = Command::read(br#"{"command":"leave","broker":"","topics":null,"payload":null}"#);
        assert_eq!(nothing, Ok(Command::new(Verb::Leave, None, Vec::new())));
    }

    #[test]
    fn what_is_no_command_is_said() {
        for (text, says) in [
            ("", "EOF"),
            ("hello", "expected value"),
            ("{}", "no RoadRunner command \"\""),
            (r#"{"command":"publish"}"#, "no RoadRunner command \"publish\""),
            (r#"{"command":"join","topics":"foo"}"#, "invalid type: string"),
            (r#"{"command":"join","topics":[1]}"#, "invalid type: integer"),
            (r#"{"command":"join","payload":"hello"}"#, "not base64"),
            (r#"{"command":"join","payload":["a"]}"#, "invalid type"),
        ] {
            let error = Command::read(text.as_bytes()).expect_err(text).to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn an_authorizer_is_asked_about_the_topics() {
        let topics = ["foo".to_owned()];
        assert_eq!(
            join_question(&topics, &Values::new(), &Values::new()),
            r#"{"command":"join","args":{"topics":["foo"],"headers":{},"query":{}}}"#
        );
    }
}
