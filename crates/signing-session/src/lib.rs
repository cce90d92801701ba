//! Signing sessions from STS: made when needed, shared while they are good, and never used beyond the policy change that
//! they precede.

mod environment;
mod held;
mod role;
mod sts_error;
mod sts_sessions;

pub use sts_sessions::StsSessions;
