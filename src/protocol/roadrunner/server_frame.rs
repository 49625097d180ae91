//! What a server sends in a session: what became of a command, and what was published.

use serde::{Deserialize, Serialize};

use super::Wire;

/// The topic of a frame that says that topics were joined.
const JOINED: &str = "@join";
/// That of one that says that they were not.
const JOIN_REFUSED: &str = "#join";
/// That of one that says that topics were left.
const LEFT: &str = "@leave";
/// That of one that says that they were not.
const LEAVE_REFUSED: &str = "#leave";

/// A frame of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerFrame {
    /// These topics are joined.
    Joined(Vec<String>),
    /// None of these topics is joined.
    JoinRefused(Vec<String>),
    /// These topics are left.
    Left(Vec<String>),
    /// These topics are not left.
    LeaveRefused(Vec<String>),
    /// Something was published.
    Message {
        /// The topic; the wire of 2.3.0 does not tell it.
        topic: Option<String>,
        /// What was published.
        payload: Vec<u8>,
    },
}

#[derive(Deserialize, Serialize)]
struct Answer<'a> {
    #[serde(borrow)]
    topic: std::borrow::Cow<'a, str>,
    payload: Vec<String>,
}

#[derive(Deserialize)]
struct ReadMessage {
    topic: String,
    payload: String,
}

#[derive(Serialize)]
struct WrittenMessage<'a> {
    topic: &'a str,
    payload: &'a str,
}

impl ServerFrame {
    /// Reads the payload of a frame; on the wire of 2.3.0, whatever is no answer is a message.
    ///
    /// # Errors
    /// On the later wire, when it is not JSON of that form: says why.
    pub fn read(payload: &[u8], wire: Wire) -> Result<Self, String> {
        if let Ok(answer) = serde_json::from_slice::<Answer<'_>>(payload) {
            match &*answer.topic {
                JOINED => return Ok(ServerFrame::Joined(answer.payload)),
                JOIN_REFUSED => return Ok(ServerFrame::JoinRefused(answer.payload)),
                LEFT => return Ok(ServerFrame::Left(answer.payload)),
                LEAVE_REFUSED => return Ok(ServerFrame::LeaveRefused(answer.payload)),
                _ => {}
            }
        }
        match wire {
            Wire::V2_3_0 => Ok(ServerFrame::Message { topic: None, payload: payload.to_vec() }),
            Wire::V2_3_1 => serde_json::from_slice(payload)
                .map(|ReadMessage { topic, payload }| ServerFrame::Message {
                    topic: Some(topic),
                    payload: payload.into_bytes(),
                })
                .map_err(|error| error.to_string()),
        }
    }

    /// The payload of the frame. On the later wire a payload that is no text has U+FFFD in the place of what is none.
    pub fn write(&self, wire: Wire) -> Vec<u8> {
        let answer = |topic: &'static str, topics: &[String]| {
            to_json(&Answer { topic: topic.into(), payload: topics.to_vec() })
        };
        match self {
            ServerFrame::Joined(topics) => answer(JOINED, topics),
            ServerFrame::JoinRefused(topics) => answer(JOIN_REFUSED, topics),
            ServerFrame::Left(topics) => answer(LEFT, topics),
            ServerFrame::LeaveRefused(topics) => answer(LEAVE_REFUSED, topics),
            ServerFrame::Message { topic, payload } => match wire {
                Wire::V2_3_0 => payload.clone(),
                Wire::V2_3_1 => to_json(&WrittenMessage {
                    topic: topic.as_deref().unwrap_or_default(),
                    payload: &String::from_utf8_lossy(payload),
                }),
            },
        }
    }
}

fn to_json(value: &impl Serialize) -> Vec<u8> {
    // Texts only: nothing that JSON cannot hold.
    serde_json::to_vec(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topics(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_answers_of_the_seed_are_read_and_written_as_they_are_on_both_wires() {
        let both = || topics(&["foo", "foo2"]);
        for wire in [Wire::V2_3_0, Wire::V2_3_1] {
            for (frame, text) in [
                (ServerFrame::Joined(both()), r##"{"topic":"@join","payload":["foo","foo2"]}"##),
                (ServerFrame::JoinRefused(both()), r##"{"topic":"#join","payload":["foo","foo2"]}"##),
                (ServerFrame::Left(both()), r##"{"topic":"@leave","payload":["foo","foo2"]}"##),
                (ServerFrame::LeaveRefused(both()), r##"{"topic":"#leave","payload":["foo","foo2"]}"##),
            ] {
                assert_eq!(frame.write(wire), text.as_bytes());
                assert_eq!(ServerFrame::read(text.as_bytes(), wire), Ok(frame));
            }
        }
    }

    #[test]
    fn a_message_is_its_payload_on_the_one_wire_and_has_a_topic_on_the_other() {
        let message = |topic: Option<&str>, payload: &[u8]| ServerFrame::Message {
            topic: topic.map(str::to_owned),
            payload: payload.to_vec(),
        };
        assert_eq!(message(Some("foo"), b"a\xff").write(Wire::V2_3_0), b"a\xff");
        assert_eq!(ServerFrame::read(b"a\xff", Wire::V2_3_0), Ok(message(None, b"a\xff")));
        let text = r#"{"topic":"foo","payload":"say \"hi\""}"#;
        assert_eq!(message(Some("foo"), b"say \"hi\"").write(Wire::V2_3_1), text.as_bytes());
        assert_eq!(ServerFrame::read(text.as_bytes(), Wire::V2_3_1), Ok(message(Some("foo"), b"say \"hi\"")));
        assert_eq!(
            message(Some("foo"), b"a\xff").write(Wire::V2_3_1),
            "{\"topic\":\"foo\",\"payload\":\"a\u{fffd}\"}".as_bytes()
        );
    }

    #[test]
    fn the_later_wire_knows_nothing_but_its_own_form() {
        for text in ["", "hello", "{}", r#"{"topic":"foo"}"#, r#"{"topic":"foo","payload":["a"]}"#, "[]"] {
            assert!(ServerFrame::read(text.as_bytes(), Wire::V2_3_1).is_err(), "{text}");
            assert!(ServerFrame::read(text.as_bytes(), Wire::V2_3_0).is_ok(), "{text}");
        }
    }
}
