//! Wiring only: settings, the issuer's address and the clock.

use std::sync::Arc;
use std::time::SystemTime;

use authorize_callers::{Authorizer, Discovery, Settings};
use aws_lambda_events::apigw::ApiGatewayCustomAuthorizerRequest;
use lambda_runtime::layers::TracingLayer;
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use logging::LevelFilter;
use traces::{OfInvocations, Trigger};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::disallowed_methods, reason = "the only place that reads the clock")]
async fn main() -> Result<(), Error> {
    traces::init(logging::level_of_environment(LevelFilter::INFO)?, SystemTime::now)?;
    let authorizer =
        &connect(SystemTime::now).inspect_err(|error| tracing::error!(%error, "the function cannot start"))?;
    let authorize =
        async |event: LambdaEvent<ApiGatewayCustomAuthorizerRequest>| authorizer.authorize(&event.payload).await;
    let runtime = Runtime::new(service_fn(authorize)).layer(TracingLayer::new());
    runtime.layer(OfInvocations(Trigger::Other)).run().await
}

fn connect(clock: fn() -> SystemTime) -> Result<Authorizer<Discovery>, Error> {
    let settings = Settings::of_environment()?;
    let discovery = Discovery::of(&settings.issuer)?;
    Ok(Authorizer::new(settings, discovery, Arc::new(clock)))
}
