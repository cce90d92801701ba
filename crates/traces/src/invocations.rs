use std::task::{Context, Poll};

use lambda_runtime::LambdaInvocation;
use lambda_runtime::layers::{OpenTelemetryFaasTrigger, OpenTelemetryLayer};
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry_aws::trace::XrayPropagator;
use tower::layer::util::Stack;
use tower::{Layer, Service};

const HEADER: &str = "x-amzn-trace-id";

/// What starts a function.
pub type Trigger = OpenTelemetryFaasTrigger;

/// A layer of Lambda's runtime that makes a span of each invocation.
pub type OfInvocations = Stack<OpenTelemetryLayer<fn()>, InTraceLayer>;

/// A span of each invocation, under the segment that Lambda makes of it.
#[must_use]
pub fn of_invocations(trigger: Trigger) -> OfInvocations {
    // Each span is sent when it ends: nothing is left to flush.
    let flush: fn() = || {};
    Stack::new(OpenTelemetryLayer::new(flush).with_trigger(trigger), InTraceLayer)
}

#[derive(Debug, Clone, Copy)]
pub struct InTraceLayer;

impl<S> Layer<S> for InTraceLayer {
    type Service = InTrace<S>;

    fn layer(&self, inner: S) -> InTrace<S> {
        InTrace(inner)
    }
}

/// Calls the inner service where OpenTelemetry's context is the trace that Lambda's header names.
#[derive(Debug, Clone)]
pub struct InTrace<S>(S);

impl<S: Service<LambdaInvocation>> Service<LambdaInvocation> for InTrace<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, invocation: LambdaInvocation) -> S::Future {
        let trace = XrayPropagator::new().extract_with_context(&opentelemetry::Context::new(), &OfLambda(&invocation));
        // The inner service opens its span when it is called, not when its future is polled.
        let _within = trace.attach();
        self.0.call(invocation)
    }
}

/// The trace's header, which Lambda hands over beside the event.
struct OfLambda<'a>(&'a LambdaInvocation);

impl Extractor for OfLambda<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.context.xray_trace_id.as_deref().filter(|_| name == HEADER)
    }

    fn keys(&self) -> Vec<&str> {
        vec![HEADER]
    }
}
