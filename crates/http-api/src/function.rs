use std::convert::Infallible;

use axum::Router;
use embedded_metrics::EmbeddedMetrics;
use lambda_runtime::{Context, LambdaEvent, Runtime, service_fn};
use tower::ServiceExt;
use traces::Trigger;

use crate::Event;
use crate::api_gateway::Answer;
use crate::cors::cors_of_environment;

/// Runs the router as a function behind API Gateway, for as long as Lambda has events for it, and writes what each has added to
/// `metrics`.
///
/// # Errors
/// When `PRESIGN_CORS_ORIGINS` names what is no origin, or Lambda cannot be asked for events.
pub async fn run(router: Router, metrics: EmbeddedMetrics) -> Result<(), lambda_runtime::Error> {
    let router = &readable_by_pages(router)?;
    let handle = async |event: LambdaEvent<Event>| {
        let answer = answered(router, event.payload, &event.context).await;
        metrics.write();
        Ok::<_, Infallible>(answer)
    };
    let runtime = Runtime::new(service_fn(handle));
    runtime.layer(traces::of_invocations(Trigger::Http)).run().await
}

/// What the router answers.
pub async fn answered(router: &Router, event: Event, invocation: &Context) -> Answer {
    let Ok(response) = router.clone().oneshot(event.request_within(invocation)).await;
    Answer::of(response).await
}

/// The router with the headers by which browsers let pages read its answers, where the environment names their origins.
pub fn readable_by_pages(router: Router) -> Result<Router, lambda_runtime::Error> {
    let cors = cors_of_environment().inspect_err(|error| tracing::error!(%error, "the function cannot start"))?;
    Ok(match cors {
        Some(cors) => router.layer(cors),
        None => router,
    })
}
