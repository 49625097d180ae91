//! RoadRunner's topics in a session: joins and leaves out, their answers and what is published in.

use std::collections::VecDeque;

use super::word::{commands, find, split_words};
use super::{
    Answer, CommandHelp, ComposeError, Composed, Composition, Examined, Kind, Moment, PayloadRef, Reading,
    Refusal, SessionProtocol, Wanted,
};
use crate::protocol::record::Protocol;
use crate::protocol::roadrunner::{Command, PATH, ServerFrame, Verb, Wire};

commands! {
    /// RoadRunner's own words.
    WORDS:
    "/join" "TOPIC…" "join topics: all of them, or none when the server refuses"
        "";
    "/leave" "TOPIC…" "leave topics"
        "";
    "/topics" "" "tell which topics the server says are joined"
        "";
}

const NO_PUBLISHING: &str = "RoadRunner's clients do not publish: they join and leave";
const BY_RPC: &str = "`versia-cli publish roadrunner tcp://HOST:6001` publishes, by RPC";

/// RoadRunner's topics in one session.
#[derive(Debug, Clone, Default)]
pub struct RoadRunner {
    wire: Wire,
    broker: Option<String>,
    joined: Vec<String>,
    sent: u64,
    /// The commands without an answer, in order.
    pending: VecDeque<Pending>,
}

#[derive(Debug, Clone)]
struct Pending {
    number: u64,
    verb: Verb,
    topics: Vec<String>,
}

impl RoadRunner {
    /// A session on a wire; the broker is named where the wire names one.
    pub fn new(wire: Wire, broker: Option<String>) -> Self {
        let broker = broker.or_else(|| Some("memory".to_owned())).filter(|_| wire == Wire::V2_3_0);
        RoadRunner { wire, broker, ..RoadRunner::default() }
    }

    fn command(&mut self, verb: Verb, topics: Vec<String>) -> Composed {
        let text = Command::new(verb, self.broker.clone(), topics.clone()).write(self.wire);
        self.note(verb, topics, text)
    }

    fn note(&mut self, verb: Verb, topics: Vec<String>, text: String) -> Composed {
        self.sent += 1;
        self.pending.push_back(Pending { number: self.sent, verb, topics });
        Composed::answered(text, self.sent)
    }

    fn document(&mut self, text: &str) -> Result<Composition, ComposeError> {
        match Command::read(text.as_bytes()) {
            Ok(command) if command.broker.is_none() && self.broker.is_some() => {
                let command = Command { broker: self.broker.clone(), ..command };
                let text = command.write(self.wire);
                Ok(self.note(command.verb, command.topics, text).into())
            }
            Ok(command) => Ok(self.note(command.verb, command.topics, text.to_owned()).into()),
            Err(error) => Err(ComposeError::NotAMessage("RoadRunner", error.to_string())),
        }
    }

    fn word(&mut self, name: &str, arguments: &str) -> Result<Composition, ComposeError> {
        let help = find(WORDS, name).ok_or_else(|| ComposeError::Unknown(name.to_owned()))?;
        let topics: Vec<String> = split_words(arguments).into_iter().map(str::to_owned).collect();
        match (name, topics.is_empty()) {
            ("/topics", true) => Ok(Composition { messages: Vec::new(), told: self.joined.clone() }),
            ("/topics", false) => Err(ComposeError::Argument(help, arguments.to_owned(), "it takes nothing")),
            (_, true) => Err(ComposeError::Missing(help)),
            ("/join", false) => Ok(self.command(Verb::Join, topics).into()),
            _ => Ok(self.command(Verb::Leave, topics).into()),
        }
    }

    /// The command that an answer is for: the first of its kind about these topics.
    fn answered(&mut self, verb: Verb, topics: &[String]) -> Option<u64> {
        let fits = |pending: &Pending| pending.verb == verb && pending.topics == topics;
        let place = self.pending.iter().position(fits)?;
        self.pending.remove(place).map(|pending| pending.number)
    }

    fn answer(&mut self, verb: Verb, topics: Vec<String>, result: Result<(), Refusal>) -> Reading {
        let number = self.answered(verb, &topics);
        match (&result, verb) {
            (Ok(()), Verb::Join) => {
                for topic in &topics {
                    if !self.joined.contains(topic) {
                        self.joined.push(topic.clone());
                    }
                }
            }
            (Ok(()), Verb::Leave) => self.joined.retain(|joined| !topics.contains(joined)),
            (Err(_), _) => {}
        }
        let problem = number.is_none().then(|| "it answers nothing that was sent".to_owned());
        Reading { content: Some(topics.join(", ")), problem, ..Reading::answering(Answer { number, result }) }
    }
}

fn refused(what: &str, topics: &[String]) -> Result<(), Refusal> {
    Err(Refusal { code: None, message: format!("the server refuses to {what} {}", topics.join(", ")) })
}

impl SessionProtocol for RoadRunner {
    fn protocol(&self) -> Protocol {
        Protocol::Roadrunner
    }

    fn default_path(&self) -> &'static str {
        PATH
    }

    fn commands(&self) -> &'static [CommandHelp] {
        WORDS
    }

    fn opened(&mut self, _: Option<&str>, _: Moment) -> Vec<Composed> {
        self.pending.clear();
        let joined = std::mem::take(&mut self.joined);
        // The server tells what is joined from now on.
        if joined.is_empty() { Vec::new() } else { vec![self.command(Verb::Join, joined)] }
    }

    fn compose(&mut self, wanted: Wanted<'_>, _: Moment) -> Result<Composition, ComposeError> {
        let owned = |topics: &[&str]| topics.iter().map(|topic| (*topic).to_owned()).collect();
        match wanted {
            Wanted::Document(text) => self.document(text),
            Wanted::Subscribe(topics) => Ok(self.command(Verb::Join, owned(topics)).into()),
            Wanted::Unsubscribe(topics) => Ok(self.command(Verb::Leave, owned(topics)).into()),
            Wanted::Publish { .. } => Err(ComposeError::Unsupported(NO_PUBLISHING, BY_RPC)),
            Wanted::Word { name, arguments } => self.word(name, arguments),
        }
    }

    fn read(&mut self, payload: PayloadRef<'_>, _: Examined, _: Moment) -> Reading {
        let frame = match ServerFrame::read(payload.bytes(), self.wire) {
            Ok(frame) => frame,
            Err(why) => {
                return Reading::unknown(format!(
                    "a RoadRunner server of {} sends no such thing: {why}",
                    self.wire
                ));
            }
        };
        match frame {
            ServerFrame::Joined(topics) => self.answer(Verb::Join, topics, Ok(())),
            ServerFrame::Left(topics) => self.answer(Verb::Leave, topics, Ok(())),
            ServerFrame::JoinRefused(topics) => {
                let result = refused("join", &topics);
                self.answer(Verb::Join, topics, result)
            }
            ServerFrame::LeaveRefused(topics) => {
                let result = refused("leave", &topics);
                self.answer(Verb::Leave, topics, result)
            }
            ServerFrame::Message { topic, payload } => Reading {
                content: topic.is_some().then(|| String::from_utf8_lossy(&payload).into_owned()),
                topic,
                ..Reading::new(Kind::Message)
            },
        }
    }

    fn answers(&self) -> bool {
        true
    }

    fn unanswered(&self) -> usize {
        self.pending.len()
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

    fn sent(composed: &Composed) -> &str {
        match &composed.payload {
            Payload::Text(text) => text,
            Payload::Binary(_) => panic!("commands are text"),
        }
    }

    fn read(session: &mut RoadRunner, text: &str) -> Reading {
        session.read(PayloadRef::Text(text), None, NOW)
    }

    #[test]
    fn topics_are_joined_when_the_server_says_so_and_joined_again_after_a_reconnect() {
        let mut session = RoadRunner::new(Wire::V2_3_0, None);
        let word = |session: &mut RoadRunner, name, arguments| {
            session.compose(Wanted::Word { name, arguments }, NOW).unwrap()
        };
        let join = word(&mut session, "/join", "foo foo2").messages;
        assert_eq!(
            sent(&join[0]),
            r#"{"command":"join","broker":"memory","topics":["foo","foo2"],"payload":""}"#
        );
        assert_eq!((join[0].number, session.unanswered(), session.subscriptions().len()), (Some(1), 1, 0));
        let reading = read(&mut session, r#"{"topic":"@join","payload":["foo","foo2"]}"#);
        assert_eq!(reading.answer, Some(Answer { number: Some(1), result: Ok(()) }));
        assert_eq!(word(&mut session, "/topics", "").told, ["foo", "foo2"]);
        word(&mut session, "/leave", "foo2");
        let reading = read(&mut session, r#"{"topic":"@leave","payload":["foo2"]}"#);
        assert_eq!(reading.answer.and_then(|answer| answer.number), Some(2));
        let again = session.opened(None, NOW);
        assert_eq!(sent(&again[0]), r#"{"command":"join","broker":"memory","topics":["foo"],"payload":""}"#);
        assert_eq!((again[0].number, session.subscriptions().len()), (Some(3), 0));
    }

    #[test]
    fn a_refusal_joins_nothing() {
        let mut session = RoadRunner::new(Wire::V2_3_1, Some("memory".to_owned()));
        let join = session.compose(Wanted::Subscribe(&["foo", "foo2"]), NOW).unwrap().messages;
        assert_eq!(sent(&join[0]), r#"{"command":"join","topics":["foo","foo2"],"payload":""}"#);
        let reading = read(&mut session, r##"{"topic":"#join","payload":["foo","foo2"]}"##);
        assert!(reading.refusal().unwrap().to_string().contains("refuses to join foo, foo2"));
        assert_eq!((session.unanswered(), session.subscriptions().len()), (0, 0));
        let stray = read(&mut session, r##"{"topic":"#leave","payload":["foo","foo2"]}"##);
        assert!(stray.problem.is_some() && stray.refusal().is_some());
    }

    #[test]
    fn a_message_has_its_topic_where_the_wire_tells_it() {
        let mut session = RoadRunner::new(Wire::V2_3_1, None);
        let reading = read(&mut session, r#"{"topic":"foo","payload":"hello"}"#);
        assert_eq!((reading.topic.as_deref(), reading.content.as_deref()), (Some("foo"), Some("hello")));
        assert_eq!(read(&mut session, "hello").kind, Kind::Unknown);
        let mut session = RoadRunner::new(Wire::V2_3_0, None);
        let reading = session.read(PayloadRef::Binary(b"hello"), None, NOW);
        assert_eq!((reading.kind, reading.topic, reading.content), (Kind::Message, None, None));
    }

    #[test]
    fn what_no_client_sends_is_not_sent() {
        let mut session = RoadRunner::new(Wire::V2_3_1, None);
        let publish = Wanted::Publish { topic: "foo", content: "x" };
        for wanted in [
            publish,
            Wanted::Document("{\"a\":1}"),
            Wanted::Word { name: "/join", arguments: " " },
            Wanted::Word { name: "/topics", arguments: "x" },
            Wanted::Word { name: "/broadcast", arguments: "x" },
        ] {
            assert!(session.compose(wanted, NOW).unwrap_err().hint().is_some(), "{wanted:?}");
        }
        let seed = r#"{"command":"leave","broker":"memory","topics":["foo","foo2"],"payload":""}"#;
        let composed = session.compose(Wanted::Document(seed), NOW).unwrap().messages;
        assert_eq!((sent(&composed[0]), session.unanswered()), (seed, 1));
    }
}
