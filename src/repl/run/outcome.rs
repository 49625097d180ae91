//! What a run of lines came to.

/// What a run of lines came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcome {
    /// How many expectations were not met: of messages, their count, pongs, answers, and recordings.
    pub unmet: u64,
    /// How many answers refuse a message, and were not expected.
    pub refused: u64,
    /// How many answers are wrong, expected or not.
    pub wrong_answers: u64,
    /// Whether a script stopped at a line that is wrong, or what passed could not be recorded.
    pub wrong: bool,
    /// Whether a session was lost, closed by the peer with a code that is no orderly end, or could not be opened.
    pub lost: bool,
    /// Whether a handshake was refused with a status.
    pub handshake_refused: bool,
    /// Whether it was interrupted.
    pub interrupted: bool,
}
