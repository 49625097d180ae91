//! The WebSocket layer of both sides, on cases of the list of the Autobahn suite: `serve` gets their bytes from a client
//! that is written out here, and `repl` from a server.
//!
//! A case is data: the frames that are sent, in which pieces, and what has to come of it: the messages that are taken (as
//! records tell), the pongs (off the wire), and the Close that ends it (off the wire), with nothing behind it. The numbers
//! are the suite's own. Where it lets a peer choose, such as to drop the connection where a Close can be sent, what we do
//! is what is asked for. Covered is:
//!
//! - 1, 2, 3, 4, 5: framing, pings and pongs, reserved bits and opcodes, fragmentation: all of it. The suite's waits of a
//!   second are left out (5.19 is sent frame by frame).
//! - 6: UTF-8: all of it. 6.4.1 and 6.4.2 send nothing behind the fragment that makes the text invalid, and have to be
//!   refused then. In 6.4.3 and 6.4.4 the text is a single frame, which the library looks at when it is whole: to fail
//!   before that is not promised, and these two are sent whole.
//! - 7: closing: all of it but 7.1.6, which asks for nothing. 7.13 leaves the answer to a code of 5000 and more open: ours
//!   is that to any code that must not be sent.
//! - 9: limits: messages of 64 KiB, 256 KiB and 1 MiB, of 1 MiB in pieces, of 4 MiB in fragments, and as large as the side
//!   takes: 4 MiB here for the server, 16 MiB for the client (9.1.4 and 9.1.6), and a byte more, which the suite does not
//!   ask for. The other sizes of fragments and pieces show nothing else, and 9.7 and 9.8 measure round trips: that is for
//!   the benchmarks.
//! - 10: a message in fragments of 1,300 bytes.
//!
//! 12 and 13 are of compression, which neither side offers.

mod client;
mod frames;
mod server;
mod table;
mod utf8;

use frames::Frame;

/// How the bytes of a case are handed to the connection.
#[derive(Debug, Clone, Copy)]
enum Pieces {
    /// All at once.
    Whole,
    /// Frame by frame.
    Frames,
    /// So many bytes at a time.
    Of(usize),
}

/// A case of the list.
#[derive(Debug)]
struct Case {
    /// The suite's number, or that of its section and what it is about.
    number: String,
    frames: Vec<Frame>,
    pieces: Pieces,
    /// What is taken of it.
    heard: Heard,
    /// Whether it has broken nothing, so that a Close has to be sent to end it.
    goes_on: bool,
}

/// What comes of a case.
#[derive(Debug, Default, PartialEq, Eq)]
struct Heard {
    /// The messages that were taken: their opcode and content.
    messages: Vec<(String, Vec<u8>)>,
    /// The Close that was taken, with its code as it was sent.
    closed: Option<Option<u16>>,
    /// The payloads of the pongs that came back.
    pongs: Vec<Vec<u8>>,
    /// The code of the Close that came back.
    close: Option<u16>,
}

impl Case {
    /// A case that is over with its own frames: with a Close of this code.
    fn over(number: impl Into<String>, frames: Vec<Frame>, close: Option<u16>) -> Self {
        let heard = Heard { close, ..Heard::default() };
        Case { number: number.into(), frames, pieces: Pieces::Whole, heard, goes_on: false }
    }

    /// A case that breaks nothing.
    fn right(number: impl Into<String>, frames: Vec<Frame>) -> Self {
        let mut case = Case::over(number, frames, Some(1000));
        case.heard.closed = Some(Some(1000));
        Case { goes_on: true, ..case }
    }

    /// A case that breaks the protocol.
    fn wrong(number: impl Into<String>, frames: Vec<Frame>) -> Self {
        Case::over(number, frames, Some(1002))
    }

    fn text(mut self, content: &(impl AsRef<[u8]> + ?Sized)) -> Self {
        self.heard.messages.push(("text".to_owned(), content.as_ref().to_vec()));
        self
    }

    fn binary(mut self, content: &[u8]) -> Self {
        self.heard.messages.push(("binary".to_owned(), content.to_vec()));
        self
    }

    fn pong(mut self, payload: &[u8]) -> Self {
        self.heard.pongs.push(payload.to_vec());
        self
    }

    /// That the Close of its frames is taken as one with this code.
    fn closed(mut self, code: Option<u16>) -> Self {
        self.heard.closed = Some(code);
        self
    }

    fn in_pieces(mut self, pieces: Pieces) -> Self {
        self.pieces = pieces;
        self
    }

    /// The bytes to write, call by call.
    fn writes(&self, masked: bool) -> Vec<Vec<u8>> {
        let end = self.goes_on.then(|| frames::close(1000, ""));
        let frames: Vec<Vec<u8>> = self.frames.iter().chain(&end).map(|frame| frame.bytes(masked)).collect();
        match self.pieces {
            Pieces::Whole => vec![frames.concat()],
            Pieces::Frames => frames,
            Pieces::Of(size) => frames.concat().chunks(size).map(<[u8]>::to_vec).collect(),
        }
    }
}

/// Every case, in the list's order, for a side that takes messages of so many bytes.
fn cases(limit: usize) -> Vec<Case> {
    let mut cases = table::framing();
    cases.extend(table::pings());
    cases.extend(table::reserved());
    cases.extend(table::fragmentation());
    cases.extend(utf8::cases());
    cases.extend(table::closing());
    cases.extend(table::limits(limit));
    cases
}

/// Fails with every case that went another way.
#[track_caller]
fn compare(cases: &[Case], heard: &[Heard]) {
    assert_eq!(cases.len(), heard.len());
    let differ = |(case, heard): (&Case, &Heard)| {
        (case.heard != *heard).then(|| {
            let long = |heard: &Heard| format!("{heard:?}").chars().take(400).collect::<String>();
            format!("{}\n  wanted {}\n  heard  {}\n", case.number, long(&case.heard), long(heard))
        })
    };
    let wrong: Vec<_> = cases.iter().zip(heard).filter_map(differ).collect();
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.concat());
}
