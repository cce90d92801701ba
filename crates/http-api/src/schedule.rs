use std::convert::Infallible;

use axum::Router;
use embedded_metrics::EmbeddedMetrics;
use lambda_runtime::layers::TracingLayer;
use lambda_runtime::{LambdaEvent, Runtime, service_fn};
use presign::names::AccountId;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use traces::{OfInvocations, Trigger};

use crate::function::{answered, readable_by_pages, token_header};
use crate::{Event, api_gateway};

/// Runs the router as [`run`](crate::run) does; and `work`, for the account of the function, whenever a schedule of EventBridge starts it.
/// What of the work fails it counts and logs itself: an invocation that fails is one that crashed or ran out of time.
///
/// # Errors
/// As [`run`](crate::run).
pub async fn run_also_on_schedule<W, T>(
    router: Router,
    metrics: EmbeddedMetrics,
    work: W,
) -> Result<(), lambda_runtime::Error>
where
    W: AsyncFn(Option<AccountId>) -> T,
    T: Serialize,
{
    let (router, token, work) = (&readable_by_pages(router)?, token_header()?, &work);
    let handle = async |started: LambdaEvent<Started>| {
        let answer = match started.payload {
            Started::ByRequest(event) => Answer::OfRouter(answered(router, *event, token, &started.context).await),
            Started::BySchedule => Answer::OfWork(work(AccountId::of_arn(&started.context.invoked_function_arn)).await),
        };
        metrics.write();
        Ok::<_, Infallible>(answer)
    };
    // Which of the two it is, the layer has to know before there is an event.
    let runtime = Runtime::new(service_fn(handle)).layer(TracingLayer::new());
    runtime.layer(OfInvocations(Trigger::Other)).run().await
}

#[derive(Serialize)]
#[serde(untagged)]
enum Answer<T> {
    OfRouter(api_gateway::Answer),
    OfWork(T),
}

/// What has started the function. All of an API's event that a client can write stands deeper in it than what tells a schedule's.
enum Started {
    ByRequest(Box<Event>),
    BySchedule,
}

/// Source: Amazon EventBridge user guide, "Creating a rule that runs on a schedule".
#[derive(Deserialize)]
struct OfEventBridge<'a> {
    source: &'a str,
    #[serde(rename = "detail-type")]
    detail_type: &'a str,
}

impl<'de> Deserialize<'de> for Started {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let whole = <&RawValue>::deserialize(deserializer)?;
        match serde_json::from_str(whole.get()) {
            Ok(OfEventBridge { source: "aws.events", detail_type: "Scheduled Event" }) => Ok(Self::BySchedule),
            _ => Event::deserialize(whole)
                .map(|event| Self::ByRequest(Box::new(event)))
                .map_err(|_| Error::custom("it is no event of API Gateway, of a function URL or of a schedule")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &str = include_str!("../../../tests/events/http-api-revoke.json");
    const SCHEDULE: &str = include_str!("../../../tests/events/schedule-of-operators.json");

    #[test]
    fn a_request_and_a_schedule_are_told_apart() {
        let read = |text: &str| serde_json::from_str::<Started>(text);
        assert!(matches!(read(REQUEST), Ok(Started::ByRequest(_))));
        assert!(matches!(read(SCHEDULE), Ok(Started::BySchedule)));
    }

    #[test]
    fn no_body_and_no_header_makes_a_request_a_schedules_event() {
        let mut event: serde_json::Value = serde_json::from_str(REQUEST).unwrap();
        event["body"] = SCHEDULE.into();
        event["headers"]["source"] = "aws.events".into();
        event["headers"]["detail-type"] = "Scheduled Event".into();
        assert!(matches!(serde_json::from_str(&event.to_string()), Ok(Started::ByRequest(_))));
    }

    #[test]
    fn what_is_neither_is_refused_and_not_quoted() {
        let other = SCHEDULE.replace("Scheduled Event", "secret");
        for text in [other.as_str(), r#"{"Records": ["secret"]}"#, "[]", "null"] {
            let error = serde_json::from_str::<Started>(text).err().unwrap().to_string();
            assert_eq!(error, "it is no event of API Gateway, of a function URL or of a schedule");
        }
    }
}
