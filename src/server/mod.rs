//! An instance here: the accept loop, its sessions, and what answers them.
//!
//! From the wire up: [`Socket`](socket::Socket) (TCP or TLS), [`Tap`](tap::Tap) (keeps heads as written, spoils answers on
//! demand), the HTTP library, [`service`] (one request: record, body, fault, answer), an [`App`] per protocol, and sessions
//! with one outgoing queue each. Everything that happens is kept by the [`Recorder`], where records are kept, and told as an
//! [`Event`]; nothing is printed.
//!
//! [`proxy`] stands in front of somebody else's instance, with the same accept loop, verdicts, recorder and events.

mod app;
mod beside;
mod body;
pub mod chat;
mod control;
mod courier;
mod event;
mod fault;
mod handshake;
pub mod hub;
mod listener;
mod outgoing;
mod outlasting;
pub mod proxy;
mod recorder;
mod registry;
mod room;
mod service;
mod session;
mod socket;
mod start;
mod tap;
mod tls;
mod trickle;
mod versia;

pub use app::{Answer, App, BoxFuture, Received, Reply, StartSession};
pub use beside::run_beside;
pub use body::Bodies;
pub use control::{
    Control, ControlError, FollowAnswer, FollowDirection, FollowPolicy, FollowState, Overview, Posted,
    UserOverview,
};
pub use courier::{Attempted, Courier, Got, Next, Parcel, Payload};
pub use event::{Delivery, Event, Happened};
pub use fault::{Fate, Fault, FaultError, FaultKind, FaultState, Faults, Occasion, Quota, Standing};
pub use handshake::{HandshakeError, Offer, is_upgrade, read_offer};
pub use listener::{Bound, Shared, run};
pub use outgoing::{MAX_QUEUED, Outgoing, Overflow, Queued, binary_frame, text_frame};
pub use recorder::Recorder;
pub use registry::{Registered, Registry};
pub use session::{End, Incoming, Session};
pub use start::{InstanceSetup, Setup, Started, start};
pub use tap::Tap;
pub use tls::{Authority, ServerTlsError, from_files};
pub use versia::{
    Contents, DataError, Document, Instance, InstanceConfig, Judge, Participation, User, VersiaApp,
    read_folder, seed_id,
};
