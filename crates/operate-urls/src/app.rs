use std::time::Duration;

use authorization::Policies;
use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use http_api::Gate;
use presign::clock::Clock;
use settings::Config;
use url_cache::UrlTable;

use crate::{Operator, SigningRoles};

/// What a single call may take, of whichever service: there are some seven in a row until a revocation is in force and caches know of it,
/// and API Gateway waits for the answer. They take tens of milliseconds; if each took all of this, it would wait in vain.
const CALL_TIMEOUT: Duration = Duration::from_secs(4);
const CALL_ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1_800);

/// Makes the clients, which connect at first use. The only place of the operator's function that does.
#[must_use]
pub fn connect(config: Config, policies: Policies, aws: &SdkConfig, clock: Clock) -> Operator {
    let timeouts = TimeoutConfig::builder()
        .operation_timeout(CALL_TIMEOUT)
        .operation_attempt_timeout(CALL_ATTEMPT_TIMEOUT)
        .build();
    let aws = aws.to_builder().timeout_config(timeouts).build();
    Operator {
        gate: Gate::new(policies, config.settings.callers),
        profiles: config.settings.profiles,
        roles: SigningRoles::new(aws_sdk_iam::Client::new(&aws)),
        table: UrlTable::new(aws_sdk_dynamodb::Client::new(&aws), config.table),
        hold: config.settings.cache.hold,
        clock,
    }
}
