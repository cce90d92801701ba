//! Wiring only: settings, clients and the clock.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use authorization::Policies;
use diagnose_urls::{connect, router};
use embedded_metrics::EmbeddedMetrics;
use logging::LevelFilter;
use settings::{Config, required_variable};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::disallowed_methods, reason = "the only place that reads the clock")]
async fn main() -> Result<(), lambda_http::Error> {
    logging::init_json(logging::level_of_environment(LevelFilter::INFO)?)?;
    let (config, policies) =
        configuration().inspect_err(|error| tracing::error!(%error, "the function cannot start"))?;
    let metrics = EmbeddedMetrics::of_environment()?;
    let aws = aws_connection::of_environment();
    let diagnoser = connect(config, policies, &aws, Arc::new(SystemTime::now));
    http_api::run(router(Arc::new(diagnoser)), metrics).await
}

fn configuration() -> Result<(Config, Policies), lambda_http::Error> {
    let config = Config::from_env()?;
    let policies =
        Policies::load(Path::new(&required_variable("PRESIGN_POLICIES", "the path of the file of Cedar policies")?))?;
    Ok((config, policies))
}
