//! Recordings: the records of what passes in a session, a line of JSON each, written, read again, and compared.

mod difference;

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

pub use self::difference::Difference;
pub(super) use self::difference::compare;
use crate::protocol::record::{Direction, Record, Transport};

/// The largest recording that is sent again, in bytes.
const MAX_RECORDING: u64 = 256 << 20;

/// Why a recording cannot be written or read.
#[derive(Debug)]
pub enum RecordingError {
    /// The file cannot be written; its name.
    Write(String, io::Error),
    /// The file cannot be read; its name.
    Read(String, io::Error),
    /// The file is larger than can be sent again; its name.
    TooLarge(String),
    /// A line is no record; the file, the line, and why.
    NotARecord(String, u64, String),
    /// Nothing in the file went out over a session; its name.
    NothingToSend(String),
}

impl RecordingError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            RecordingError::Write(_, error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Some("name a file that is not there yet")
            }
            RecordingError::NotARecord(..) | RecordingError::NothingToSend(_) => {
                Some("/record FILE writes what /replay reads")
            }
            _ => None,
        }
    }
}

impl fmt::Display for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecordingError::Write(file, _) => write!(f, "cannot write {file}"),
            RecordingError::Read(file, _) => write!(f, "cannot read {file}"),
            RecordingError::TooLarge(file) => write!(f, "{file} is larger than {MAX_RECORDING} bytes"),
            RecordingError::NotARecord(file, line, why) => {
                write!(f, "line {line} of {file} is no record: {why}")
            }
            RecordingError::NothingToSend(file) => write!(f, "no frame in {file} went out"),
        }
    }
}

impl std::error::Error for RecordingError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            RecordingError::Write(_, error) | RecordingError::Read(_, error) => Some(error),
            _ => None,
        }
    }
}

/// A file that records are added to.
#[derive(Debug)]
pub(super) struct Recorder {
    name: String,
    file: File,
}

impl Recorder {
    /// Opens a file to add to; a new one is only for its owner.
    pub(super) fn open(path: &Path) -> Result<Self, RecordingError> {
        let name = path.display().to_string();
        match private().append(true).create(true).open(path) {
            Ok(file) => Ok(Recorder { name, file }),
            Err(error) => Err(RecordingError::Write(name, error)),
        }
    }

    /// Adds a record, in one write.
    pub(super) fn add(&mut self, record: &Record) -> Result<(), RecordingError> {
        write_record(&mut self.file, record).map_err(|error| RecordingError::Write(self.name.clone(), error))
    }
}

/// Writes records into a new file, only for its owner; gives how many.
pub(super) fn export<'a>(
    path: &Path,
    records: impl Iterator<Item = &'a Record>,
) -> Result<u64, RecordingError> {
    let failed = |error| RecordingError::Write(path.display().to_string(), error);
    let mut file = io::BufWriter::new(private().write(true).create_new(true).open(path).map_err(failed)?);
    let mut count = 0;
    for record in records {
        write_record(&mut file, record).map_err(failed)?;
        count += 1;
    }
    file.flush().map_err(failed)?;
    Ok(count)
}

fn write_record(file: &mut impl Write, record: &Record) -> io::Result<()> {
    let mut line = serde_json::to_vec(record)?;
    line.push(b'\n');
    file.write_all(&line)
}

#[cfg(unix)]
fn private() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(not(unix))]
fn private() -> OpenOptions {
    OpenOptions::new()
}

/// A message that went out, and what came before the next one did.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    /// The number of its line in the recording.
    pub(super) line: u64,
    /// Its frame's bytes, and whether they are text.
    pub(super) payload: Vec<u8>,
    pub(super) is_text: bool,
    /// The payloads that came.
    pub(super) came: Vec<Vec<u8>>,
}

/// Reads what went out in a recording, and what came after each. What came before the first is nobody's answer.
pub(super) fn read_steps(path: &Path) -> Result<Vec<Step>, RecordingError> {
    let name = || path.display().to_string();
    let failed = |error| RecordingError::Read(name(), error);
    let file = File::open(path).map_err(failed)?;
    let mut steps: Vec<Step> = Vec::new();
    let mut bytes = 0;
    for (number, line) in (1..).zip(BufReader::new(file.take(MAX_RECORDING + 1)).lines()) {
        let line = line.map_err(failed)?;
        bytes += line.len() as u64 + 1;
        if bytes > MAX_RECORDING {
            return Err(RecordingError::TooLarge(name()));
        }
        if line.trim().is_empty() {
            continue;
        }
        let record: Record = serde_json::from_str(&line)
            .map_err(|error| RecordingError::NotARecord(name(), number, error.to_string()))?;
        let (Transport::Ws, Some(frame)) = (record.transport, record.frame) else { continue };
        let is_text = frame.opcode == "text";
        if !is_text && frame.opcode != "binary" {
            continue;
        }
        match (record.direction, steps.last_mut()) {
            (Some(Direction::Out), _) => {
                steps.push(Step { line: number, payload: frame.data.0, is_text, came: Vec::new() });
            }
            (Some(Direction::In), Some(step)) => step.came.push(frame.data.0),
            _ => {}
        }
    }
    if steps.is_empty() { Err(RecordingError::NothingToSend(name())) } else { Ok(steps) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::record::{Bytes, Frame};

    fn record(direction: Direction, opcode: &str, data: &[u8]) -> Record {
        let frame = Frame { opcode: opcode.to_owned(), data: Bytes(data.to_vec()), ..Frame::default() };
        Record {
            transport: Transport::Ws,
            direction: Some(direction),
            frame: Some(frame),
            ..Record::default()
        }
    }

    #[test]
    fn what_went_out_comes_back_with_what_came_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("records");
        let mut recorder = Recorder::open(&path).unwrap();
        for (direction, opcode, data) in [
            (Direction::In, "text", &b"before"[..]),
            (Direction::Out, "text", b"one"),
            (Direction::In, "text", b"1"),
            (Direction::In, "ping", b"x"),
            (Direction::In, "binary", b"\xff"),
            (Direction::Out, "binary", b"\x00\xff"),
            (Direction::Out, "close", b""),
        ] {
            recorder.add(&record(direction, opcode, data)).unwrap();
        }
        let steps = read_steps(&path).unwrap();
        assert_eq!(
            steps,
            [
                Step {
                    line: 2,
                    payload: b"one".to_vec(),
                    is_text: true,
                    came: vec![b"1".to_vec(), b"\xff".to_vec()]
                },
                Step { line: 6, payload: b"\x00\xff".to_vec(), is_text: false, came: Vec::new() },
            ]
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let error = export(&path, std::iter::empty()).unwrap_err();
        assert!(error.hint().unwrap().contains("not there yet"), "{error}");
    }

    #[test]
    fn what_is_no_recording_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("records");
        std::fs::write(&path, "\n{\"a\"\n").unwrap();
        assert!(read_steps(&path).unwrap_err().to_string().contains("line 2 of"));
        std::fs::write(&path, "").unwrap();
        assert!(read_steps(&path).unwrap_err().to_string().contains("went out"));
        assert!(read_steps(folder.path().join("none").as_path()).is_err());
    }
}
