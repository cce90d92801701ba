//! Killing what is signed: a deny, at IAM, of every session that a role gave before some moment, or of those among them that bear
//! one tag. Invalidation keeps dead URLs from being served; only this makes live ones dead.

mod cut_off;
mod denial;
mod fold;
mod name;
mod policy;

pub use cut_off::{CutOff, CutOffError};
pub use denial::Denial;
pub use fold::{FOLD_SIZE, foldable};
pub use name::{RevocationName, superfluous};
pub use policy::{POLICY_NAME, read};
