//! Reading any bytes as each message, for a fuzzer.

use std::fmt::Debug;

use super::{
    Call, Codec, Command, Frame, Reply, ServerFrame, Wire, read_request, read_response, write_request,
};

/// The most of a payload that is read.
const LIMIT: usize = 1 << 20;

/// Reads any bytes as each message of a session, as a frame of Goridge with a call or a reply in it, and as a body of RPC:
/// what is read has to be the same after it was written.
///
/// # Errors
/// Says what came back differently.
pub fn check(bytes: &[u8]) -> Result<(), String> {
    for wire in [Wire::V2_3_0, Wire::V2_3_1] {
        in_session(bytes, wire)?;
        for codec in [Codec::Protobuf, Codec::Json] {
            in_body(bytes, wire, codec)?;
        }
    }
    match Frame::read(bytes, LIMIT) {
        Ok(Some((frame, length))) => in_frame(&frame, &bytes[..length]),
        Ok(None) | Err(_) => Ok(()),
    }
}

fn in_session(bytes: &[u8], wire: Wire) -> Result<(), String> {
    if let Ok(command) = Command::read(bytes) {
        let kept = Command { broker: command.broker.clone().filter(|_| wire == Wire::V2_3_0), ..command };
        same(Command::read(kept.write(wire).as_bytes()), &kept)?;
    }
    if let Ok(frame) = ServerFrame::read(bytes, wire) {
        same(ServerFrame::read(&frame.write(wire), wire), &frame)?;
    }
    Ok(())
}

fn in_body(bytes: &[u8], wire: Wire, codec: Codec) -> Result<(), String> {
    if let Ok(published) = read_request(wire, codec, bytes) {
        let again = write_request(wire, codec, &published).and_then(|body| read_request(wire, codec, &body));
        same(again, &published)?;
    }
    // Whether it is yes or no does not matter: only that it is read.
    drop(read_response(codec, bytes));
    Ok(())
}

fn in_frame(frame: &Frame<'_>, bytes: &[u8]) -> Result<(), String> {
    same(frame.write(), &bytes.to_vec())?;
    if let Ok(call) = Call::of(frame) {
        let written = call.write().map_err(|error| error.to_string())?;
        let again = Frame::read(&written, LIMIT).map_err(|error| error.to_string())?;
        same(again.ok_or(()).and_then(|(frame, _)| Call::of(&frame).map_err(|_| ())), &call)?;
    }
    if let Ok(reply) = Reply::of(frame) {
        let written = reply.write().map_err(|error| error.to_string())?;
        let again = Frame::read(&written, LIMIT).map_err(|error| error.to_string())?;
        same(again.ok_or(()).and_then(|(frame, _)| Reply::of(&frame).map_err(|_| ())), &reply)?;
    }
    Ok(())
}

fn same<T: PartialEq + Debug, E: Debug>(found: Result<T, E>, wanted: &T) -> Result<(), String> {
    match found {
        Ok(found) if found == *wanted => Ok(()),
        found => Err(format!("{found:?} was {wanted:?} before it was written")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_messages_come_back_as_they_are_read() {
        let call = Call {
            sequence: 1,
            method: "broadcast.Publish",
            codec: Codec::Protobuf,
            body: b"\x0a\x05\x12\x03foo",
        };
        let seeds = [
            br#"{"command":"join","broker":"memory","topics":["foo","foo2"],"payload":"aGk="}"#.to_vec(),
            br#"{"topic":"@join","payload":["foo","foo2"]}"#.to_vec(),
            br#"{"messages":[{"topics":["foo"],"payload":"aGk="}]}"#.to_vec(),
            call.body.to_vec(),
            call.write().unwrap(),
        ];
        for seed in seeds {
            check(&seed).unwrap();
            for at in 0..seed.len() {
                check(&seed[..at]).unwrap();
                for value in 0..=u8::MAX {
                    let mut damaged = seed.clone();
                    damaged[at] = value;
                    check(&damaged).unwrap();
                }
            }
        }
    }
}
