//! Lambda's runtime API on loopback: it hands a function's program its events, as Lambda does.

mod runtime_api;

pub use runtime_api::{InvocationError, RuntimeApi};
