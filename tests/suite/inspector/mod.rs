//! The inspector: its API by hand, and its page in a browser.

mod api;
pub mod browser;
mod page;
mod scene;
