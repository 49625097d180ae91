//! The inspector: its API by hand, and its page in a browser.

mod api;
mod browser;
mod page;
mod scene;
