//! What holds for any bytes at all, for whoever throws random ones at the reader.

use super::frame::{ClientFrame, ServerFrame};

/// Reads bytes as a frame of either side, and what is in it, and says what should hold and does not: a frame that was
/// read is written so that it reads as the same.
///
/// # Errors
/// Says which of it did not hold.
pub fn check(bytes: &[u8]) -> Result<(), String> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Ok(()) };
    if let Ok(frame) = ClientFrame::read(text) {
        match &frame {
            ClientFrame::Request(request) => {
                if let Ok(asked) = request.asked() {
                    let again = super::Request::new(0, request.id.clone(), &asked);
                    same("the payload", again.asked().as_ref().ok(), &asked)?;
                }
            }
            ClientFrame::Event(event) => drop(event.content()),
            ClientFrame::Ack(_) | ClientFrame::KeepAlive => {}
        }
        same("the client's frame", ClientFrame::read(&frame.write()).as_ref().ok(), &frame)?;
    }
    if let Ok(frame) = ServerFrame::read(text) {
        if let ServerFrame::Event(event) = &frame
            && let Ok(Some(content)) = event.content()
        {
            let again = super::ServerEvent::new(0, event.id, &content);
            same("the event", again.content().ok().flatten().as_ref(), &content)?;
        }
        same("the server's frame", ServerFrame::read(&frame.write()).as_ref().ok(), &frame)?;
    }
    Ok(())
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: Option<&T>, wanted: &T) -> Result<(), String> {
    match found {
        Some(found) if found == wanted => Ok(()),
        found => Err(format!("{what} reads as {found:?} after it was written, and was {wanted:?}")),
    }
}
