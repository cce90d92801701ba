use std::convert::Infallible;
use std::pin::Pin;

use axum::Router;
use embedded_metrics::EmbeddedMetrics;
use lambda_runtime::{Context, LambdaEvent, Runtime, service_fn};
use tower::ServiceExt;
use traces::{OfInvocations, Trigger};

use crate::api_gateway::Answer;
use crate::cors::cors_of_environment;
use crate::{Event, TokenHeader};

/// Runs the router as a function behind API Gateway, for as long as Lambda has events for it, and writes what each has added to
/// `metrics`.
///
/// In a box, so that the loop is compiled here, for speed: the body of an asynchronous function is compiled where it is awaited.
///
/// # Errors
/// When `PRESIGN_CORS_ORIGINS` names what is no origin, `PRESIGN_TOKEN_HEADER` what is no header of a token, or Lambda cannot be asked
/// for events.
#[must_use = "it runs when it is awaited"]
pub fn run(
    router: Router,
    metrics: EmbeddedMetrics,
) -> Pin<Box<dyn Future<Output = Result<(), lambda_runtime::Error>>>> {
    Box::pin(async move {
        let (router, token) = (&readable_by_pages(router)?, token_header()?);
        let handle = async |event: LambdaEvent<Event>| {
            let answer = answered(router, event.payload, token, &event.context).await;
            metrics.write();
            Ok::<_, Infallible>(answer)
        };
        // Without the runtime's own span, beside that which each request has.
        let runtime = Runtime::new(service_fn(handle));
        runtime.layer(OfInvocations(Trigger::Http)).run().await
    })
}

/// What the router answers.
pub async fn answered(router: &Router, event: Event, token: TokenHeader, invocation: &Context) -> Answer {
    let Ok(response) = router.clone().oneshot(event.request_within(invocation, token)).await;
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

/// The header with the token that the gateway has checked, where the environment names one.
pub fn token_header() -> Result<TokenHeader, lambda_runtime::Error> {
    Ok(TokenHeader::of_environment().inspect_err(|error| tracing::error!(%error, "the function cannot start"))?)
}
