//! Wiring only: settings, clients and the clock.

use std::sync::Arc;
use std::time::SystemTime;

use embedded_metrics::EmbeddedMetrics;
use logging::LevelFilter;
use operate_urls::{connect, router};
use presign::names::AccountId;

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::disallowed_methods, reason = "the only place that reads the clock")]
async fn main() -> Result<(), lambda_runtime::Error> {
    traces::init(logging::level_of_environment(LevelFilter::INFO)?, SystemTime::now)?;
    let (config, policies) =
        http_api::configuration().inspect_err(|error| tracing::error!(%error, "the function cannot start"))?;
    let metrics = EmbeddedMetrics::of_environment()?;
    let aws = aws_connection::of_environment();
    let operator = Arc::new(connect(config, policies, &aws, Arc::new(SystemTime::now)));
    let prune = async |home: Option<AccountId>| operator.prune(home.as_ref()).await;
    http_api::run_also_on_schedule(router(Arc::clone(&operator)), metrics, prune).await
}
