//! The chat in a session: numbered requests and their responses, events and their acknowledgements, and the keep-alive.
//!
//! Whatever carries an id is acknowledged by itself, unless somebody wants to see what happens when it is not.

mod words;

use std::collections::VecDeque;

use serde::Deserialize;

use self::words::WORDS;
use super::{
    Answer, CommandHelp, ComposeError, Composed, Composition, Examined, KeepAlive, Kind, Moment, Payload,
    PayloadRef, Reading, Refusal, SessionProtocol, Wanted,
};
use crate::protocol::chat::{
    self, Ack, Asked, ClientEvent, ClientEventPayload, ClientFrame, NewMessage, PING, PING_EVERY,
    PONG_WITHIN, Request, Response, ServerEvent, ServerFrame,
};
use crate::protocol::record::Protocol;

/// Where sessions are opened.
const PATH: &str = "/ws";

/// How many events that are not acknowledged are remembered.
const MAX_UNACKED: usize = 1_024;

/// The chat in one session.
#[derive(Debug, Clone)]
pub struct Chat {
    /// Whom texts go to that are no frames.
    chat_id: Option<String>,
    sent: u64,
    /// The ids of the requests without a response, and their numbers.
    pending: VecDeque<(String, u64)>,
    acks: bool,
    /// The highest event that was acknowledged: a server may answer that too.
    acked: Option<u64>,
    /// The events that were not acknowledged, because nobody wanted to.
    unacked: VecDeque<u64>,
}

impl Chat {
    /// A session; a text that is no frame goes to the chat, where one is named.
    pub fn new(chat_id: Option<String>) -> Self {
        Chat { chat_id, sent: 0, pending: VecDeque::new(), acks: true, acked: None, unacked: VecDeque::new() }
    }

    fn ask(&mut self, asked: &Asked, moment: Moment) -> Composed {
        let number = self.sent + 1;
        let request = Request::new(moment.millis, number.to_string(), asked);
        self.request(request)
    }

    fn request(&mut self, request: Request) -> Composed {
        let id = request.id.clone();
        self.numbered(id, ClientFrame::Request(request).write())
    }

    fn numbered(&mut self, id: String, text: String) -> Composed {
        self.sent += 1;
        self.pending.push_back((id, self.sent));
        Composed::answered(text, self.sent)
    }

    /// A name for a message that no other session of the same user gives.
    fn client_message_id(&self, moment: Moment) -> Option<String> {
        Some(format!("{}-{}", moment.millis, self.sent + 1))
    }

    fn message(&mut self, chat_id: &str, text: &str, moment: Moment) -> Composed {
        let asked = Asked::New(NewMessage {
            chat_id: chat_id.to_owned(),
            client_message_id: self.client_message_id(moment),
            message: Some(text.to_owned()),
            attachments: None,
            reply_to: None,
        });
        self.ask(&asked, moment)
    }

    fn event(&self, event_type: &str, payload: &ClientEventPayload, moment: Moment) -> Composed {
        let payload = match payload {
            ClientEventPayload::Typing(typing) => Some(chat::Payload::of(typing)),
            ClientEventPayload::Offline => None,
        };
        let event =
            ClientEvent { timestamp: Some(moment.millis), event_type: event_type.to_owned(), payload };
        Composed::text(ClientFrame::Event(event).write())
    }

    /// A document is a frame, what a request asks for, or a text for the chat.
    fn document(&mut self, text: &str, moment: Moment) -> Result<Composition, ComposeError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        struct Short {
            payload_type: String,
            payload: Option<chat::Payload>,
        }

        if let Ok(Short { payload_type, payload }) = serde_json::from_str(text) {
            let id = (self.sent + 1).to_string();
            return Ok(self
                .request(Request { timestamp: Some(moment.millis), id, payload_type, payload })
                .into());
        }
        let read = ClientFrame::read(text);
        // A single character would be a sign of life.
        let is_text = matches!(read, Err(_) | Ok(ClientFrame::KeepAlive));
        if let (true, Some(chat_id)) = (is_text, self.chat_id.clone()) {
            let said = serde_json::from_str::<String>(text);
            // The last line break is the file's.
            let typed = text.strip_suffix('\n').unwrap_or(text);
            return Ok(self.message(&chat_id, said.as_deref().unwrap_or(typed), moment).into());
        }
        match read {
            Ok(ClientFrame::Request(request)) => Ok(self.numbered(request.id, text.to_owned()).into()),
            Ok(_) => Ok(Composed::text(text.to_owned()).into()),
            Err(unreadable) => Err(ComposeError::NotAMessage("chat", unreadable.to_string())),
        }
    }

    fn ack(&mut self, id: u64) -> String {
        self.acked = self.acked.max(Some(id));
        ClientFrame::Ack(Ack::of(id)).write()
    }

    fn response(&mut self, response: Response) -> Reading {
        let found = self.pending.iter().position(|(id, _)| *id == response.id);
        let number = found.and_then(|found| self.pending.remove(found)).map(|(_, number)| number);
        let of_ack = || response.id.parse().is_ok_and(|id: u64| self.acked >= Some(id));
        let problem = match number {
            None if !of_ack() => Some(format!("there is no request {:?} that it could answer", response.id)),
            _ => None,
        };
        let result = match response.refusal() {
            None => Ok(()),
            Some(refusal) => Err(Refusal { code: Some(refusal.code), message: refusal.message }),
        };
        let content = response.payload.filter(|payload| !payload.is_empty());
        Reading {
            content: content.map(|payload| payload.text().to_owned()),
            problem,
            ..Reading::answering(Answer { number, result })
        }
    }

    fn take(&mut self, event: &ServerEvent) -> Reading {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct About {
            chat_id: Option<String>,
        }

        let mut reading = Reading::new(Kind::Event(event.event_type.clone()));
        let about = event.payload.as_ref().and_then(|payload| payload.read::<About>("event").ok());
        reading.topic = about.and_then(|about| about.chat_id);
        reading.content = event.payload.as_ref().map(|payload| payload.text().to_owned());
        reading.problem = event.content().err().map(|error| error.to_string());
        match event.id {
            Some(id) if self.acks => reading.replies.push(Payload::Text(self.ack(id))),
            Some(id) if !self.unacked.contains(&id) => {
                if self.unacked.len() == MAX_UNACKED {
                    self.unacked.pop_front();
                }
                self.unacked.push_back(id);
            }
            _ => {}
        }
        reading
    }
}

const NO_SUBSCRIBING: &str = "a chat is not subscribed to: what is for its user comes by itself";
const WRITE_ONE: &str = "/new CHAT TEXT writes to somebody";

impl SessionProtocol for Chat {
    fn protocol(&self) -> Protocol {
        Protocol::Chat
    }

    fn default_path(&self) -> &'static str {
        PATH
    }

    fn commands(&self) -> &'static [CommandHelp] {
        WORDS
    }

    fn opened(&mut self, _: Option<&str>, _: Moment) -> Vec<Composed> {
        self.pending.clear();
        // What was not acknowledged comes again by itself.
        self.unacked.clear();
        Vec::new()
    }

    fn compose(&mut self, wanted: Wanted<'_>, moment: Moment) -> Result<Composition, ComposeError> {
        match wanted {
            Wanted::Document(text) => self.document(text, moment),
            Wanted::Publish { topic, content } => Ok(self.message(topic, content, moment).into()),
            Wanted::Subscribe(_) | Wanted::Unsubscribe(_) => {
                Err(ComposeError::Unsupported(NO_SUBSCRIBING, WRITE_ONE))
            }
            Wanted::Word { name, arguments } => self.word(name, arguments, moment),
        }
    }

    fn read(&mut self, payload: PayloadRef<'_>, _: Examined, _: Moment) -> Reading {
        let frame = payload.text().map(ServerFrame::read);
        match frame {
            None => Reading::unknown(chat::FrameError::NotText.to_string()),
            Some(Ok(ServerFrame::Pong)) => Reading::new(Kind::KeepAlive),
            Some(Ok(ServerFrame::Response(response))) => self.response(response),
            Some(Ok(ServerFrame::Event(event))) => self.take(&event),
            Some(Err(unreadable)) => Reading::unknown(unreadable.to_string()),
        }
    }

    fn keep_alive(&self) -> Option<KeepAlive> {
        let payload = Payload::Text(PING.to_owned());
        Some(KeepAlive { after: PING_EVERY, payload, patience: PONG_WITHIN })
    }

    fn answers(&self) -> bool {
        true
    }

    fn unanswered(&self) -> usize {
        self.pending.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment { millis: 1_700_000_000_000 };

    fn word(session: &mut Chat, name: &str, arguments: &str) -> Composition {
        session.compose(Wanted::Word { name, arguments }, NOW).unwrap()
    }

    fn text(composed: &Composed) -> &str {
        match &composed.payload {
            Payload::Text(text) => text,
            Payload::Binary(_) => panic!("the chat's frames are text"),
        }
    }

    fn read(session: &mut Chat, text: &str) -> Reading {
        session.read(PayloadRef::Text(text), None, NOW)
    }

    #[test]
    fn words_become_numbered_requests_and_events() {
        let mut session = Chat::new(None);
        for (name, arguments, sent, number) in [
            (
                "/new",
                "User2 Hi from User1!",
                r#"{"type":"request","timestamp":1700000000000,"id":"1","payloadType":"new","payload":{"chatId":"User2","clientMessageId":"1700000000000-1","message":"Hi from User1!"}}"#,
                Some(1),
            ),
            (
                "/edit",
                "User2 5 Hello",
                r#"{"type":"request","timestamp":1700000000000,"id":"2","payloadType":"edit","payload":{"chatId":"User2","originalMessageId":5,"clientMessageId":"1700000000000-2","message":"Hello"}}"#,
                Some(2),
            ),
            (
                "/delete",
                "User2 5",
                r#"{"type":"request","timestamp":1700000000000,"id":"3","payloadType":"delete","payload":{"chatId":"User2","originalMessageId":5}}"#,
                Some(3),
            ),
            (
                "/dlvrd",
                "User2 125",
                r#"{"type":"request","timestamp":1700000000000,"id":"4","payloadType":"dlvrd","payload":{"chatId":"User2","messageId":125}}"#,
                Some(4),
            ),
            (
                "/read",
                "User2",
                r#"{"type":"request","timestamp":1700000000000,"id":"5","payloadType":"read","payload":{"chatId":"User2"}}"#,
                Some(5),
            ),
            (
                "/call",
                "User2 video",
                r#"{"type":"request","timestamp":1700000000000,"id":"6","payloadType":"newCall","payload":{"chatId":"User2","callType":"video"}}"#,
                Some(6),
            ),
            (
                "/call",
                "User2 end c1 missed",
                r#"{"type":"request","timestamp":1700000000000,"id":"7","payloadType":"closeCall","payload":{"chatId":"User2","callId":"c1","status":"missed"}}"#,
                Some(7),
            ),
            (
                "/typing",
                "User2",
                r#"{"type":"event","timestamp":1700000000000,"eventType":"typing","payload":{"chatId":"User2"}}"#,
                None,
            ),
            (
                "/typing",
                "User2 stop",
                r#"{"type":"event","timestamp":1700000000000,"eventType":"typing","payload":{"chatId":"User2","stop":true}}"#,
                None,
            ),
        ] {
            let composed = word(&mut session, name, arguments).messages.remove(0);
            assert_eq!((text(&composed), composed.number), (sent, number));
            assert!(ClientFrame::read(sent).is_ok());
        }
        assert_eq!(session.unanswered(), 7);
    }

    #[test]
    fn responses_find_their_requests_and_errors_are_refusals() {
        let mut session = Chat::new(None);
        let seed = r#"{"type":"request","timestamp":1700000000000,"id":"req001","payloadType":"new","payload":{"chatId":"User2","message":"Hi from User1!"}}"#;
        let composed = session.compose(Wanted::Document(seed), NOW).unwrap().messages;
        assert_eq!((text(&composed[0]), composed[0].number), (seed, Some(1)));
        word(&mut session, "/read", "User2");
        let response =
            r#"{"type":"response","timestamp":1700000000000,"id":"req001","payload":{"messageId":5}}"#;
        let reading = read(&mut session, response);
        assert_eq!(reading.answer, Some(Answer { number: Some(1), result: Ok(()) }));
        assert_eq!((reading.content.as_deref(), reading.problem), (Some("{\"messageId\":5}"), None));
        assert!(read(&mut session, response).problem.unwrap().contains("no request \"req001\""));
        let refused = r#"{"type":"response","id":"2","payload":{"error":{"code":"not-found","message":"no such chat"}}}"#;
        let reading = read(&mut session, refused);
        assert_eq!(reading.answer.as_ref().and_then(|answer| answer.number), Some(2));
        assert_eq!(reading.refusal().unwrap().to_string(), "not-found: no such chat");
        assert_eq!(session.unanswered(), 0);
    }

    #[test]
    fn events_with_an_id_are_acknowledged_by_themselves_unless_that_is_off() {
        let mut session = Chat::new(None);
        let event = |id: &str| {
            format!(
                r#"{{"type":"event","timestamp":1700000000000{id},"eventType":"online","payload":{{"userId":"User2"}}}}"#
            )
        };
        let ack = |id: u64| Payload::Text(format!(r#"{{"type":"ack","id":"{id}"}}"#));
        let reading = read(&mut session, &event(r#","id":23"#));
        assert_eq!((reading.kind, reading.replies), (Kind::Event("online".to_owned()), vec![ack(23)]));
        assert_eq!(read(&mut session, &event("")).replies, []);
        assert_eq!(read(&mut session, r#"{"type":"response","id":"23"}"#).problem, None);
        let other = r#"{"type":"event","id":24,"eventType":"new","payload":{"chatId":"User2","odd":1}}"#;
        let reading = read(&mut session, other);
        assert_eq!((reading.topic.as_deref(), reading.replies.len()), (Some("User2"), 1));
        assert!(reading.problem.is_some());

        word(&mut session, "/acks", "off");
        for id in [25, 26, 26] {
            assert_eq!(read(&mut session, &event(&format!(r#","id":{id}"#))).replies, []);
        }
        assert_eq!(word(&mut session, "/acks", "").told, ["acks are off; not acknowledged: 25, 26"]);
        let sent = word(&mut session, "/acks", "25");
        assert_eq!(sent.messages[0].payload, ack(25));
        let sent = word(&mut session, "/acks", "on");
        assert_eq!((sent.messages.len(), &sent.messages[0].payload), (1, &ack(26)));
        assert_eq!(word(&mut session, "/acks", "").told, ["acks are on; the last was 26"]);
    }

    #[test]
    fn the_session_is_kept_alive_and_pongs_are_no_messages() {
        let mut session = Chat::new(None);
        let keep_alive = session.keep_alive().unwrap();
        assert_eq!(keep_alive.payload, Payload::Text("ping".to_owned()));
        assert!(keep_alive.after + keep_alive.patience < chat::SILENCE);
        let reading = read(&mut session, r#"{"event":"pong"}"#);
        assert!(reading.kind == Kind::KeepAlive && !reading.is_message());
    }

    #[test]
    fn a_document_is_a_frame_a_request_or_a_text_for_the_chat() {
        let mut session = Chat::new(Some("User2".to_owned()));
        let mut sent = |document| {
            let composed = session.compose(Wanted::Document(document), NOW).unwrap().messages;
            text(&composed[0]).to_owned()
        };
        assert!(sent("Hi there").contains(r#""message":"Hi there""#));
        assert!(sent("\"Hi there\"").contains(r#""message":"Hi there""#));
        assert!(sent("y\n").contains(r#""message":"y""#));
        assert!(sent(r#"{"payloadType":"chats"}"#).contains(r#""id":"4","payloadType":"chats""#));
        let ack = r#"{"type": "ack", "id": "23"}"#;
        assert_eq!(sent(ack), ack);
        let mut session = Chat::new(None);
        for document in
            ["Hi there", r#"{"type":"response","id":"1"}"#, r#"{"type":"request","payloadType":"new"}"#]
        {
            let error = session.compose(Wanted::Document(document), NOW).expect_err(document);
            assert!(matches!(error, ComposeError::NotAMessage("chat", _)), "{error}");
        }
    }

    #[test]
    fn words_that_are_written_wrongly_send_nothing() {
        let mut session = Chat::new(None);
        for (name, arguments) in [
            ("/new", ""),
            ("/new", "User2"),
            ("/edit", "User2 five Hello"),
            ("/edit", "User2 5"),
            ("/delete", "User2"),
            ("/delete", "User2 5 6"),
            ("/read", "User2 x"),
            ("/typing", "User2 start"),
            ("/call", "User2"),
            ("/call", "User2 fax"),
            ("/call", "User2 end"),
            ("/call", "User2 end c1 lost"),
            ("/acks", "maybe"),
            ("/messages", "User2 0"),
            ("/chats", "x"),
            ("/join", "x"),
        ] {
            let composed = session.compose(Wanted::Word { name, arguments }, NOW);
            assert!(composed.expect_err(&format!("{name} {arguments}")).hint().is_some());
        }
        assert_eq!((session.unanswered(), session.sent), (0, 0));
    }
}
