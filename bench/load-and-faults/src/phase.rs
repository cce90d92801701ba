use std::time::Duration;

use axum::http::StatusCode;
use local_aws::{AwsService, Fault};

/// What fails for a while.
#[derive(Debug, Clone, Copy)]
pub struct Phase {
    pub name: &'static str,
    pub faults: &'static [(AwsService, Fault)],
}

impl Phase {
    pub fn fails(self, service: AwsService) -> bool {
        self.faults.iter().any(|(failing, _)| *failing == service)
    }
}

const DOWN: Fault = Fault::Fail(StatusCode::SERVICE_UNAVAILABLE);
const THROTTLED: Fault = Fault::Fail(StatusCode::BAD_REQUEST);
/// Longer than anybody waits for it.
const SLOW: Fault = Fault::Delay(Duration::from_secs(5));

const TABLE: AwsService = AwsService::DynamoDb;
const STS: AwsService = AwsService::Sts;

pub const PHASES: [Phase; 12] = [
    Phase { name: "nothing fails", faults: &[] },
    Phase { name: "DynamoDB answers 500", faults: &[(TABLE, DOWN)] },
    Phase { name: "DynamoDB throttles", faults: &[(TABLE, THROTTLED)] },
    Phase { name: "DynamoDB takes 5 s", faults: &[(TABLE, SLOW)] },
    Phase { name: "DynamoDB never answers", faults: &[(TABLE, Fault::Drop)] },
    Phase { name: "DynamoDB answers illegibly", faults: &[(TABLE, Fault::Garble)] },
    Phase { name: "STS answers 503", faults: &[(STS, DOWN)] },
    Phase { name: "STS throttles", faults: &[(STS, THROTTLED)] },
    Phase { name: "STS takes 5 s", faults: &[(STS, SLOW)] },
    Phase { name: "STS never answers", faults: &[(STS, Fault::Drop)] },
    Phase { name: "STS answers illegibly", faults: &[(STS, Fault::Garble)] },
    Phase { name: "both never answer", faults: &[(TABLE, Fault::Drop), (STS, Fault::Drop)] },
];
