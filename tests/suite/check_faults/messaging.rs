//! What is wrong with instance messaging.

use versia_cli::protocol::versia::MESSAGING;

use super::fault::{Fault, answers};
use super::message::Asked;

fn is_message(asked: &Asked) -> bool {
    asked.method == "POST" && asked.target == MESSAGING
}

pub fn rows() -> Vec<Fault> {
    vec![
        answers("messages are lost", &["messaging/plain-text"], 500, is_message),
        answers(
            "messages want a signature",
            &["messaging/plain-text", "messaging/unsigned"],
            401,
            is_message,
        ),
        answers("messages can be read", &["messaging/get"], 200, |asked| {
            asked.is_get() && asked.target == MESSAGING
        }),
    ]
}
