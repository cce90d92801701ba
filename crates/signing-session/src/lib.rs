//! Signing sessions from STS, and keys that are given: made when needed, shared while they are good, and never used beyond the
//! policy change that they precede.

mod aws_error;
mod federation;
mod given;
mod held;
mod kept;
mod made;
mod role;
mod sources;
mod sts_error;
mod sts_sessions;
mod user_key;
mod web_identity;

pub use sources::KeySources;
pub use sts_sessions::StsSessions;
