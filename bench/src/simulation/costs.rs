use anyhow::Result;
use bench::measured::InProcess;

use super::published::PROCESSOR_MEGABYTES;
use crate::lambda::{Functions, HIT, HIT_IN_OTHER_WORDS, HIT_IN_TABLE, Logged};

/// What this run has measured of the code, in seconds of a whole processor.
#[derive(Debug, Clone, Copy)]
pub struct Costs {
    /// An event that is answered from memory, of the dearer kind: in words that were not heard lately.
    pub hit: f64,
    /// What a call of DynamoDB takes besides, and one of STS is taken to: the client's work, to a service on loopback and without TLS.
    pub call: f64,
    pub signature: f64,
    /// None where boto3 is not installed.
    pub boto3: Option<f64>,
    pub logged: Logged,
}

/// Megabytes of the issuer, as in template.yaml. The function that signs with boto3 has as many.
pub const MEGABYTES: f64 = 512.0;

impl Costs {
    /// About what a run has measured. No page has these: what runs with them only shows that it runs.
    #[cfg(test)]
    pub const FOR_TESTS: Self = Self {
        hit: 84e-6,
        call: 213e-6,
        signature: 1.3e-6,
        boto3: Some(232e-6),
        logged: Logged { hit: 765.0, signed: 741.0 },
    };

    pub fn of(in_process: &InProcess, functions: &Functions) -> Result<Self> {
        let signers = &in_process.signers;
        let event = |name| functions.warm_of(name).map(|warm| warm.processor.median);
        Ok(Self {
            hit: event(HIT_IN_OTHER_WORDS)?,
            // An event that reads its URL from the table, less the same from memory. Few rounds may have it below nothing.
            call: (event(HIT_IN_TABLE)? - event(HIT)?).max(0.0),
            signature: signers.ours.median,
            boto3: signers.others.iter().find(|(name, _)| name == "boto3").map(|(_, figure)| figure.median),
            logged: functions.logged,
        })
    }

    /// How long work takes that has the share of a processor that comes with the function's memory.
    pub fn in_lambda(seconds: f64) -> f64 {
        seconds * PROCESSOR_MEGABYTES / MEGABYTES
    }
}
