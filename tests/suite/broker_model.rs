//! The broker and the sessions' queues against a model: random joins, leaves, publications, slow readers and disconnects.
//!
//! `VERSIA_TEST_STEPS` says how many steps, and `VERSIA_TEST_SEED` which; the seed is printed.

use std::collections::{BTreeSet, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use bytes::Bytes;
use futures_util::FutureExt;
use tokio::io::{AsyncRead, DuplexStream, ReadBuf, duplex};
use versia_cli::broker::{Broker, Form, Memberships, Memory};
use versia_cli::server::hub::subscriber;
use versia_cli::server::{Outgoing, Queued, text_frame};

const TOPICS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
const SUBSCRIBERS: usize = 12;
/// How much a queue holds, in bytes.
const LIMIT: usize = 2_000;
/// How much the pipe to a reader holds, in bytes: less than some frames.
const PIPE: usize = 150;

/// Numbers that look random, the same for the same seed (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}

/// A subscriber with a session's queue, and what the model says of it.
struct Reader {
    joined: Memberships,
    queue: Queued<DuplexStream>,
    outgoing: Outgoing,
    peer: DuplexStream,
    /// What came and is no whole frame yet.
    part: Vec<u8>,
    topics: BTreeSet<&'static str>,
    /// The frames that are to come, in their order.
    expected: VecDeque<Bytes>,
    /// How many bytes of them have not come.
    waiting: usize,
    /// Whether more came than the queue holds.
    is_cut_off: bool,
    is_closed: bool,
}

impl Reader {
    fn new(broker: &Arc<dyn Broker>) -> Self {
        let outgoing = Outgoing::new(LIMIT);
        let (stream, peer) = duplex(PIPE);
        Reader {
            joined: Memberships::new(Arc::clone(broker), subscriber(&outgoing, Form::Text)),
            queue: Queued::new(stream, outgoing.clone()),
            outgoing,
            peer,
            part: Vec::new(),
            topics: BTreeSet::new(),
            expected: VecDeque::new(),
            waiting: 0,
            is_cut_off: false,
            is_closed: false,
        }
    }

    /// What the model says of a publication for one of its topics.
    fn expect(&mut self, frame: &Bytes) {
        if self.is_cut_off {
            return;
        }
        if self.waiting + frame.len() > LIMIT {
            self.is_cut_off = true;
        } else {
            self.waiting += frame.len();
            self.expected.push_back(frame.clone());
        }
    }

    /// Lets the session send what the pipe takes, and reads all of it; says whether anything came.
    fn read(&mut self) -> bool {
        let mut cx = Context::from_waker(Waker::noop());
        let _ = self.queue.poll_send(&mut cx);
        let mut room = [0; 2 * PIPE];
        let mut buffer = ReadBuf::new(&mut room);
        if Pin::new(&mut self.peer).poll_read(&mut cx, &mut buffer).is_pending() {
            return false;
        }
        self.part.extend_from_slice(buffer.filled());
        self.waiting = self.waiting.saturating_sub(buffer.filled().len());
        while let Some(frame) = self.whole_frame() {
            assert!(!self.is_closed, "something came behind the Close");
            match frame[0] {
                0x81 => assert_eq!(Some(&frame[..]), self.expected.pop_front().as_deref()),
                0x88 => {
                    assert!(self.is_cut_off, "closed without a reason");
                    assert_eq!(frame[2..4], 1013_u16.to_be_bytes());
                    self.is_closed = true;
                }
                other => panic!("a frame that begins with {other:#x}"),
            }
        }
        !buffer.filled().is_empty()
    }

    fn whole_frame(&mut self) -> Option<Vec<u8>> {
        let length = match *self.part.get(1)? {
            126 => 4 + usize::from(u16::from_be_bytes([*self.part.get(2)?, *self.part.get(3)?])),
            short => 2 + usize::from(short),
        };
        (self.part.len() >= length).then(|| self.part.drain(..length).collect())
    }

    /// Reads to the end: everything that was to come has come, or a Close in the place of what was too much.
    fn finish(mut self) {
        while self.read() {}
        assert!(self.part.is_empty());
        assert_eq!(self.outgoing.queued(), 0);
        assert_eq!(self.is_closed, self.is_cut_off);
        assert!(self.is_cut_off || self.expected.is_empty(), "{} are lost", self.expected.len());
    }
}

/// How the steps went, so that a test sees that all kinds of things happened.
#[derive(Debug, Default)]
struct Happened {
    delivered: usize,
    cut_off: usize,
    disconnected: usize,
}

fn run(seed: u64, steps: usize) -> Happened {
    let mut random = Random(seed);
    let broker: Arc<dyn Broker> = Arc::new(Memory::default());
    let mut readers: Vec<_> = (0..SUBSCRIBERS).map(|_| Reader::new(&broker)).collect();
    let mut happened = Happened::default();
    for step in 0..steps {
        let (which, topic) = (random.below(SUBSCRIBERS), TOPICS[random.below(TOPICS.len())]);
        let reader = &mut readers[which];
        match random.below(100) {
            0..12 => {
                reader.joined.join(topic).now_or_never().unwrap().unwrap();
                reader.topics.insert(topic);
            }
            12..20 => assert_eq!(reader.joined.leave(topic), reader.topics.remove(topic)),
            20..60 => {
                let payload = format!("{topic} {step} {}", "x".repeat(random.below(200)));
                let frame = text_frame(payload.clone());
                for reader in readers.iter_mut().filter(|reader| reader.topics.contains(topic)) {
                    happened.delivered += 1;
                    reader.expect(&frame);
                }
                broker.publish(topic, payload.into()).now_or_never().unwrap().unwrap();
            }
            60..98 => {
                // Some read less often than others.
                if random.below(SUBSCRIBERS) >= which {
                    reader.read();
                }
            }
            _ => {
                let gone = std::mem::replace(reader, Reader::new(&broker));
                happened.cut_off += usize::from(gone.is_cut_off);
                happened.disconnected += 1;
                match random.below(2) {
                    0 => gone.finish(),
                    // It is gone without another word.
                    _ => drop(gone),
                }
            }
        }
    }
    readers.into_iter().for_each(Reader::finish);
    happened
}

#[test]
fn random_steps_agree_with_the_model() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let steps = number("VERSIA_TEST_STEPS").unwrap_or(30_000);
    let seed = number("VERSIA_TEST_SEED").unwrap_or_else(|| {
        let time = std::time::UNIX_EPOCH.elapsed().unwrap();
        time.as_nanos() as u64
    });
    println!("VERSIA_TEST_SEED={seed} VERSIA_TEST_STEPS={steps}");
    let happened = run(seed, usize::try_from(steps).unwrap());
    assert!(happened.delivered > 0 && happened.cut_off > 0 && happened.disconnected > 0, "{happened:?}");
}
