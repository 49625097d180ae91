//! wsify on the wire: the commands of its clients, and publishing without a session.
//!
//! A client sends `{"command": …, "args": {…}}`, and a member of a channel gets the bare JSON of a content: no envelope, no
//! channel, no answer to a command. Content is kept as it was written. See <https://github.com/alash3al/wsify>.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Where sessions are opened.
pub const PATH: &str = "/ws";
/// Where is published without a session, with the broadcasting key as the query's `key`.
pub const BROADCAST: &str = "/broadcast";
/// The media type of what is published there.
pub const CONTENT_TYPE: &str = "application/json";

/// What a client wants. Contents are JSON as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// To get what is broadcast to a channel.
    Join(String),
    /// Not to get it any more.
    Leave(String),
    /// That every member of a channel gets a content.
    Broadcast(Publication),
}

/// A content for the members of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The channel's name.
    pub channel: String,
    /// The content: JSON as it was written; `null` when there was none.
    pub content: String,
}

/// Why something is no command, or nothing to publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WsifyError {
    /// It is not JSON of the form that it has to have.
    Malformed(String),
    /// There is no such command.
    Unknown(String),
    /// The channel has no name.
    NoChannel,
}

impl fmt::Display for WsifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WsifyError::Malformed(why) => write!(f, "it is not a wsify message: {why}"),
            WsifyError::Unknown(command) => {
                write!(f, "there is no wsify command {command:?}; there are join, leave and broadcast")
            }
            WsifyError::NoChannel => f.write_str("the channel has no name"),
        }
    }
}

impl std::error::Error for WsifyError {}

#[derive(Deserialize)]
struct ReadCommand<'a> {
    command: String,
    #[serde(borrow, default)]
    args: Option<ReadArgs<'a>>,
}

#[derive(Deserialize, Default)]
struct ReadArgs<'a> {
    #[serde(default)]
    channel: Option<String>,
    #[serde(borrow, default)]
    content: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct ReadPublication<'a> {
    #[serde(default)]
    channel: Option<String>,
    #[serde(borrow, default)]
    content: Option<&'a RawValue>,
    #[serde(borrow, default)]
    args: Option<ReadArgs<'a>>,
}

#[derive(Serialize)]
struct WrittenCommand<'a> {
    command: &'a str,
    args: WrittenArgs<'a>,
}

#[derive(Serialize)]
struct WrittenArgs<'a> {
    channel: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct WrittenPublication<'a> {
    channel: &'a str,
    content: Option<&'a RawValue>,
}

impl Command {
    /// Reads a command from the payload of a frame.
    ///
    /// # Errors
    /// When it is not JSON of that form, the command is not known, or the channel has no name.
    pub fn read(payload: &[u8]) -> Result<Self, WsifyError> {
        let read: ReadCommand<'_> = from_json(payload)?;
        let args = read.args.unwrap_or_default();
        let channel = || named(args.channel.as_deref());
        match read.command.as_str() {
            "join" => channel().map(Command::Join),
            "leave" => channel().map(Command::Leave),
            "broadcast" => {
                Ok(Command::Broadcast(Publication { channel: channel()?, content: kept(args.content) }))
            }
            other => Err(WsifyError::Unknown(other.to_owned())),
        }
    }

    /// The text of the frame.
    ///
    /// # Errors
    /// When the content is not JSON.
    pub fn write(&self) -> Result<String, WsifyError> {
        let (command, channel, content) = match self {
            Command::Join(channel) => ("join", channel, None),
            Command::Leave(channel) => ("leave", channel, None),
            Command::Broadcast(published) => ("broadcast", &published.channel, Some(published.content()?)),
        };
        to_json(&WrittenCommand { command, args: WrittenArgs { channel, content } })
    }
}

impl Publication {
    /// Reads what was posted to [`BROADCAST`]: the content, or that of `args`, as the program's own documents have it.
    ///
    /// # Errors
    /// When it is not JSON of that form, or the channel has no name.
    pub fn read(body: &[u8]) -> Result<Self, WsifyError> {
        let read: ReadPublication<'_> = from_json(body)?;
        let channel = named(read.channel.as_deref())?;
        let content = read.content.or(read.args.unwrap_or_default().content);
        Ok(Publication { channel, content: kept(content) })
    }

    /// The body of a POST to [`BROADCAST`].
    ///
    /// # Errors
    /// When the content is not JSON.
    pub fn write(&self) -> Result<String, WsifyError> {
        to_json(&WrittenPublication { channel: &self.channel, content: Some(self.content()?) })
    }

    fn content(&self) -> Result<&RawValue, WsifyError> {
        serde_json::from_str(&self.content).map_err(malformed)
    }
}

/// The content that a text stands for: itself where it is JSON, and else a string of it.
pub fn content_of(text: &str) -> String {
    match serde_json::from_str::<&RawValue>(text) {
        Ok(json) => json.get().to_owned(),
        // A string: nothing that JSON cannot hold.
        Err(_) => serde_json::to_string(text).unwrap_or_default(),
    }
}

/// Names and all their values, as an authorizer gets the headers and the query of a handshake.
pub type Values = BTreeMap<String, Vec<String>>;

/// What an authorizer is asked before a session is opened.
pub fn connect_question(headers: &Values, query: &Values) -> String {
    #[derive(Serialize)]
    struct Question<'a> {
        command: &'a str,
        args: Args<'a>,
    }

    #[derive(Serialize)]
    struct Args<'a> {
        headers: &'a Values,
        query: &'a Values,
    }

    let question = Question { command: "connect", args: Args { headers, query } };
    // Texts only: nothing that JSON cannot hold.
    serde_json::to_string(&question).unwrap_or_default()
}

/// Reads any bytes as each message, for a fuzzer: what is read has to be the same after it was written.
///
/// # Errors
/// Says what came back differently.
pub fn check(bytes: &[u8]) -> Result<(), String> {
    if let Ok(command) = Command::read(bytes) {
        let again = command.write().and_then(|text| Command::read(text.as_bytes()));
        same(again.as_ref(), &command)?;
    }
    if let Ok(published) = Publication::read(bytes) {
        let again = published.write().and_then(|text| Publication::read(text.as_bytes()));
        same(again.as_ref(), &published)?;
    }
    Ok(())
}

fn same<T: PartialEq + fmt::Debug>(found: Result<&T, &WsifyError>, wanted: &T) -> Result<(), String> {
    if found == Ok(wanted) { Ok(()) } else { Err(format!("{found:?} was {wanted:?} before it was written")) }
}

fn named(channel: Option<&str>) -> Result<String, WsifyError> {
    match channel.map(str::trim) {
        None | Some("") => Err(WsifyError::NoChannel),
        Some(channel) => Ok(channel.to_owned()),
    }
}

fn kept(content: Option<&RawValue>) -> String {
    content.map_or("null", RawValue::get).to_owned()
}

fn from_json<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, WsifyError> {
    // An array would be read as the fields of the object in their order.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Err(WsifyError::Malformed("it is an array, and has to be an object".to_owned()));
    }
    serde_json::from_slice(bytes).map_err(malformed)
}

fn to_json(value: &impl Serialize) -> Result<String, WsifyError> {
    serde_json::to_string(value).map_err(malformed)
}

fn malformed(error: serde_json::Error) -> WsifyError {
    WsifyError::Malformed(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publication(channel: &str, content: &str) -> Publication {
        Publication { channel: channel.to_owned(), content: content.to_owned() }
    }

    #[test]
    fn the_commands_of_the_seed_are_read() {
        let join = "{\n  \"command\":  \"join\",\n  \"args\": {\n    \"channel\": \"hello\"\n  }\n}";
        assert_eq!(Command::read(join.as_bytes()), Ok(Command::Join("hello".to_owned())));
        let broadcast =
            "{\n  \"command\":  \"broadcast\",\n  \"args\": {\n    \"channel\": \"hello\"\n  }\n}";
        let wanted = Command::Broadcast(publication("hello", "null"));
        assert_eq!(Command::read(broadcast.as_bytes()), Ok(wanted));
    }

    #[test]
    fn commands_are_written_and_read_back() {
        for (command, text) in [
            (Command::Join("some_channel".into()), r#"{"command":"join","args":{"channel":"some_channel"}}"#),
            (Command::Leave("é".into()), r#"{"command":"leave","args":{"channel":"é"}}"#),
            (
                Command::Broadcast(publication("c", "{\"a\": [1.0, 1e400]}")),
                r#"{"command":"broadcast","args":{"channel":"c","content":{"a": [1.0, 1e400]}}}"#,
            ),
        ] {
            assert_eq!(command.write().unwrap(), text);
            assert_eq!(Command::read(text.as_bytes()), Ok(command));
        }
        assert!(Command::Broadcast(publication("c", "no json")).write().is_err());
    }

    #[test]
    fn a_channel_is_trimmed_and_other_arguments_are_let_be() {
        let text =
            r#"{"args":{"token":"x","channel":"  news\t","content":null},"command":"broadcast","more":1}"#;
        assert_eq!(Command::read(text.as_bytes()), Ok(Command::Broadcast(publication("news", "null"))));
    }

    #[test]
    fn what_is_no_command_is_said() {
        for (text, says) in [
            ("", "EOF"),
            ("hello", "expected value"),
            ("[]", "it is an array"),
            (r#" ["join",{"channel":"a"}]"#, "it is an array"),
            ("{}", "missing field `command`"),
            (r#"{"command":1}"#, "invalid type: integer"),
            (r#"{"command":"join"}"#, "no name"),
            (r#"{"command":"join","args":{"channel":" "}}"#, "no name"),
            (r#"{"command":"join","args":{"channel":7}}"#, "invalid type: integer"),
            (r#"{"command":"join","args":[["a"]]}"#, "invalid type"),
            (r#"{"command":"Join","args":{"channel":"a"}}"#, "no wsify command \"Join\""),
            (r#"{"command":"join","args":{"channel":"a"}}{}"#, "trailing"),
        ] {
            let error = Command::read(text.as_bytes()).expect_err(text).to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
        assert!(Command::read(b"{\"command\":\"join\",\"args\":{\"channel\":\"\xff\"}}").is_err());
    }

    #[test]
    fn both_forms_of_a_publication_are_read_and_the_content_wins() {
        let seed = "{\n    \"channel\": \"hello\",\n    \"args\": {\n      \"content\": \"Hello World! from the server\"\n    }\n}";
        let wanted = publication("hello", "\"Hello World! from the server\"");
        assert_eq!(Publication::read(seed.as_bytes()), Ok(wanted.clone()));
        assert_eq!(Publication::read(wanted.write().unwrap().as_bytes()), Ok(wanted.clone()));
        assert_eq!(
            wanted.write().unwrap(),
            r#"{"channel":"hello","content":"Hello World! from the server"}"#
        );
        let both = r#"{"channel":"c","args":{"content":1},"content":2}"#;
        assert_eq!(Publication::read(both.as_bytes()), Ok(publication("c", "2")));
        assert_eq!(Publication::read(br#"{"channel":"c"}"#), Ok(publication("c", "null")));
        assert_eq!(Publication::read(br#"{"content":1}"#), Err(WsifyError::NoChannel));
    }

    #[test]
    fn damaged_messages_come_back_as_they_are_read() {
        for seed in [
            &br#"{"command":"broadcast","args":{"channel":"c","content":{"a":[1.5,null]}}}"#[..],
            br#"{"channel":"hello","args":{"content":"Hello World!"}}"#,
        ] {
            check(seed).unwrap();
            for at in 0..seed.len() {
                check(&seed[..at]).unwrap();
                for value in 0..=u8::MAX {
                    let mut damaged = seed.to_vec();
                    damaged[at] = value;
                    check(&damaged).unwrap();
                }
            }
        }
    }

    #[test]
    fn a_text_stands_for_its_json_or_for_a_string() {
        assert_eq!(content_of(" {\"a\":1}\n"), "{\"a\":1}");
        assert_eq!(content_of("hello \"you\""), "\"hello \\\"you\\\"\"");
        assert_eq!(content_of("42"), "42");
    }

    #[test]
    fn an_authorizer_is_asked_with_every_value() {
        let headers = Values::from([("Cookie".to_owned(), vec!["a=1".to_owned(), "b=2".to_owned()])]);
        let query = Values::from([("token".to_owned(), vec!["x".to_owned()])]);
        assert_eq!(
            connect_question(&headers, &query),
            r#"{"command":"connect","args":{"headers":{"Cookie":["a=1","b=2"]},"query":{"token":["x"]}}}"#
        );
    }
}
