//! The local stack: what runs in an account, on one machine and at one address.
//!
//! The five functions behind the API and the event bus are the very ones that are deployed; S3, DynamoDB, STS, IAM and EventBridge are
//! [`local_aws`]. A policy change made through IAM reaches the invalidator as the event that CloudTrail would write.

mod address;
mod auth;
mod clock;
mod cors;
mod data_folder;
mod demo;
mod event_bus;
mod options;
mod stack;
mod usage_plan;

pub use auth::{IssuerError, Tokens};
pub use data_folder::DataFolderError;
pub use demo::{ACCESS_KEY_ID, BUCKET, OBJECT_KEY, POLICY, REGION, ROLE, SECRET_ACCESS_KEY, TABLE};
pub use options::Options;
pub use stack::{LocalStack, StartError};
