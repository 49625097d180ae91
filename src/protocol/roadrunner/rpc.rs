//! Calls and replies of Go's `net/rpc`, as Goridge carries them: two options, the sequence number and the length of the
//! method's name, which the payload begins with.

use std::fmt;

use super::Wire;
use super::goridge::{Codec, ERROR, Frame, FrameError};

/// How many options a frame of RPC has.
const OPTIONS: usize = 2;

/// A method that publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    /// The wire that has it.
    pub wire: Wire,
    /// Whether the answer does not wait for the broker.
    pub is_async: bool,
}

impl Method {
    /// The method of a name; `None` when it is another one.
    pub fn of(name: &str) -> Option<Self> {
        let all = [Wire::V2_3_0, Wire::V2_3_1].into_iter();
        let mut all = all.flat_map(|wire| [false, true].map(|is_async| Method { wire, is_async }));
        all.find(|method| method.as_str() == name)
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match (self.wire, self.is_async) {
            (Wire::V2_3_0, false) => "websockets.Publish",
            (Wire::V2_3_0, true) => "websockets.PublishAsync",
            (Wire::V2_3_1, false) => "broadcast.Publish",
            (Wire::V2_3_1, true) => "broadcast.PublishAsync",
        }
    }
}

/// A call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call<'a> {
    /// Its number.
    pub sequence: u32,
    /// The method's name.
    pub method: &'a str,
    /// How the body is encoded.
    pub codec: Codec,
    /// The encoded request.
    pub body: &'a [u8],
}

/// The answer to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply<'a> {
    /// The call's number.
    pub sequence: u32,
    /// The call's method.
    pub method: &'a str,
    /// The call's codec.
    pub codec: Codec,
    /// The encoded response, or the text of the error.
    pub result: Result<&'a [u8], &'a [u8]>,
}

/// Why a frame is no call, or no reply. The connection is of no use after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallError {
    /// It has another number of options than two.
    Options(usize),
    /// The name of the method is longer than the payload.
    NameLength(u32),
    /// The name of the method is not text.
    Name,
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallError::Options(count) => write!(f, "the frame has {count} options, and RPC has {OPTIONS}"),
            CallError::NameLength(length) => {
                write!(f, "the method's name has {length} bytes by the header, and the frame has fewer")
            }
            CallError::Name => f.write_str("the method's name is not text"),
        }
    }
}

impl std::error::Error for CallError {}

impl<'a> Call<'a> {
    /// The call that a frame carries.
    ///
    /// # Errors
    /// When it carries none.
    pub fn of(frame: &Frame<'a>) -> Result<Self, CallError> {
        let (sequence, method, body) = parts(frame)?;
        Ok(Call { sequence, method, codec: Codec::of(frame.flags), body })
    }

    /// The bytes of its frame.
    ///
    /// # Errors
    /// When it is larger than a frame can say.
    pub fn write(&self) -> Result<Vec<u8>, FrameError> {
        write(self.sequence, self.method, self.codec.flag(), self.body)
    }
}

impl<'a> Reply<'a> {
    /// The reply that a frame carries.
    ///
    /// # Errors
    /// When it carries none.
    pub fn of(frame: &Frame<'a>) -> Result<Self, CallError> {
        let (sequence, method, body) = parts(frame)?;
        let result = if frame.flags & ERROR == 0 { Ok(body) } else { Err(body) };
        Ok(Reply { sequence, method, codec: Codec::of(frame.flags), result })
    }

    /// The bytes of its frame.
    ///
    /// # Errors
    /// When it is larger than a frame can say.
    pub fn write(&self) -> Result<Vec<u8>, FrameError> {
        let (flags, body) = match self.result {
            Ok(body) => (self.codec.flag(), body),
            Err(text) => (self.codec.flag() | ERROR, text),
        };
        write(self.sequence, self.method, flags, body)
    }
}

fn parts<'a>(frame: &Frame<'a>) -> Result<(u32, &'a str, &'a [u8]), CallError> {
    let [sequence, length] = frame.options[..] else { return Err(CallError::Options(frame.options.len())) };
    let (name, body) = usize::try_from(length)
        .ok()
        .and_then(|length| frame.payload.split_at_checked(length))
        .ok_or(CallError::NameLength(length))?;
    let method = std::str::from_utf8(name).map_err(|_| CallError::Name)?;
    Ok((sequence, method, body))
}

fn write(sequence: u32, method: &str, flags: u8, body: &[u8]) -> Result<Vec<u8>, FrameError> {
    let payload = [method.as_bytes(), body].concat();
    // A name that is longer makes a frame that cannot be written either.
    let length = u32::try_from(method.len()).unwrap_or(u32::MAX);
    Frame { flags, stream: [0, 0], options: vec![sequence, length], payload: &payload }.write()
}

#[cfg(test)]
mod tests {
    use super::super::{Publication, read_request, read_response, write_request, write_response};
    use super::*;

    const LIMIT: usize = 1_000;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    fn publication(broker: Option<&str>) -> Publication {
        Publication {
            broker: broker.map(str::to_owned),
            topics: vec!["foo".to_owned()],
            payload: b"hello".to_vec(),
        }
    }

    /// A call of the digest, by hand from the table.
    fn check_call(hex: &str, method: &str, wire: Wire, published: Publication) {
        let wire_bytes = bytes(hex);
        let (frame, length) = Frame::read(&wire_bytes, LIMIT).unwrap().unwrap();
        assert_eq!(length, wire_bytes.len());
        let call = Call::of(&frame).unwrap();
        assert_eq!((call.sequence, call.method, call.codec), (1, method, Codec::Protobuf));
        assert_eq!(Method::of(method).map(|method| method.wire), Some(wire));
        assert_eq!(read_request(wire, call.codec, call.body), Ok(vec![published.clone()]));
        let body = write_request(wire, Codec::Protobuf, &[published]).unwrap();
        assert_eq!(Call { body: &body, ..call }.write().unwrap(), wire_bytes);
    }

    fn check_reply(hex: &str, method: &str, ok: bool) {
        let wire_bytes = bytes(hex);
        let (frame, _) = Frame::read(&wire_bytes, LIMIT).unwrap().unwrap();
        let reply = Reply::of(&frame).unwrap();
        assert_eq!((reply.sequence, reply.method, reply.codec), (1, method, Codec::Protobuf));
        assert_eq!(read_response(reply.codec, reply.result.unwrap()), Ok(ok));
        let body = write_response(Codec::Protobuf, ok).unwrap();
        assert_eq!(Reply { result: Ok(&body), ..reply }.write().unwrap(), wire_bytes);
    }

    #[test]
    fn the_vectors_of_2_3_1_are_read_and_written_byte_for_byte() {
        check_call(
            "15802400000070ba6f7c0000010000001600000062726f6164636173742e5075626c6973684173796e630a0c1203666f6f1a0568656c6c6f",
            "broadcast.PublishAsync",
            Wire::V2_3_1,
            publication(None),
        );
        let ok = "15801800000069fd92c60000010000001600000062726f6164636173742e5075626c6973684173796e630801";
        check_reply(ok, "broadcast.PublishAsync", true);
        let not_ok = "1580160000005a8a4d260000010000001600000062726f6164636173742e5075626c6973684173796e63";
        check_reply(not_ok, "broadcast.PublishAsync", false);
    }

    #[test]
    fn the_vectors_of_2_3_0_are_read_and_written_byte_for_byte() {
        check_call(
            "158028000000c805b93600000100000012000000776562736f636b6574732e5075626c6973680a1412066d656d6f72791a03666f6f220568656c6c6f",
            "websockets.Publish",
            Wire::V2_3_0,
            publication(Some("memory")),
        );
        let ok = "158014000000d142448c00000100000012000000776562736f636b6574732e5075626c6973680801";
        check_reply(ok, "websockets.Publish", true);
    }

    #[test]
    fn an_error_is_its_text() {
        let reply = Reply {
            sequence: 7,
            method: "broadcast.Publish",
            codec: Codec::Json,
            result: Err(b"no such broker"),
        };
        let written = reply.write().unwrap();
        assert_eq!(written[1], 0x48);
        let (frame, _) = Frame::read(&written, LIMIT).unwrap().unwrap();
        assert_eq!(Reply::of(&frame), Ok(reply));
    }

    #[test]
    fn a_frame_that_is_no_call_is_refused() {
        let frame = |options: &[u32], payload: &'static [u8]| Frame {
            flags: 0x80,
            stream: [0, 0],
            options: options.to_vec(),
            payload,
        };
        assert_eq!(Call::of(&frame(&[], b"x")), Err(CallError::Options(0)));
        assert_eq!(Call::of(&frame(&[1, 1, 1], b"x")), Err(CallError::Options(3)));
        assert_eq!(Call::of(&frame(&[1, 2], b"x")), Err(CallError::NameLength(2)));
        assert_eq!(Call::of(&frame(&[1, u32::MAX], b"x")), Err(CallError::NameLength(u32::MAX)));
        assert_eq!(Call::of(&frame(&[1, 1], b"\xff")), Err(CallError::Name));
        assert_eq!(Call::of(&frame(&[1, 0], b"")).map(|call| call.method), Ok(""));
    }

    #[test]
    fn only_the_four_methods_are_known() {
        for name in
            ["websockets.Publish", "websockets.PublishAsync", "broadcast.Publish", "broadcast.PublishAsync"]
        {
            assert_eq!(Method::of(name).map(Method::as_str), Some(name));
        }
        assert_eq!(Method::of("informer.Workers"), None);
    }
}
