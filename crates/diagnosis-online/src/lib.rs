//! Looks into the account for [`diagnosis`], with the engineer's own credentials.
//!
//! [`gather`] asks an [`Account`] what a URL's case needs, and nothing else; [`AwsAccount`] is AWS. Every look is a reading one,
//! and one that AWS refuses is reported as [`Looked::CouldNot`](diagnosis::facts::Looked::CouldNot), never as fine.

mod account;
mod aws;
mod gather;
mod key_met;
mod patience;
mod revocations;

pub use account::Account;
pub use aws::{AwsAccount, Clock};
pub use gather::{Asked, gather};
pub use patience::Patient;
