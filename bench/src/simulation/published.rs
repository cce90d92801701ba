//! What others have measured of AWS's latencies, and what AWS publishes of its processors. Nothing here is ours.

/// Median and 99th percentile, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Wait {
    pub p50: f64,
    pub p99: f64,
}

/// "For most atomic operations, such as `GetItem` and `PutItem`, an average latency is in single-digit milliseconds": AWS re:Post
/// Knowledge Center, "How can I troubleshoot high latency on an Amazon DynamoDB table?". The tail is an assumption.
pub const DYNAMODB: Wait = Wait { p50: 0.004, p99: 0.012 };
/// AWS publishes none: an assumption.
pub const STS: Wait = Wait { p50: 0.030, p99: 0.120 };
/// Starts of echo handlers, forced: 16.26 ms in Rust (I. Yalovoy, "Four Million Lambda Invokes Across
/// Python, Java, Rust, and Go"). The tail is an assumption.
pub const RUST_START: Wait = Wait { p50: 0.016, p99: 0.050 };

/// Megabytes that come with one whole processor. Source: AWS Lambda developer guide, "Configure Lambda function memory".
pub const PROCESSOR_MEGABYTES: f64 = 1_769.0;
