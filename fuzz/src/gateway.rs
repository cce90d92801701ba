use http_api::{behind_api_gateway, readable};
use lambda_http::request::LambdaRequest;
use lambda_http::{Context, LambdaEvent};
use serde_json::Value;
use tower::ServiceExt;

use crate::service::{checked, router, settle};

/// An event, as API Gateway sends them: who is not named by an authorizer gets nothing.
pub fn gateway(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(payload) = serde_json::from_str::<LambdaRequest>(text) else { return };
    let event = readable(LambdaEvent::new(payload, Context::default()));
    let Ok((status, body)) = settle(behind_api_gateway(router()).oneshot(event.payload.into())).map(checked);
    let served = status.is_redirection() || (status.is_success() && body != r#"{"status":"ok"}"#);
    if served {
        let event: Value = serde_json::from_str(text).expect("an event is JSON");
        let named = |at| event.pointer(at).is_some_and(|value| !value.is_null());
        assert!(
            named("/requestContext/authorizer") || named("/requestContext/identity/userArn"),
            "no authorizer has named a caller, and it is served: {status}"
        );
    }
}
