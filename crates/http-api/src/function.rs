use std::fmt;

use axum::Router;
use embedded_metrics::EmbeddedMetrics;
use lambda_http::lambda_runtime::Runtime;
use lambda_http::lambda_runtime::layers::TracingLayer;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, LambdaEvent};
use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use tower::ServiceExt;
use tower::util::MapRequest;
use traces::Trigger;

use crate::behind_api_gateway;
use crate::cors::cors_of_environment;
use crate::event::readable;

/// Runs the router as a function behind API Gateway, for as long as Lambda has events for it, and writes what each has added to
/// `metrics`.
///
/// # Errors
/// When `PRESIGN_CORS_ORIGINS` names what is no origin, or Lambda cannot be asked for events.
pub async fn run(router: Router, metrics: EmbeddedMetrics) -> Result<(), lambda_http::Error> {
    let function = Adapter::from(behind_api_gateway(readable_by_pages(router)?));
    let function = MapRequest::new(function, |event: LambdaEvent<Event>| {
        readable(LambdaEvent::new(event.payload.0, event.context))
    });
    let counting = function.map_future(move |answered| async move {
        let answer = answered.await;
        metrics.write();
        answer
    });
    let runtime = Runtime::new(counting).layer(TracingLayer::new());
    runtime.layer(traces::of_invocations(Trigger::Http)).run().await
}

/// The router with the headers by which browsers let pages read its answers, where the environment names their origins.
pub fn readable_by_pages(router: Router) -> Result<Router, lambda_http::Error> {
    let cors = cors_of_environment().inspect_err(|error| tracing::error!(%error, "the function cannot start"))?;
    Ok(match cors {
        Some(cors) => router.layer(cors),
        None => router,
    })
}

/// An event of API Gateway, read as what its version says. `lambda_http` reads it as each kind that there is in turn, and an
/// HTTP API's, which is the second, twice.
pub struct Event(pub LambdaRequest);

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&RawValue>::deserialize(deserializer)?.get();
        let read = if version(text) == Some(r#""2.0""#) {
            serde_json::from_str(text).map(LambdaRequest::ApiGatewayV2)
        } else {
            serde_json::from_str(text).map(LambdaRequest::ApiGatewayV1)
        };
        // What is wrong is not said: serde would quote the event, and events hold tokens.
        read.map(Self).map_err(|_| Error::custom("it is no event of API Gateway or of a function URL"))
    }
}

/// What an event says of its version, as JSON. An HTTP API says it first, and what is after it is not looked at; a REST API
/// says nothing of it.
fn version(text: &str) -> Option<&str> {
    let mut version = None;
    // Who has found it has read no whole object, which is no error here.
    let _ = serde_json::Deserializer::from_str(text).deserialize_map(FindVersion(&mut version));
    version.map(RawValue::get)
}

struct FindVersion<'a, 'de>(&'a mut Option<&'de RawValue>);

impl<'de> Visitor<'de> for FindVersion<'_, 'de> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with a version")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while let Some(name) = fields.next_key::<String>()? {
            if name == "version" {
                *self.0 = Some(fields.next_value()?);
                break;
            }
            fields.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HTTP_API: &str = include_str!("../../../tests/events/http-api-get-object.json");
    const REST_API: &str = include_str!("../../../tests/events/rest-api-get-object.json");

    #[test]
    fn an_event_is_read_as_what_its_version_says() {
        let read = |text: &str| serde_json::from_str::<Event>(text).map(|event| event.0);
        assert!(matches!(read(HTTP_API), Ok(LambdaRequest::ApiGatewayV2(_))));
        assert!(matches!(read(REST_API), Ok(LambdaRequest::ApiGatewayV1(_))));
        assert!(read(r#"{"Records": []}"#).is_err());
        assert_eq!(
            version(r#"{"rawPath": {"version": "1.0"}, "\u0076ersion" : "2.0", "version": 3"#),
            Some(r#""2.0""#)
        );
        for none in ["", "[]", "{}", r#"{"version""#, r#"{"version":"2.0"#, r#"{"a": {"version": "2.0"}}"#] {
            assert_eq!(version(none), None, "{none}");
        }
    }
}
