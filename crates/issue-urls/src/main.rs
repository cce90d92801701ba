//! Wiring only: settings, clients and the clock.

use std::sync::Arc;
use std::time::SystemTime;

use authorization::Policies;
use embedded_metrics::EmbeddedMetrics;
use issue_urls::{at_endpoint_of_environment, connect, router};
use logging::LevelFilter;
use settings::Config;

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::disallowed_methods, reason = "the only place that reads the clock")]
async fn main() -> Result<(), lambda_runtime::Error> {
    traces::init(logging::level_of_environment(LevelFilter::INFO)?, SystemTime::now)?;
    let (config, policies) =
        configuration().inspect_err(|error| tracing::error!(%error, "the function cannot start"))?;
    let metrics = EmbeddedMetrics::of_environment()?;
    let aws = aws_connection::of_environment();
    let app = connect(config, policies, &aws, Arc::new(SystemTime::now));
    http_api::run(router(Arc::new(app)), metrics).await
}

/// As of every function behind API Gateway, with the S3 that the environment names.
fn configuration() -> Result<(Config, Policies), lambda_runtime::Error> {
    let (config, policies) = http_api::configuration()?;
    Ok((at_endpoint_of_environment(config)?, policies))
}
