use aws_lambda_events::event::sqs::SqsBatchResponse;
use serde::Serialize;

/// What came of an invocation.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    pub advanced: Vec<AdvancedScope>,
    /// Policy changes that no URL of ours depends on.
    pub irrelevant: usize,
    /// Events that have been here before, and advanced all that they are about.
    pub repeated: usize,
    /// Calls that failed, or changed nothing in force.
    pub unchanged: usize,
    /// Events that the table does not know.
    pub unknown: usize,
}

/// A scope whose earlier URLs are served no more.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct AdvancedScope {
    pub scope: String,
    /// The generation that it has reached at least.
    pub generation: u64,
}

/// What the Lambda answers: SQS wants to hear which messages to deliver again, and nothing else.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    Outcome(Outcome),
    Batch(SqsBatchResponse),
}
