//! What was signed and what S3 saw, each as a canonical request, and where they differ.

mod difference;
mod rebuilt;
mod seen;

pub use difference::{Difference, differences, of_signature, of_string_to_sign};
pub use rebuilt::Rebuilt;
pub use seen::{Canonical, RequestToSign, ScopeToSign, StringToSign};
