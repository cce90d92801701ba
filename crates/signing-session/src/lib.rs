//! Signing sessions from STS, and keys that are given: made when needed, shared while they are good, and never used beyond the
//! policy change that they precede.

mod aws_error;
mod credentials_signer;
mod federation;
mod held_credentials;
mod place;
mod role;
mod sources;
mod sts_answer;
mod sts_error;
mod sts_sessions;
mod user_key;
mod web_identity;

pub use sources::KeySources;
pub use sts_sessions::StsSessions;
