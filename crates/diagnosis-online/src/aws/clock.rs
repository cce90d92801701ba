use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use aws_config::SdkConfig;
use aws_sdk_sts::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_sts::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sts::error::BoxError;
use diagnosis::facts::Looked;
use jiff::fmt::rfc2822;

use super::Clock;

/// Compares the `Date` of an answer with the clock at the moment it comes.
struct DateOfAnswer {
    clock: Clock,
    skew: Arc<Mutex<Option<i64>>>,
}

impl fmt::Debug for DateOfAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DateOfAnswer").field("skew", &self.skew).finish_non_exhaustive()
    }
}

impl Intercept for DateOfAnswer {
    fn name(&self) -> &'static str {
        "DateOfAnswer"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date").and_then(|date| rfc2822::parse(date).ok());
        if let Some(date) = date {
            let seconds = date.timestamp().as_second() - (self.clock)().as_second();
            *self.skew.lock().unwrap_or_else(PoisonError::into_inner) = Some(seconds);
        }
        Ok(())
    }
}

/// STS's clock less ours, in seconds. A refusal tells the time as well as an answer does.
pub async fn skew(config: &SdkConfig, clock: Clock) -> Looked<i64> {
    let skew = Arc::new(Mutex::new(None));
    let config =
        aws_sdk_sts::config::Builder::from(config).interceptor(DateOfAnswer { clock, skew: Arc::clone(&skew) }).build();
    let sent = aws_sdk_sts::Client::from_conf(config).get_caller_identity().send().await;
    let seen = *skew.lock().unwrap_or_else(PoisonError::into_inner);
    match (seen, sent) {
        (Some(seconds), _) => Looked::Found(seconds),
        (None, Ok(_)) => Looked::CouldNot("STS's answer has no `Date`".to_owned()),
        (None, Err(error)) => super::refusal::could_not(&error, "sts:GetCallerIdentity"),
    }
}
