//! For operators: kills what a signing role has signed until now, and lists what is out.
//!
//! [`router`] is the HTTP interface, over an [`Operator`]. The Lambda and the local stack run the very same.

mod app;
mod http;
mod listing;
mod operator;
mod revocation;
mod signing_roles;

pub use app::connect;
pub use http::router;
pub use listing::{Cursor, ListError, Listed, Listing};
pub use operator::Operator;
pub use revocation::{Revocation, RevokeError, Revoked};
pub use signing_roles::{IamError, SigningRoles};
