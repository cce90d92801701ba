//! What is measured in one process, as it goes to the program that reports it.

use serde::{Deserialize, Serialize};

use crate::measure::{Figure, Latency};

/// All of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct InProcess {
    pub signers: Signers,
    pub batches: Vec<Batch>,
    pub tables: Vec<Table>,
    pub changes: Vec<Changes>,
}

/// The seconds that each signer takes for one URL.
#[derive(Debug, Serialize, Deserialize)]
pub struct Signers {
    pub ours: Figure,
    pub hashing: Figure,
    pub aws_sdk_s3: Figure,
    pub rusty_s3: Figure,
    pub aws_sigv4: Figure,
    pub reqsign: Figure,
    /// Those of other languages, where they are installed.
    pub others: Vec<(String, Figure)>,
    /// The blocks of SHA-256 that a URL takes.
    pub blocks: usize,
}

/// Seconds that a batch takes.
#[derive(Debug, Serialize, Deserialize)]
pub struct Batch {
    pub size: usize,
    /// The URLs from requests that are read already: profile, lifetime, address and signature.
    pub signed: Figure,
    /// `POST /urls/batch`, from its JSON to the answer's, policies and log lines included; without API Gateway and Lambda.
    pub served: Figure,
    /// As many URLs from the SDK's presigner.
    pub sdk: Figure,
}

/// Round trips to a table with so many rows.
#[derive(Debug, Serialize, Deserialize)]
pub struct Table {
    pub rows: usize,
    /// Of a row that is there, with the scopes.
    pub found: Latency,
    /// Of a row that is not.
    pub absent: Latency,
    pub stored: Latency,
}

/// Where generations are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kept {
    InMemory,
    InTable,
}

/// What the invalidator makes of events.
#[derive(Debug, Serialize, Deserialize)]
pub struct Changes {
    /// The roles that sign, each with a bucket of its own.
    pub scopes: usize,
    pub events: usize,
    pub kept: Kept,
    /// Seconds of processor time for one event; the table's own included, which is in the same process.
    pub processor: Figure,
    /// Of a batch of a hundred.
    pub batch: Latency,
    /// Generations that were advanced in all.
    pub advances: usize,
}
