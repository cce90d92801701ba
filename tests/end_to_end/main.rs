//! Each module is one promise of the product, kept over HTTP against the local stack.
#![cfg(test)]

mod absence;
mod caching;
mod deliveries;
mod faults;
mod issuing;
mod keys;
mod lambda;
mod lifetimes;
mod policy_changes;
mod requests;
mod restart;
mod signers;
mod tampering;
