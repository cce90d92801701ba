//! Each module is one promise of the product, kept over HTTP against the local stack.
#![cfg(test)]

mod absence;
mod batches;
mod caching;
mod callers;
mod copies;
mod deliveries;
mod encryption;
mod events;
mod faults;
mod forms;
mod gateway;
mod given_keys;
mod independent;
mod issuing;
mod keys;
mod lifetimes;
mod listing;
mod multipart;
mod openapi;
mod policy_changes;
mod reads;
mod reconciling;
mod redirects;
mod requests;
mod restart;
mod revoking;
mod signers;
mod tampering;
mod tenants;
mod tokens;
mod upload_cases;
mod uploads;
