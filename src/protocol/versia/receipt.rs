//! The receipt: this project's answer to a WebSocket message, by agreement only.
//!
//! A client that wants to know what became of its messages offers the subprotocol [`RECEIPTS`]. A server that takes it
//! sends one text frame for each message, in their order: `{"receipt":1,"status":202,"detail":"…"}`.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The subprotocol under which receipts are sent.
pub const RECEIPTS: &str = "versia.receipts.v1";

/// What became of one message of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Which message of the session it is for, counted from 1.
    #[serde(rename = "receipt")]
    pub number: u64,
    /// The status that an inbox would have answered over HTTP.
    pub status: u16,
    /// More about it, for people; may be empty.
    #[serde(default)]
    pub detail: String,
}

/// Why a text that is meant as a receipt is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceiptError {
    /// A field is missing or of the wrong kind.
    Malformed(String),
    /// The number is zero; receipts count from 1.
    Zero,
    /// The status is none of HTTP's final ones.
    Status(u16),
}

impl fmt::Display for ReceiptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReceiptError::Malformed(why) => write!(f, "the receipt is malformed: {why}"),
            ReceiptError::Zero => f.write_str("the receipt has the number 0; they count from 1"),
            ReceiptError::Status(status) => write!(f, "the receipt has the status {status}, which is none"),
        }
    }
}

impl std::error::Error for ReceiptError {}

impl Receipt {
    /// The message was taken.
    pub const ACCEPTED: u16 = 202;
    /// The message's signature is bad or missing.
    pub const UNAUTHORIZED: u16 = 401;
    /// The message was signed too long ago, or is none.
    pub const UNPROCESSABLE: u16 = 422;

    /// Whether the message was taken.
    pub fn is_accepted(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Reads a receipt from a text frame; `None` when the text is not meant as one.
    ///
    /// # Errors
    /// When there is a field `receipt`, and the rest is wrong.
    pub fn read(text: &str) -> Result<Option<Self>, ReceiptError> {
        // The fast road takes what is right; the slow one only finds out what is wrong.
        let refusal = match serde_json::from_str::<Receipt>(text) {
            Ok(Receipt { number: 0, .. }) => return Err(ReceiptError::Zero),
            Ok(receipt) if !(200..600).contains(&receipt.status) => {
                return Err(ReceiptError::Status(receipt.status));
            }
            Ok(receipt) => return Ok(Some(receipt)),
            Err(error) => error,
        };
        match serde_json::from_str::<Value>(text) {
            Ok(value) if value.get("receipt").is_some() => Err(ReceiptError::Malformed(refusal.to_string())),
            _ => Ok(None),
        }
    }

    /// The text of the frame.
    pub fn write(&self) -> String {
        // Numbers and a string: nothing that JSON cannot hold.
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_written_as_the_help_says_and_read_back() {
        let receipt =
            Receipt { number: 7, status: Receipt::UNAUTHORIZED, detail: "no \"signature\"\n".to_owned() };
        let text = receipt.write();
        assert_eq!(text, r#"{"receipt":7,"status":401,"detail":"no \"signature\"\n"}"#);
        assert_eq!(Receipt::read(&text), Ok(Some(receipt)));
    }

    #[test]
    fn the_detail_may_be_missing_and_other_fields_may_be_there() {
        let receipt = Receipt::read(r#"{ "status": 202, "receipt": 1, "at": "now" }"#).unwrap().unwrap();
        assert_eq!(receipt, Receipt { number: 1, status: Receipt::ACCEPTED, detail: String::new() });
        assert!(receipt.is_accepted());
    }

    #[test]
    fn a_text_without_the_field_is_no_receipt() {
        for text in ["", "hello", "[1]", "\"receipt\"", r#"{"status":202}"#, r#"{"type":"Note"}"#] {
            assert_eq!(Receipt::read(text), Ok(None), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_receipt_is_said() {
        for (text, says) in [
            (r#"{"receipt":0,"status":202}"#, "count from 1"),
            (r#"{"receipt":1,"status":20}"#, "the status 20,"),
            (r#"{"receipt":1,"status":600}"#, "the status 600,"),
            (r#"{"receipt":1}"#, "missing field `status`"),
            (r#"{"receipt":"1","status":202}"#, "invalid type: string"),
            (r#"{"receipt":-1,"status":202}"#, "invalid value"),
            (r#"{"receipt":1,"status":202,"detail":null}"#, "invalid type: null"),
        ] {
            let error = Receipt::read(text).expect_err(text).to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
