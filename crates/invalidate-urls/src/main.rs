//! Wiring only: settings, clients and the clock.

use std::sync::Arc;
use std::time::SystemTime;

use embedded_metrics::EmbeddedMetrics;
use invalidate_urls::{connect, describe_metrics};
use lambda_runtime::layers::TracingLayer;
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use logging::LevelFilter;
use presign::names::AccountId;
use serde_json::Value;
use settings::Config;
use traces::{OfInvocations, Trigger};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::disallowed_methods, reason = "the only place that reads the clock")]
async fn main() -> Result<(), Error> {
    traces::init(logging::level_of_environment(LevelFilter::INFO)?, SystemTime::now)?;
    let config = Config::from_env().inspect_err(|error| tracing::error!(%error, "the function cannot start"))?;
    let metrics = EmbeddedMetrics::of_environment()?;
    describe_metrics();
    let aws = aws_connection::of_environment();
    let app = &connect(config, &aws, Arc::new(SystemTime::now));
    let handle = async |event: LambdaEvent<Value>| {
        let home = AccountId::of_arn(&event.context.invoked_function_arn);
        let answer = app.handle(event.payload, home.as_ref()).await;
        metrics.write();
        answer
    };
    let runtime = Runtime::new(service_fn(handle)).layer(TracingLayer::new());
    runtime.layer(OfInvocations(Trigger::PubSub)).run().await
}
