//! wsify in a session: commands out, bare contents in, and no answers.

use super::word::{commands, find, first_word};
use super::{
    CommandHelp, ComposeError, Composed, Composition, Examined, Kind, Moment, PayloadRef, Reading,
    SessionProtocol, Wanted,
};
use crate::protocol::record::Protocol;
use crate::protocol::wsify::{Command, PATH, Publication, WsifyError, content_of};

commands! {
    /// wsify's own words.
    WORDS:
    "/join" "CHANNEL" "join a channel; the server gives no answer"
        "";
    "/leave" "CHANNEL" "leave a channel; the server gives no answer"
        "";
    "/broadcast" "CHANNEL CONTENT" "send a content to everybody in a channel"
        "A content is any JSON; what is no JSON is sent as a string of it. You get it too when you joined.";
}

/// wsify in one session.
#[derive(Debug, Clone, Default)]
pub struct Wsify {
    /// Where documents are broadcast to; without one, they are commands.
    channel: Option<String>,
    joined: Vec<String>,
}

impl Wsify {
    /// A session whose documents are broadcast to a channel, or are commands themselves.
    pub fn new(channel: Option<String>) -> Self {
        Wsify { channel, joined: Vec::new() }
    }

    fn note(&mut self, command: &Command) {
        match command {
            Command::Join(channel) if !self.joined.contains(channel) => self.joined.push(channel.clone()),
            Command::Leave(channel) => self.joined.retain(|joined| joined != channel),
            Command::Join(_) | Command::Broadcast(_) => {}
        }
    }

    fn command(&mut self, command: Command) -> Result<Composed, ComposeError> {
        let text = command.write().map_err(not_a_message)?;
        self.note(&command);
        Ok(Composed::text(text))
    }

    fn each(
        &mut self,
        channels: &[&str],
        command: fn(String) -> Command,
    ) -> Result<Composition, ComposeError> {
        let channels = channels.iter().map(|channel| named(channel)).collect::<Result<Vec<_>, _>>()?;
        let messages = channels.into_iter().map(|channel| self.command(command(channel)));
        Ok(Composition { messages: messages.collect::<Result<_, _>>()?, told: Vec::new() })
    }

    fn broadcast(&mut self, channel: &str, content: &str) -> Result<Composition, ComposeError> {
        let published = Publication { channel: named(channel)?, content: content_of(content) };
        self.command(Command::Broadcast(published)).map(Into::into)
    }

    fn document(&mut self, text: &str) -> Result<Composition, ComposeError> {
        if let Some(channel) = self.channel.clone() {
            // The last line break is the file's.
            return self.broadcast(&channel, text.strip_suffix('\n').unwrap_or(text));
        }
        let command = Command::read(text.as_bytes()).map_err(not_a_message)?;
        self.note(&command);
        Ok(Composed::text(text.to_owned()).into())
    }

    fn word(&mut self, name: &str, arguments: &str) -> Result<Composition, ComposeError> {
        let help = find(WORDS, name).ok_or_else(|| ComposeError::Unknown(name.to_owned()))?;
        let (channel, rest) = first_word(arguments).ok_or(ComposeError::Missing(help))?;
        let one = |text: &str| ComposeError::Argument(help, text.to_owned(), "it takes one channel");
        match name {
            "/broadcast" if rest.is_empty() => Err(ComposeError::Missing(help)),
            "/broadcast" => self.broadcast(channel, rest),
            _ if !rest.is_empty() => Err(one(arguments)),
            "/join" => self.each(&[channel], Command::Join),
            _ => self.each(&[channel], Command::Leave),
        }
    }
}

fn named(channel: &str) -> Result<String, ComposeError> {
    match channel.trim() {
        "" => Err(not_a_message(WsifyError::NoChannel)),
        channel => Ok(channel.to_owned()),
    }
}

fn not_a_message(error: WsifyError) -> ComposeError {
    let why = match error {
        WsifyError::Malformed(why) => why,
        other => other.to_string(),
    };
    ComposeError::NotAMessage("wsify", why)
}

impl SessionProtocol for Wsify {
    fn protocol(&self) -> Protocol {
        Protocol::Wsify
    }

    fn default_path(&self) -> &'static str {
        PATH
    }

    fn commands(&self) -> &'static [CommandHelp] {
        WORDS
    }

    fn opened(&mut self, _: Option<&str>, _: Moment) -> Vec<Composed> {
        // A name that was written once can be written again.
        let again = self.joined.iter().filter_map(|channel| Command::Join(channel.clone()).write().ok());
        again.map(Composed::text).collect()
    }

    fn compose(&mut self, wanted: Wanted<'_>, _: Moment) -> Result<Composition, ComposeError> {
        match wanted {
            Wanted::Document(text) => self.document(text),
            Wanted::Subscribe(channels) => self.each(channels, Command::Join),
            Wanted::Unsubscribe(channels) => self.each(channels, Command::Leave),
            Wanted::Publish { topic, content } => self.broadcast(topic, content),
            Wanted::Word { name, arguments } => self.word(name, arguments),
        }
    }

    fn read(&mut self, payload: PayloadRef<'_>, _: Examined, _: Moment) -> Reading {
        match serde_json::from_slice::<serde::de::IgnoredAny>(payload.bytes()) {
            Ok(_) => Reading::new(Kind::Message),
            Err(error) => Reading::unknown(format!("a wsify server sends JSON, and this is none: {error}")),
        }
    }

    fn subscriptions(&self) -> Vec<String> {
        self.joined.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Payload;
    use super::*;

    const NOW: Moment = Moment { millis: 0 };

    fn sent(composition: Composition) -> Vec<String> {
        let text = |composed: Composed| match composed.payload {
            Payload::Text(text) => text,
            Payload::Binary(_) => panic!("wsify sends text"),
        };
        composition.messages.into_iter().map(text).collect()
    }

    fn word(wsify: &mut Wsify, name: &str, arguments: &str) -> Result<Vec<String>, ComposeError> {
        wsify.compose(Wanted::Word { name, arguments }, NOW).map(sent)
    }

    #[test]
    fn words_become_commands_and_what_was_joined_is_joined_again() {
        let mut wsify = Wsify::default();
        let join = r#"{"command":"join","args":{"channel":"hello"}}"#;
        assert_eq!(word(&mut wsify, "/join", "hello"), Ok(vec![join.to_owned()]));
        assert_eq!(word(&mut wsify, "/join", "hello"), Ok(vec![join.to_owned()]));
        wsify.compose(Wanted::Subscribe(&["a", "b"]), NOW).unwrap();
        let leave = r#"{"command":"leave","args":{"channel":"a"}}"#;
        assert_eq!(word(&mut wsify, "/leave", "a"), Ok(vec![leave.to_owned()]));
        assert_eq!(
            word(&mut wsify, "/broadcast", "hello Hello World!"),
            Ok(vec![
                r#"{"command":"broadcast","args":{"channel":"hello","content":"Hello World!"}}"#.to_owned()
            ])
        );
        assert_eq!(wsify.subscriptions(), ["hello", "b"]);
        let again = wsify.opened(None, NOW);
        assert_eq!(
            sent(Composition { messages: again, told: Vec::new() }),
            [join, r#"{"command":"join","args":{"channel":"b"}}"#]
        );
    }

    #[test]
    fn a_document_is_a_command_or_a_content() {
        let seed = "{\n  \"command\":  \"join\",\n  \"args\": {\n    \"channel\": \"hello\"\n  }\n}";
        let mut wsify = Wsify::default();
        assert_eq!(wsify.compose(Wanted::Document(seed), NOW).map(sent), Ok(vec![seed.to_owned()]));
        assert_eq!(wsify.subscriptions(), ["hello"]);
        assert!(wsify.compose(Wanted::Document("{\"a\":1}"), NOW).is_err());
        let mut wsify = Wsify::new(Some("news".to_owned()));
        assert_eq!(
            wsify.compose(Wanted::Document("{\"a\":1}"), NOW).map(sent),
            Ok(vec![r#"{"command":"broadcast","args":{"channel":"news","content":{"a":1}}}"#.to_owned()])
        );
    }

    #[test]
    fn words_that_are_written_wrongly_send_nothing() {
        let mut wsify = Wsify::default();
        for (name, arguments) in [
            ("/join", ""),
            ("/join", "a b"),
            ("/join", "' '"),
            ("/broadcast", "a"),
            ("/topics", ""),
            ("/leave", "a b"),
        ] {
            let error = word(&mut wsify, name, arguments).expect_err(arguments);
            assert!(error.hint().is_some(), "{error}");
        }
        assert_eq!(wsify.subscriptions(), [""; 0]);
    }

    #[test]
    fn what_comes_is_json_and_has_no_channel() {
        let mut wsify = Wsify::default();
        let reading = wsify.read(PayloadRef::Text("\"Hello World! from the server\""), None, NOW);
        assert_eq!((reading.kind, reading.topic, reading.problem), (Kind::Message, None, None));
        assert_eq!(wsify.read(PayloadRef::Text("hello"), None, NOW).kind, Kind::Unknown);
    }
}
