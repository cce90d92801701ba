//! Wiring only: settings, clients and the clock.

use std::sync::Arc;
use std::time::SystemTime;

use invalidate_urls::connect;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use logging::LevelFilter;
use serde_json::Value;
use settings::Config;

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::disallowed_methods, reason = "the only place that reads the clock")]
async fn main() -> Result<(), Error> {
    logging::init_json(logging::level_of_environment(LevelFilter::INFO)?)?;
    let config = Config::from_env().inspect_err(|error| tracing::error!(%error, "the function cannot start"))?;
    let aws = aws_connection::of_environment().await;
    let app = &connect(config, &aws, Arc::new(SystemTime::now));
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| app.handle(event.payload).await)).await
}
