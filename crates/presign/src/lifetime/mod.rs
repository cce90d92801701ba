//! How long a URL is good for: never longer than anything that can end it.

mod bounds;
mod credentials_expiry;
mod expires_in;
mod plan;

pub use bounds::{Bounds, Ceilings, LimitedBy, second_of};
pub use credentials_expiry::{CredentialsExpiry, UnknownExpiry};
pub use expires_in::{ExpiresIn, ExpiresInError};
pub use plan::{Asked, Lifetime, LifetimeError, LifetimeMode};
