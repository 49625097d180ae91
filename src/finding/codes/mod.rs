//! The one list of codes: `VS` signatures, `VE` entities, `VC` conformance, `VN` network.
//!
//! A code never changes its meaning and is never used again for another one. To add one, write it into the file of
//! its family, in the order of the numbers; `explain`, the README's table (`./scripts/generate`) and the tests follow.

mod conformance;
mod entities;
mod mismatch;
mod network;
mod notes;
mod sessions;
mod signatures;

use super::Code;

macro_rules! codes {
    ($($name:ident = $id:literal $level:ident $title:literal
        meaning $meaning:literal why $why:literal fix $fix:literal page $page:literal;)*) => {
        $(
            #[doc = concat!($id, ": ", $title, ".")]
            pub static $name: Code = Code {
                id: $id,
                title: $title,
                level: Level::$level,
                meaning: $meaning,
                why: $why,
                fix: $fix,
                page: $page,
            };
        )*
        /// The codes of this list, in the order of the numbers.
        pub(super) static LIST: &[&Code] = &[$(&$name),*];
    };
}
pub use conformance::*;
pub use entities::*;
pub use mismatch::*;
pub use network::*;
pub use notes::*;
pub use sessions::*;
pub use signatures::*;

use codes;

static LISTS: [&[&Code]; 7] = [
    conformance::LIST,
    entities::LIST,
    network::LIST,
    sessions::LIST,
    signatures::LIST,
    mismatch::LIST,
    notes::LIST,
];

const COUNT: usize = {
    let (mut count, mut list) = (0, 0);
    while list < LISTS.len() {
        count += LISTS[list].len();
        list += 1;
    }
    count
};

static JOINED: [&Code; COUNT] = {
    let mut joined = [LISTS[0][0]; COUNT];
    let (mut at, mut list) = (0, 0);
    while list < LISTS.len() {
        let mut within = 0;
        while within < LISTS[list].len() {
            joined[at] = LISTS[list][within];
            (at, within) = (at + 1, within + 1);
        }
        list += 1;
    }
    joined
};

/// Every code, in the order of the numbers.
pub static ALL: &[&Code] = &JOINED;
