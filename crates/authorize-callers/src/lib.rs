//! The authorizer of a REST API. It checks a token as an HTTP API's own authorizer does, and says what that one cannot: which key
//! of a usage plan counts the caller's requests, so that API Gateway limits each caller.

mod answer;
mod authorizer;
mod claims;
mod environment;
mod issuer_keys;
mod published_keys;

#[cfg(test)]
mod signing;
mod token;
mod usage_keys;
mod web_address;

pub use authorizer::{AuthorizeError, Authorizer};
pub use environment::{Settings, SettingsError};
pub use issuer_keys::{IssuerKeys, KeysUnavailable};
pub use published_keys::{Discovery, DiscoveryError, PublishedKeys};
pub use token::{Refused, Verified, Verifier, key_id};
pub use usage_keys::UsageKeys;
pub use web_address::{WebAddress, WebAddressError};
