//! Signature Version 4 a second time, written from AWS's documentation alone. It shares no code with the product: it has to agree
//! with the examples that AWS publishes, and then the product's URLs have to agree with it.

mod published;
mod urls;
mod verifier;

pub use verifier::Scope;
