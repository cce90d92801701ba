//! The services as their clients see them: the AWS SDK, and plain HTTP for what a URL's holder does.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests, what is not as it should be must fail loudly; helpers are no test functions"
)]

mod dynamodb;
mod events;
mod faults;
mod form;
mod iam;
mod keys;
mod objects;
mod presigned;
mod restart;
mod sts;
mod support;
