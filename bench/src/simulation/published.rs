//! What AWS publishes of its limits and prices, and what others have measured of its latencies. Nothing here is ours.

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
/// Starts of echo handlers, forced: 16.26 ms in Rust and 76.30 ms in Python (I. Yalovoy, "Four Million Lambda Invokes Across
/// Python, Java, Rust, and Go"). The tail is an assumption.
pub const RUST_START: Wait = Wait { p50: 0.016, p99: 0.050 };
/// The same for Python, and 0.3 s for importing boto3, which is an assumption.
pub const PYTHON_START: Wait = Wait { p50: 0.376, p99: 0.600 };

/// Requests a second to STS, by account and region. Source: IAM user guide, "IAM and AWS STS quotas".
pub const STS_LIMIT: f64 = 600.0;
/// Of one partition, and so of one key of the table or of an index. Source: AWS re:Post Knowledge Center, "Why is my on-demand
/// DynamoDB table being throttled?".
pub const PARTITION_READS: f64 = 3_000.0;
pub const PARTITION_WRITES: f64 = 1_000.0;
/// Functions that run at the same time, by account and region, before anyone asks for more. Source: AWS Lambda developer guide,
/// "Lambda quotas".
pub const CONCURRENCY_LIMIT: f64 = 1_000.0;
/// Instances of one function that Lambda starts in a second, on average. Source: AWS Lambda developer guide, "Lambda scaling
/// behavior": 1,000 every 10 seconds.
pub const STARTS_LIMIT: f64 = 100.0;

/// Megabytes that come with one whole processor. Source: AWS Lambda developer guide, "Configure Lambda function memory".
pub const PROCESSOR_MEGABYTES: f64 = 1_769.0;

/// US dollars, us-east-1, without free tiers. Sources: the price lists of AWS Lambda, Amazon DynamoDB (on demand) and Amazon API
/// Gateway (HTTP APIs, first 300 million).
pub const MILLION_INVOCATIONS: f64 = 0.20;
pub const GIGABYTE_SECOND: f64 = 0.000_016_666_7;
pub const MILLION_READ_UNITS: f64 = 0.125;
pub const MILLION_WRITE_UNITS: f64 = 0.625;
pub const MILLION_API_REQUESTS: f64 = 1.00;
