use std::time::Duration;

use authorization::Policies;
use aws_config::SdkConfig;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_credential_types::provider::SharedCredentialsProvider;
use http_api::Gate;
use presign::clock::Clock;
use settings::Config;
use signing_session::{KeySources, StsSessions};
use url_cache::{Recent, UrlTable};

use crate::Issuer;

/// The issuer as it is deployed.
pub type App = Issuer<Recent<UrlTable>, StsSessions>;

/// What a request waits for STS at the most: API Gateway gives up after 29 or 30 seconds, and callers sooner.
const STS_TIMEOUT: Duration = Duration::from_secs(3);
const STS_ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1_400);

/// What the endpoint that `AWS_CONTAINER_CREDENTIALS_FULL_URI` or `…_RELATIVE_URI` names hands out, with its expiry, and not before
/// a profile signs with it.
fn container_credentials(aws: &SdkConfig) -> SharedCredentialsProvider {
    let mut config = ProviderConfig::without_region().with_region(aws.region().cloned());
    if let Some(http) = aws.http_client() {
        config = config.with_http_client(http);
    }
    SharedCredentialsProvider::new(EcsCredentialsProvider::builder().configure(&config).build())
}

/// Makes the clients, which connect at first use. The only place of the issuer that does.
#[must_use]
pub fn connect(config: Config, policies: Policies, aws: &SdkConfig, clock: Clock) -> App {
    let cache = config.settings.cache;
    // A retry would outlast the wait that the issuer grants the cache anyway.
    let dynamodb = aws_sdk_dynamodb::config::Builder::from(aws)
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().operation_timeout(cache.timeout).build())
        .build();
    let retries = RetryConfig::standard().with_max_attempts(2).with_initial_backoff(Duration::from_millis(100));
    let timeouts =
        TimeoutConfig::builder().operation_timeout(STS_TIMEOUT).operation_attempt_timeout(STS_ATTEMPT_TIMEOUT).build();
    let aws = &aws.to_builder().retry_config(retries).timeout_config(timeouts).build();
    let sts = aws_sdk_sts::config::Builder::from(aws).build();
    let table = UrlTable::new(aws_sdk_dynamodb::Client::from_conf(dynamodb), config.table);
    let keys = KeySources {
        environment: aws.credentials_provider(),
        container: Some(container_credentials(aws)),
        secrets: aws.into(),
    };
    let sessions = StsSessions::new(sts, keys, clock.clone());
    let recent = Recent::new(table, cache.staleness, clock.clone());
    let gate = Gate::new(policies, config.settings.callers);
    Issuer::new(gate, config.settings.profiles, recent, cache.timeout, sessions, clock)
}
