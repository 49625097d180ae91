//! Versia's WebSocket extension in a session: signed messages out; receipts, and messages that are verified, in.

use std::sync::Arc;
use std::time::Duration;

use serde::de::IgnoredAny;

use super::{
    Answer, ComposeError, Composed, Composition, Examined, Examiner, Kind, Moment, PayloadRef, Reading,
    Refusal, SessionProtocol, Wanted,
};
use crate::protocol::record::{self, Frame, Protocol, Record, Request};
use crate::protocol::versia::{Allowance, INBOX, KeySource, Message, RECEIPTS, Receipt, verify_record};
use crate::signing::{Signer, Window};

/// The keys of signers, for any thread.
pub type Keys = Arc<dyn KeySource + Send + Sync>;

/// Versia's WebSocket extension in one session.
pub struct Versia {
    signer: Option<Signer>,
    as_is: bool,
    receipts: bool,
    target: String,
    keys: Option<Keys>,
    agreed: bool,
    sent: u64,
    answered: u64,
}

/// What a session of Versia is run with.
#[derive(Clone, Default)]
pub struct Signing {
    /// Who signs.
    pub signer: Option<Signer>,
    /// Whether documents are sent as they are.
    pub as_is: bool,
    /// Whether receipts are offered.
    pub receipts: bool,
    /// The target that signatures are over.
    pub target: String,
    /// The keys that what comes is verified with.
    pub keys: Option<Keys>,
}

impl Versia {
    /// A session.
    pub fn new(signing: Signing) -> Self {
        let Signing { signer, as_is, receipts, target, keys } = signing;
        Versia { signer, as_is, receipts, target, keys, agreed: false, sent: 0, answered: 0 }
    }

    fn document(&mut self, text: &str, moment: Moment) -> Result<Composition, ComposeError> {
        let (payload, content) = if self.as_is {
            (text.to_owned(), None)
        } else {
            let signer = self.signer.as_ref().ok_or(ComposeError::NoSigner)?;
            check_object(text)?;
            let signed = signer.sign("POST", &self.target, moment.seconds(), text.as_bytes());
            (Message::new(signed, text.to_owned()).write(), Some(text.to_owned()))
        };
        self.sent += 1;
        let number = self.agreed.then_some(self.sent);
        Ok(Composed { number, content, ..Composed::text(payload) }.into())
    }

    fn receipt(&mut self, receipt: Receipt) -> Reading {
        let (number, due) = (receipt.number, self.answered + 1);
        let result = match receipt.is_accepted() {
            true => Ok(()),
            false => Err(Refusal { code: Some(receipt.status.to_string()), message: receipt.detail.clone() }),
        };
        let problem = if number > self.sent {
            Some(format!("there is a receipt for message {number}, and only {} were sent", self.sent))
        } else if number < due {
            Some(format!("there are two receipts for message {number}"))
        } else if number > due {
            Some(format!("the receipt for message {number} came where the one for {due} is due"))
        } else {
            self.answered = number;
            None
        };
        let number = problem.is_none().then_some(number);
        let content = Some(receipt.detail).filter(|detail| !detail.is_empty());
        Reading { problem, content, ..Reading::answering(Answer { number, result }) }
    }
}

fn check_object(text: &str) -> Result<(), ComposeError> {
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) if text.trim_start().starts_with('{') => Ok(()),
        Ok(_) => {
            Err(ComposeError::NotAMessage("Versia", "it is another kind of JSON than an object".to_owned()))
        }
        Err(error) => Err(ComposeError::NotAMessage("Versia", error.to_string())),
    }
}

const NO_TOPICS: &str = "Versia's sessions have no channels or topics";
const SEND_IT: &str = "an entity is sent by typing it";

impl SessionProtocol for Versia {
    fn protocol(&self) -> Protocol {
        Protocol::Versia
    }

    fn default_path(&self) -> &'static str {
        INBOX
    }

    fn subprotocols(&self) -> &'static [&'static str] {
        if self.receipts { &[RECEIPTS] } else { &[] }
    }

    fn signs_handshake(&self) -> bool {
        true
    }

    fn opened(&mut self, agreed: Option<&str>, _: Moment) -> Vec<Composed> {
        (self.agreed, self.sent, self.answered) = (agreed == Some(RECEIPTS), 0, 0);
        Vec::new()
    }

    fn compose(&mut self, wanted: Wanted<'_>, moment: Moment) -> Result<Composition, ComposeError> {
        match wanted {
            Wanted::Document(text) => self.document(text, moment),
            Wanted::Word { name, .. } => Err(ComposeError::Unknown(name.to_owned())),
            Wanted::Subscribe(_) | Wanted::Unsubscribe(_) | Wanted::Publish { .. } => {
                Err(ComposeError::Unsupported(NO_TOPICS, SEND_IT))
            }
        }
    }

    fn sent_as_is(&mut self) -> Option<u64> {
        self.sent += 1;
        self.agreed.then_some(self.sent)
    }

    fn examiner(&self) -> Option<Arc<dyn Examiner>> {
        let keys = Arc::clone(self.keys.as_ref()?);
        let explanations = Allowance::new(EXPLANATIONS.0, EXPLANATIONS.1);
        Some(Arc::new(Verifier { keys, target: self.target.clone(), explanations }))
    }

    fn read(&mut self, payload: PayloadRef<'_>, examined: Examined, _: Moment) -> Reading {
        if let (true, PayloadRef::Text(text)) = (self.agreed, payload) {
            match Receipt::read(text) {
                Ok(Some(receipt)) => return self.receipt(receipt),
                Err(error) => {
                    let result = Err(Refusal { code: None, message: error.to_string() });
                    let answer = Answer { number: None, result };
                    return Reading { problem: Some(error.to_string()), ..Reading::answering(answer) };
                }
                Ok(None) => {}
            }
        }
        let checked = match examined {
            Some(Err(nothing)) => return Reading::unknown(nothing.to_string()),
            Some(Ok(checked)) => Some(Box::new(checked)),
            None => None,
        };
        match (payload, Message::read(payload.bytes())) {
            (PayloadRef::Binary(_), _) => {
                Reading::unknown("a binary frame carries no message: a message is a text frame")
            }
            (_, Ok(message)) => {
                Reading { content: Some(message.entity), checked, ..Reading::new(Kind::Entity) }
            }
            (_, Err(error)) => Reading::unknown(error.to_string()),
        }
    }

    fn answers(&self) -> bool {
        self.agreed
    }

    fn unanswered(&self) -> usize {
        if self.agreed { usize::try_from(self.sent - self.answered).unwrap_or(usize::MAX) } else { 0 }
    }
}

/// How long explanations of bad signatures may hold up a session, in all and for each.
const EXPLANATIONS: (Duration, Duration) = (Duration::from_secs(5), Duration::from_millis(500));

/// Verifies messages, and fetches keys for it.
struct Verifier {
    keys: Keys,
    target: String,
    explanations: Allowance,
}

impl Examiner for Verifier {
    fn examine(&self, payload: PayloadRef<'_>, moment: Moment) -> Examined {
        let record = Record {
            request: Some(Request {
                method: "GET".to_owned(),
                target: self.target.clone(),
                ..Request::default()
            }),
            frame: Some(Frame {
                opcode: payload.opcode().to_owned(),
                data: record::Bytes(payload.bytes().to_vec()),
                ..Frame::default()
            }),
            ..Record::default()
        };
        let checked = verify_record(&record, &*self.keys, Window::around(moment.seconds()));
        let one = checked.map(|mut checked| checked.pop()).transpose()?;
        Some(one.map(|mut checked| {
            self.explanations.explain(&mut checked, &record, &*self.keys);
            checked
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Payload;
    use super::*;
    use crate::protocol::versia::{KnownKey, NoKey};
    use crate::signing::{SecretKey, Verdict};

    const NOW: Moment = Moment { millis: 1_729_243_417_000 };
    const NOTE: &str = "{\"type\": \"Note\"}";

    struct Own;

    impl KeySource for Own {
        fn key_of(&self, _: Option<&str>) -> Result<KnownKey, NoKey> {
            let key = SecretKey::from_seed(&[7; 32]).public();
            Ok(KnownKey { key, origin: "given".to_owned(), findings: Vec::new() })
        }
    }

    fn session(signer: Option<Signer>, as_is: bool) -> Versia {
        let target = "/users/1/inbox".to_owned();
        Versia::new(Signing { signer, as_is, receipts: true, target, keys: Some(Arc::new(Own)) })
    }

    fn signer() -> Option<Signer> {
        Some(Signer::new(SecretKey::from_seed(&[7; 32]), "a.example"))
    }

    #[test]
    fn an_entity_is_signed_and_what_comes_is_verified() {
        let mut session = session(signer(), false);
        let composed = session.compose(Wanted::Document(NOTE), NOW).unwrap().messages.remove(0);
        assert_eq!((composed.number, composed.content.as_deref()), (None, Some(NOTE)));
        let Payload::Text(text) = composed.payload else { panic!("messages are text") };
        let examined = session.examiner().unwrap().examine(PayloadRef::Text(&text), NOW);
        let reading = session.read(PayloadRef::Text(&text), examined, NOW);
        assert_eq!((reading.kind, reading.content.as_deref()), (Kind::Entity, Some(NOTE)));
        assert_eq!(reading.checked.unwrap().verification.verdict, Verdict::Valid);
        let binary = PayloadRef::Binary(text.as_bytes());
        let examined = session.examiner().unwrap().examine(binary, NOW);
        assert!(
            session
                .read(binary, examined, NOW)
                .problem
                .unwrap()
                .contains("a binary frame carries no message")
        );
    }

    #[test]
    fn receipts_answer_in_order_where_they_were_agreed_on() {
        let mut session = session(signer(), false);
        assert_eq!(session.subprotocols(), [RECEIPTS]);
        session.opened(Some(RECEIPTS), NOW);
        for number in 1..=2 {
            let composed = session.compose(Wanted::Document(NOTE), NOW).unwrap().messages;
            assert_eq!(composed[0].number, Some(number));
        }
        let mut read = |text: &str| session.read(PayloadRef::Text(text), None, NOW);
        let early = read(r#"{"receipt":2,"status":202}"#);
        assert!(early.problem.unwrap().contains("where the one for 1 is due"));
        let first = read(r#"{"receipt":1,"status":401,"detail":"no"}"#);
        assert_eq!(first.answer.as_ref().unwrap().number, Some(1));
        assert_eq!(first.refusal().unwrap().to_string(), "401: no");
        assert!(read(r#"{"receipt":1,"status":202}"#).problem.unwrap().contains("two receipts"));
        assert!(read(r#"{"receipt":3,"status":202}"#).problem.unwrap().contains("only 2 were sent"));
        assert!(read(r#"{"receipt":"1"}"#).problem.is_some());
        assert_eq!(read(r#"{"receipt":2,"status":202}"#).answer.unwrap().result, Ok(()));
        assert_eq!((session.unanswered(), session.sent_as_is(), session.unanswered()), (0, Some(3), 1));
    }

    #[test]
    fn without_a_signer_only_what_is_sent_as_it_is_goes_out() {
        let compose = |mut session: Versia, text| {
            session.compose(Wanted::Document(text), NOW).map(|made| made.messages)
        };
        assert_eq!(compose(session(None, false), NOTE), Err(ComposeError::NoSigner));
        assert_eq!(compose(session(None, true), "hi"), Ok(vec![Composed::text("hi".to_owned())]));
        for text in ["hello", "[1]", "{", ""] {
            let error = compose(session(signer(), false), text).expect_err(text);
            assert!(matches!(error, ComposeError::NotAMessage("Versia", _)), "{text}");
        }
    }
}
