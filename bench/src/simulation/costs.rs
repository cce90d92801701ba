use bench::measured::InProcess;

use super::published::PROCESSOR_MEGABYTES;
use crate::lambda::Warm;

/// What this run has measured of the code, in seconds of a whole processor.
#[derive(Debug, Clone, Copy)]
pub struct Costs {
    /// An event that is answered from memory, of the dearer kind: in words that were not heard lately.
    pub hit: f64,
    /// What a call of DynamoDB or STS takes besides: the client's work.
    pub call: f64,
    pub signature: f64,
    pub boto3: f64,
}

/// Megabytes of the issuer, as in template.yaml. The function that signs with boto3 has as many.
pub const MEGABYTES: f64 = 512.0;

impl Costs {
    /// boto3's as measured here, or else as measured elsewhere before.
    pub fn of(in_process: &InProcess, warm: &[Warm]) -> Self {
        let signers = &in_process.signers;
        let boto3 = signers.others.iter().find(|(name, _)| name == "boto3").map(|(_, figure)| figure.median);
        Self {
            hit: warm.get(2).map_or(f64::NAN, |warm| warm.processor.median),
            call: 215e-6,
            signature: signers.ours.median,
            boto3: boto3.unwrap_or(616e-6),
        }
    }

    /// How long work takes that has the share of a processor that comes with the function's memory.
    pub fn in_lambda(seconds: f64) -> f64 {
        seconds * PROCESSOR_MEGABYTES / MEGABYTES
    }
}
