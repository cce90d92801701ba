//! What strangers send: each function takes any bytes, reads them as the service would, and panics where something holds that
//! never may. libFuzzer makes the bytes up (`fuzz/run`); a test goes through those that are kept in `fuzz/seeds`.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "panicking is how a target says that it has found something"
)]

mod account;
mod explain;
mod folders;
mod gateway;
mod http;
mod operators;
mod policy_changes;
mod requests;
mod secrecy;
mod seed;
mod service;
mod settings;
mod signed;
mod tokens;

pub use explain::explain;
pub use folders::folders;
pub use gateway::gateway;
pub use http::http;
pub use operators::operators;
pub use policy_changes::policy_changes;
pub use requests::requests;
pub use settings::settings;
pub use tokens::tokens;

/// A target, by the name of its seeds' folder.
pub type Target = (&'static str, fn(&[u8]));

pub const TARGETS: [Target; 9] = [
    ("requests", requests),
    ("http", http),
    ("gateway", gateway),
    ("operators", operators),
    ("policy_changes", policy_changes),
    ("explain", explain),
    ("settings", settings),
    ("folders", folders),
    ("tokens", tokens),
];
