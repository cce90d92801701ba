use http_api::{Event, TokenHeader};
use lambda_runtime::Context;
use serde::Deserialize;
use serde::de::IgnoredAny;
use tower::ServiceExt;

use crate::service::{checked, router, settle};

/// Where an event says who asks. Of the rest, numbers may be out of any range.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    request_context: RequestContext,
}

#[derive(Deserialize)]
struct RequestContext {
    authorizer: Option<IgnoredAny>,
    identity: Option<Identity>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identity {
    user_arn: Option<IgnoredAny>,
}

/// An event, as API Gateway sends them: who is not named by an authorizer gets nothing.
pub fn gateway(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(event) = serde_json::from_str::<Event>(text) else { return };
    let Ok((status, body)) =
        settle(router().oneshot(event.request_within(&Context::default(), TokenHeader::Authorization))).map(checked);
    let served = status.is_redirection() || (status.is_success() && body != r#"{"status":"ok"}"#);
    if served {
        let Named { request_context } = serde_json::from_str(text).expect("it has been read before");
        assert!(
            request_context.authorizer.is_some() || request_context.identity.is_some_and(|by| by.user_arn.is_some()),
            "no authorizer has named a caller, and it is served: {status}"
        );
    }
}
