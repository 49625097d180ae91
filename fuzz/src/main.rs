//! Fuzz targets: one for each reader of bytes that come from elsewhere. `VERSIA_FUZZ` says which of them runs.
//!
//! `scripts/fuzz` builds this with what a stable compiler needs for it, and runs every target. To add one, write a
//! function in `readers`, give it a line in [`TARGETS`], and put an input or two into `corpus/NAME`.

#![no_main]

mod readers;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

/// The targets by name; each has a folder of inputs to begin with under `corpus`.
const TARGETS: &[(&str, fn(&[u8]))] = &[
    ("chat", readers::chat),
    ("curl", readers::curl),
    ("entity", readers::entity),
    ("har", readers::har),
    ("heads", readers::heads),
    ("http", readers::http),
    ("key", readers::key),
    ("lines", readers::lines),
    ("message", readers::message),
    ("name", readers::name),
    ("receipt", readers::receipt),
    ("record", readers::record),
    ("relayed", readers::relayed),
    ("roadrunner", readers::roadrunner),
    ("signature", readers::signature),
    ("wsify", readers::wsify),
];

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let wanted = std::env::var("VERSIA_FUZZ").unwrap_or_default();
    let found = TARGETS.iter().find(|(name, _)| *name == wanted);
    let names: Vec<_> = TARGETS.iter().map(|(name, _)| *name).collect();
    found.unwrap_or_else(|| panic!("VERSIA_FUZZ={wanted:?} is none of {}", names.join(", "))).1
});

fuzz_target!(|bytes: &[u8]| TARGET(bytes));
