//! What instances have: fetching entities, collections and what they refer to, and looking at an instance step by step.
//!
//! Everything that is asked for is a signed GET, recorded, verified and judged. A host that the user named may have any
//! address; one that a peer named has to be public, and gets none of the user's headers. No redirect is followed, and every
//! walk is bounded. Nothing here prints: what happens is handed to a function as it happens. See
//! <https://versia.pub/federation/discovery> and <https://versia.pub/api/endpoints>.

mod finger;
mod getter;
mod judge;
mod place;
mod survey;
mod versions;
mod walk;

pub use getter::{Answer, Exchanged, Getter, GetterSetup};
pub use judge::collection_at;
pub use place::Place;
pub use survey::{Certificate, Outcome, Stage, Survey, SurveySetup, SurveyStep, ask_over_http2, survey};
pub use walk::{Pages, Plan, Role, Start, Step, walk};
