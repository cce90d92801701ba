use std::time::Duration;

use authorization::Policies;
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use http_api::Gate;
use presign::clock::Clock;
use settings::Config;

use crate::Diagnoser;

/// What one look may take: some fifteen come after one another where a role is full of revocations, and API Gateway waits for
/// their answer.
const LOOK_TIMEOUT: Duration = Duration::from_secs(3);

/// Makes what looks into the account, which connects at first use. The only place of this function that does.
#[must_use]
pub fn connect(config: Config, policies: Policies, aws: &SdkConfig, clock: Clock) -> Diagnoser {
    let timeouts = TimeoutConfig::builder().operation_timeout(LOOK_TIMEOUT).build();
    let retries = RetryConfig::standard().with_max_attempts(2);
    Diagnoser {
        gate: Gate::new(policies, config.settings.callers),
        profiles: config.settings.profiles,
        aws: aws.to_builder().timeout_config(timeouts).retry_config(retries).build(),
        clock,
    }
}
