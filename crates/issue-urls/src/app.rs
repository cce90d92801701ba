use std::time::Duration;

use authorization::Policies;
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use presign::clock::Clock;
use settings::Config;
use signing_session::StsSessions;
use url_cache::{Recent, UrlTable};

use crate::{Gate, Issuer};

/// The issuer as it is deployed.
pub type App = Issuer<Recent<UrlTable>, StsSessions>;

/// What a request waits for STS at the most: API Gateway gives up after 30 seconds, and callers sooner.
const STS_TIMEOUT: Duration = Duration::from_secs(3);
const STS_ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1_400);

/// Makes the clients, which connect at first use. The only place of the issuer that does.
#[must_use]
pub fn connect(config: Config, policies: Policies, aws: &SdkConfig, clock: Clock) -> App {
    let cache = config.settings.cache;
    // A retry would outlast the wait that the issuer grants the cache anyway.
    let dynamodb = aws_sdk_dynamodb::config::Builder::from(aws)
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().operation_timeout(cache.timeout).build())
        .build();
    let sts = aws_sdk_sts::config::Builder::from(aws)
        .retry_config(RetryConfig::standard().with_max_attempts(2).with_initial_backoff(Duration::from_millis(100)))
        .timeout_config(
            TimeoutConfig::builder()
                .operation_timeout(STS_TIMEOUT)
                .operation_attempt_timeout(STS_ATTEMPT_TIMEOUT)
                .build(),
        )
        .build();
    let table = UrlTable::new(aws_sdk_dynamodb::Client::from_conf(dynamodb), config.table);
    let sessions = StsSessions::new(aws_sdk_sts::Client::from_conf(sts), aws.credentials_provider(), clock.clone());
    let recent = Recent::new(table, cache.staleness, clock.clone());
    let gate = Gate::new(policies, config.settings.callers);
    Issuer::new(gate, config.settings.profiles, recent, cache.timeout, sessions, clock)
}
