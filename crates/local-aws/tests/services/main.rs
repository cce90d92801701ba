//! The services as their clients see them: the AWS SDK, and plain HTTP for what a URL's holder does.

#![cfg(test)]

mod attributes;
mod dynamodb;
mod events;
mod faults;
mod form;
mod iam;
mod keys;
mod managed_policies;
mod objects;
mod presigned;
mod restart;
mod sts;
mod support;
mod uploads;
