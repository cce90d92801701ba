//! Killing what is signed: a deny, at IAM, of every session that a role gave before some moment, or of those among them that bear
//! one tag. Invalidation keeps dead URLs from being served; only this makes live ones dead.

mod cut_off;
mod policy;
mod tagged;

pub use cut_off::{CutOff, CutOffError};
pub use policy::{AnotherPolicy, POLICY_NAME, document, document_of_tag, read};
pub use tagged::TaggedRevocation;
