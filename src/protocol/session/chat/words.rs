//! The chat's own words, and what each becomes.

use std::mem;

use super::super::word::{commands, find, first_word, split_words};
use super::super::{CommandHelp, ComposeError, Composed, Composition, Moment};
use super::Chat;
use crate::protocol::chat::{
    Asked, CallStatus, CallType, ClientEventPayload, CloseCall, Delete, Edit, MAX_PAGE, Mark, Page,
    StartCall, Typing,
};

commands! {
    /// The chat's own words.
    pub(super) WORDS:
    "/new" "CHAT TEXT" "send a message"
        "A chat is named by the other user. A text that is typed alone goes to the chat of --topic.";
    "/edit" "CHAT ID TEXT" "change a message"
        "";
    "/delete" "CHAT ID" "take a message back"
        "";
    "/dlvrd" "CHAT [ID]" "mark as delivered: up to a message, or all"
        "";
    "/read" "CHAT [ID]" "mark as read: up to a message, or all"
        "";
    "/typing" "CHAT [stop]" "tell that you are typing, or stopped"
        "";
    "/call" "CHAT video|audio|end CALL [missed|received]" "begin a call, or end one"
        "";
    "/messages" "CHAT [COUNT]" "read the last messages of a chat"
        "";
    "/chats" "" "list the chats"
        "";
    "/acks" "[on|off|ID…]" "tell of acknowledgements, switch them, or send some"
        "Every event that carries an id is acknowledged by itself. With off, none is, and the server sends them again; \
         with on, those that came meanwhile are acknowledged at once.";
}

type Composing<T> = Result<T, ComposeError>;

impl Chat {
    pub(super) fn word(&mut self, name: &str, arguments: &str, moment: Moment) -> Composing<Composition> {
        let help = find(WORDS, name).ok_or_else(|| ComposeError::Unknown(name.to_owned()))?;
        match name {
            "/acks" => return self.acks(help, arguments),
            "/chats" if arguments.trim().is_empty() => return Ok(self.ask(&Asked::Chats, moment).into()),
            "/chats" => return Err(wrong(help, arguments, "it takes nothing")),
            _ => {}
        }
        let (chat_id, rest) = first_word(arguments).ok_or(ComposeError::Missing(help))?;
        let chat_id = chat_id.to_owned();
        if chat_id.is_empty() {
            return Err(ComposeError::Missing(help));
        }
        let asked = match name {
            "/new" if rest.is_empty() => return Err(ComposeError::Missing(help)),
            "/new" => return Ok(self.message(&chat_id, rest, moment).into()),
            "/typing" => return self.typing(help, chat_id, rest, moment),
            "/edit" => self.edit(help, chat_id, rest, moment)?,
            "/delete" => {
                let id = number(help, rest)?.ok_or(ComposeError::Missing(help))?;
                Asked::Delete(Delete { chat_id, original_message_id: id, client_message_id: None })
            }
            "/dlvrd" => Asked::Delivered(Mark { chat_id, message_id: number(help, rest)? }),
            "/read" => Asked::Read(Mark { chat_id, message_id: number(help, rest)? }),
            "/messages" => page(help, chat_id, rest)?,
            _ => call(help, chat_id, rest)?,
        };
        Ok(self.ask(&asked, moment).into())
    }

    fn edit(
        &self,
        help: &'static CommandHelp,
        chat_id: String,
        rest: &str,
        moment: Moment,
    ) -> Composing<Asked> {
        let (id, text) = first_word(rest).ok_or(ComposeError::Missing(help))?;
        let id = number(help, id)?.ok_or(ComposeError::Missing(help))?;
        if text.is_empty() {
            return Err(ComposeError::Missing(help));
        }
        Ok(Asked::Edit(Edit {
            chat_id,
            original_message_id: id,
            client_message_id: self.client_message_id(moment),
            message: text.to_owned(),
            attachments: None,
        }))
    }

    fn typing(
        &self,
        help: &'static CommandHelp,
        chat_id: String,
        rest: &str,
        moment: Moment,
    ) -> Composing<Composition> {
        let stop = match rest {
            "" => None,
            "stop" => Some(true),
            other => return Err(wrong(help, other, "it takes a chat, and stop")),
        };
        let payload = ClientEventPayload::Typing(Typing { chat_id, stop });
        Ok(self.event("typing", &payload, moment).into())
    }

    fn acks(&mut self, help: &'static CommandHelp, arguments: &str) -> Composing<Composition> {
        match split_words(arguments)[..] {
            [] => Ok(Composition { messages: Vec::new(), told: vec![self.told_of_acks()] }),
            ["off"] => {
                self.acks = false;
                Ok(Composition::default())
            }
            ["on"] => {
                self.acks = true;
                let unacked = mem::take(&mut self.unacked);
                Ok(self.acknowledge(unacked))
            }
            ref ids => {
                let ids: Result<Vec<u64>, _> = ids.iter().map(|id| id.parse()).collect();
                let ids = ids.map_err(|_| wrong(help, arguments, "it takes on, off, or ids of events"))?;
                self.unacked.retain(|unacked| !ids.contains(unacked));
                Ok(self.acknowledge(ids))
            }
        }
    }

    fn acknowledge(&mut self, ids: impl IntoIterator<Item = u64>) -> Composition {
        let messages = ids.into_iter().map(|id| Composed::text(self.ack(id))).collect();
        Composition { messages, told: Vec::new() }
    }

    fn told_of_acks(&self) -> String {
        let list = |ids: &[String]| ids.join(", ");
        let unacked: Vec<String> = self.unacked.iter().map(u64::to_string).collect();
        match (self.acks, self.acked) {
            (false, _) if unacked.is_empty() => "acks are off".to_owned(),
            (false, _) => format!("acks are off; not acknowledged: {}", list(&unacked)),
            (true, None) => "acks are on".to_owned(),
            (true, Some(last)) => format!("acks are on; the last was {last}"),
        }
    }
}

fn wrong(help: &'static CommandHelp, given: &str, wanted: &'static str) -> ComposeError {
    ComposeError::Argument(help, given.to_owned(), wanted)
}

/// The number that stands there, where anything does.
fn number(help: &'static CommandHelp, text: &str) -> Composing<Option<u64>> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| wrong(help, text, "a message's id is a whole number"))
}

fn page(help: &'static CommandHelp, chat_id: String, rest: &str) -> Composing<Asked> {
    let count = number(help, rest)?;
    if count.is_some_and(|count| !(1..=MAX_PAGE).contains(&count)) {
        return Err(wrong(help, rest, "a page has 1 to 500 messages"));
    }
    Ok(Asked::Messages(Page { chat_id, start_id: None, end_id: None, count }))
}

fn call(help: &'static CommandHelp, chat_id: String, rest: &str) -> Composing<Asked> {
    let close = |call_id: &str, status| {
        Asked::CloseCall(CloseCall { chat_id: chat_id.clone(), call_id: call_id.to_owned(), status })
    };
    match split_words(rest)[..] {
        [] | ["end"] => Err(ComposeError::Missing(help)),
        ["video"] => Ok(Asked::NewCall(StartCall { chat_id, call_type: CallType::Video })),
        ["audio"] => Ok(Asked::NewCall(StartCall { chat_id, call_type: CallType::Audio })),
        ["end", call_id] => Ok(close(call_id, None)),
        ["end", call_id, "missed"] => Ok(close(call_id, Some(CallStatus::Missed))),
        ["end", call_id, "received"] => Ok(close(call_id, Some(CallStatus::Received))),
        _ => Err(wrong(help, rest, "it takes video, audio, or end, the call and how it ended")),
    }
}
