//! Server-side encryption: what a request asks for, and why it is refused.

mod asked;
mod context;
mod error;

pub(crate) use asked::asked_encryption;
pub use asked::{AskedEncryption, ServerSideEncryption};
pub use context::EncryptionContext;
pub use error::EncryptionError;
