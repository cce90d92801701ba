use std::task::{Context, Poll};

use lambda_runtime::LambdaInvocation;
use tower::{Layer, Service};
use tracing::Instrument;
use tracing::instrument::Instrumented;

/// What starts a function, in OpenTelemetry's words for it.
/// Source: OpenTelemetry's attribute registry, `faas.trigger`.
#[derive(Debug, Clone, Copy)]
pub enum Trigger {
    Http,
    PubSub,
    Timer,
    Other,
}

impl Trigger {
    fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::PubSub => "pubsub",
            Self::Timer => "timer",
            Self::Other => "other",
        }
    }
}

/// The target of the spans of invocations, which no log line has anything of.
pub(crate) const TARGET: &str = "xray_invocation";

/// A layer of Lambda's runtime: a span of each invocation of a function that this starts, under the segment that Lambda makes of it.
#[derive(Debug, Clone, Copy)]
pub struct OfInvocations(pub Trigger);

impl<S> Layer<S> for OfInvocations {
    type Service = InSpan<S>;

    fn layer(&self, inner: S) -> InSpan<S> {
        InSpan { inner, trigger: self.0, is_first: true }
    }
}

/// Serves each invocation within its span.
#[derive(Debug, Clone)]
pub struct InSpan<S> {
    inner: S,
    trigger: Trigger,
    is_first: bool,
}

impl<S: Service<LambdaInvocation>> Service<LambdaInvocation> for InSpan<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = Instrumented<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, invocation: LambdaInvocation) -> Self::Future {
        let context = &invocation.context;
        // The first field is that of `TRACE_HEADER`.
        let span = tracing::info_span!(
            target: TARGET,
            "invocation",
            xray.header = context.xray_trace_id,
            faas.name = context.env_config.function_name,
            faas.trigger = self.trigger.as_str(),
            faas.invocation_id = context.request_id,
            faas.coldstart = self.is_first,
        );
        self.is_first = false;
        // The inner service opens its span when it is called, not when its future is polled.
        let answer = span.in_scope(|| self.inner.call(invocation));
        answer.instrument(span)
    }
}
