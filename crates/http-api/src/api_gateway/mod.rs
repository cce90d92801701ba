//! What API Gateway adds to a request, taken off again, so that the router sees the same wherever it runs.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use lambda_http::RequestExt;
use lambda_http::request::RequestContext;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tower::util::MapRequest;

use crate::event::OF_FUNCTION_URL;
use crate::{Caller, RequestIds};

/// The router behind API Gateway, REST or HTTP, or behind a function URL.
///
/// It lets the caller in that the gateway has authenticated. A request it has not is left without a caller, and is refused.
#[must_use]
pub fn behind_api_gateway(router: Router) -> MapRequest<Router, impl FnMut(lambda_http::Request) -> Request + Clone> {
    MapRequest::new(router, |request: lambda_http::Request| {
        let mut request = request.map(Body::new);
        let context = request.extensions_mut().remove::<RequestContext>();
        if let Some(context) = context {
            if let Some(uri) = uri_as_asked(&context, &request) {
                *request.uri_mut() = uri;
            }
            let ids = request_ids(&context, &request);
            request.extensions_mut().insert(ids);
            if let Some(caller) = authenticated(&context) {
                request.extensions_mut().insert(caller);
            }
        }
        request
    })
}

fn request_ids(context: &RequestContext, request: &Request) -> RequestIds {
    let of_gateway = match context {
        RequestContext::ApiGatewayV2(context) => context.request_id.clone(),
        RequestContext::ApiGatewayV1(context) => context.request_id.clone(),
        _ => None,
    };
    let lambda = request.extensions().lambda_context_ref();
    RequestIds {
        request: of_gateway,
        invocation: lambda.map(|lambda| lambda.request_id.clone()).filter(|id| !id.is_empty()),
        trace: lambda.and_then(|lambda| lambda.xray_trace_id.clone()),
    }
}

/// The subject of the JWT, whom a Lambda authorizer names, or the ARN of the IAM principal; with what is known besides.
fn authenticated(context: &RequestContext) -> Option<Caller> {
    let (name, claims, address) = match context {
        RequestContext::ApiGatewayV2(context) => {
            let authorizer = context.authorizer.as_ref()?;
            let jwt = authorizer.jwt.as_ref().map(|jwt| &jwt.claims);
            let of_jwt = || jwt?.get("sub").map(String::as_str);
            let of_lambda = || authorizer.fields.get("sub").and_then(Value::as_str);
            let of_iam = || authorizer.iam.as_ref()?.user_arn.as_deref();
            let claims = match jwt {
                Some(claims) => claims.clone().into_iter().collect(),
                None => texts(&authorizer.fields),
            };
            (of_jwt().or_else(of_lambda).or_else(of_iam), claims, context.http.source_ip.as_deref())
        }
        RequestContext::ApiGatewayV1(context) => {
            let fields = &context.authorizer.fields;
            let of_jwt = || fields.get("claims")?.get("sub").and_then(Value::as_str);
            // Each Lambda authorizer of a REST API must name the caller so.
            let of_lambda = || fields.get("principalId").and_then(Value::as_str);
            let name = of_jwt().or_else(of_lambda).or(context.identity.user_arn.as_deref());
            let claims = match fields.get("claims") {
                Some(Value::Object(claims)) => texts(claims),
                _ => texts(fields),
            };
            (name, claims, context.identity.source_ip.as_deref())
        }
        _ => return None,
    };
    let name = name.filter(|name| !name.is_empty())?;
    if ended(&claims, asked_at(context)) {
        return None;
    }
    Some(Caller::new(name).with_claims(claims).from_address(address.and_then(|address| address.parse().ok())))
}

/// Whether the token that proved the caller has ended: a gateway that keeps an authorizer's answer for some minutes admits it still.
fn ended(claims: &BTreeMap<String, String>, now: i64) -> bool {
    // As seconds; API Gateway writes a date where Cognito is the authorizer, and then looks at it itself each time.
    let end = claims.get("exp").and_then(|end| end.parse::<f64>().ok());
    // Far below 2^53.
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 have 41 bits")]
    end.is_some_and(|end| end * 1_000.0 <= now as f64)
}

/// When the gateway got the request, in milliseconds since 1970; 0 where it does not say.
fn asked_at(context: &RequestContext) -> i64 {
    match context {
        RequestContext::ApiGatewayV2(context) => context.time_epoch,
        RequestContext::ApiGatewayV1(context) => context.request_time_epoch,
        _ => 0,
    }
}

/// The claims that are text; a Lambda authorizer may say other things too.
fn texts<'a>(fields: impl IntoIterator<Item = (&'a String, &'a Value)>) -> BTreeMap<String, String> {
    fields.into_iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

fn stage(context: &RequestContext) -> Option<&str> {
    match context {
        RequestContext::ApiGatewayV1(context) => context.stage.as_deref(),
        RequestContext::ApiGatewayV2(context) => context.stage.as_deref(),
        _ => None,
    }
}

/// The address as the client has asked for it: without the stage that the gateway may have put before it, with its dot segments,
/// which `lambda_http` resolves, and percent-encoded, which HTTP APIs undo.
fn uri_as_asked(context: &RequestContext, request: &Request) -> Option<Uri> {
    let raw = request.extensions().raw_http_path();
    let path = stage(context).and_then(|stage| without_stage(raw, stage)).unwrap_or(raw);
    let set = if hands_paths_over_decoded(context) { ENCODED_BY_CLIENTS } else { NEVER_IN_A_PATH };
    let path = utf8_percent_encode(path, set);
    // Not the query of the address so far: a `#` in a decoded path has cut it off there.
    let path_and_query = match request.extensions().query_string_parameters_ref() {
        Some(query) => format!("{path}?{}", query.to_query_string()),
        None => path.to_string(),
    };
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = Some(path_and_query.parse::<PathAndQuery>().ok()?);
    Uri::from_parts(parts).ok()
}

fn without_stage<'a>(path: &'a str, stage: &str) -> Option<&'a str> {
    path.strip_prefix('/')?.strip_prefix(stage).filter(|path| path.starts_with('/'))
}

/// HTTP APIs do. REST APIs, and function URLs, which have the events of HTTP APIs otherwise, leave paths as they came.
fn hands_paths_over_decoded(context: &RequestContext) -> bool {
    match context {
        RequestContext::ApiGatewayV2(context) => {
            !context.domain_name.as_deref().is_some_and(|domain| domain.contains(OF_FUNCTION_URL))
        }
        _ => false,
    }
}

/// All that a path may have encoded.
const ENCODED_BY_CLIENTS: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What no path has, and so a gateway must have made of what the client sent.
const NEVER_IN_A_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use axum::response::Response;
    use http_body_util::BodyExt;
    use serde_json::json;
    use settings::CallerSettings;

    use tower::ServiceExt;

    use super::*;

    /// What the router sees of a request: whose it is, and its path.
    async fn seen(event: &Value) -> Result<String, StatusCode> {
        let router =
            Router::new().fallback(async |caller: Caller, uri: Uri| format!("{} {}", caller.name(), uri.path()));
        let request = lambda_http::request::from_str(&event.to_string()).unwrap();
        let response: Response = behind_api_gateway(router).oneshot(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        if status == StatusCode::OK { Ok(String::from_utf8(body.to_vec()).unwrap()) } else { Err(status) }
    }

    fn http_api(authorizer: &Value, stage: &str, path: &str) -> Value {
        let http = json!({"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7"});
        json!({
            "version": "2.0", "routeKey": "POST /urls", "rawPath": path, "rawQueryString": "", "headers": {},
            "requestContext": {"http": http, "stage": stage, "timeEpoch": 0, "authorizer": authorizer},
            "isBase64Encoded": false,
        })
    }

    fn rest_api(authorizer: &Value, user_arn: Option<&str>) -> Value {
        json!({
            "resource": "/urls", "path": "/urls", "httpMethod": "POST", "headers": {}, "multiValueHeaders": {},
            "requestContext": {
                "httpMethod": "POST", "stage": "v1", "authorizer": authorizer, "identity": {"userArn": user_arn, "sourceIp": "203.0.113.7"},
            },
            "isBase64Encoded": false,
        })
    }

    #[tokio::test]
    async fn an_authorizer_of_any_kind_names_the_caller() {
        let arn = "arn:aws:iam::123456789012:user/alice";
        for (event, caller) in [
            (http_api(&json!({"jwt": {"claims": {"sub": "alice"}, "scopes": null}}), "$default", "/urls"), "alice"),
            (http_api(&json!({"lambda": {"sub": "alice"}}), "$default", "/urls"), "alice"),
            (http_api(&json!({"iam": {"userArn": arn}}), "$default", "/urls"), arn),
            (rest_api(&json!({"claims": {"sub": "alice"}}), None), "alice"),
            (rest_api(&json!({"principalId": "alice", "integrationLatency": 7}), None), "alice"),
            (rest_api(&json!(null), Some(arn)), arn),
        ] {
            assert_eq!(seen(&event).await, Ok(format!("{caller} /urls")), "{event}");
        }
    }

    #[tokio::test]
    async fn claims_and_address_come_from_the_gateway() {
        for event in [
            http_api(&json!({"jwt": {"claims": {"sub": "a", "tenant": "t"}, "scopes": null}}), "$default", "/urls"),
            http_api(&json!({"lambda": {"sub": "a", "tenant": "t", "number": 7}}), "$default", "/urls"),
            rest_api(&json!({"claims": {"sub": "a", "tenant": "t"}}), None),
            rest_api(&json!({"principalId": "a", "tenant": "t"}), None),
        ] {
            let event = event.to_string().replace("\"headers\":{}", "\"headers\":{\"tenant\":\"other\"}");
            let request = lambda_http::request::from_str(&event).unwrap();
            let caller = authenticated(request.extensions().get::<RequestContext>().unwrap()).unwrap();
            assert_eq!(caller.identity(&CallerSettings::default()).tenant.as_deref(), Some("t"), "{event}");
            assert_eq!(caller.source_ip(), Some([203, 0, 113, 7].into()), "{event}");
        }
    }

    #[tokio::test]
    async fn who_is_not_named_is_no_caller() {
        for event in [
            http_api(&json!(null), "$default", "/urls"),
            http_api(&json!({"jwt": {"claims": {"scope": "urls"}, "scopes": null}}), "$default", "/urls"),
            http_api(&json!({"jwt": {"claims": {"sub": ""}, "scopes": null}}), "$default", "/urls"),
            http_api(&json!({"lambda": {"principalId": "alice"}}), "$default", "/urls"),
            http_api(&json!({"lambda": {"sub": 7}}), "$default", "/urls"),
            http_api(&json!({"lambda": null}), "$default", "/urls"),
            http_api(&json!({"iam": {"userArn": ""}}), "$default", "/urls"),
            rest_api(&json!(null), None),
            rest_api(&json!({"principalId": ""}), None),
            rest_api(&json!({"sub": "alice"}), None),
            rest_api(&json!({"claims": {}}), None),
        ] {
            assert_eq!(seen(&event).await, Err(StatusCode::UNAUTHORIZED), "{event}");
        }
    }

    #[tokio::test]
    async fn who_is_proved_by_a_token_that_has_ended_is_no_caller() {
        let asked_at = 1_800_000_000_000_i64;
        for (end, is_one) in [
            ("1800000001", true),
            ("1800000000.5", true),
            ("1800000000", false),
            ("1799999999", false),
            ("Fri Jan 15 08:00:00 UTC 2027", true),
        ] {
            let mut http = http_api(&json!({"lambda": {"sub": "alice", "exp": end}}), "$default", "/urls");
            http["requestContext"]["timeEpoch"] = json!(asked_at);
            let mut rest = rest_api(&json!({"principalId": "alice", "exp": end}), None);
            rest["requestContext"]["requestTimeEpoch"] = json!(asked_at);
            for event in [http, rest] {
                assert_eq!(seen(&event).await.is_ok(), is_one, "{event}");
            }
        }
    }

    #[tokio::test]
    async fn the_stage_is_no_part_of_the_path() {
        let authorizer = json!({"lambda": {"sub": "alice"}});
        for (stage, path, seen_path) in [
            ("$default", "/urls", "/urls"),
            ("v1", "/v1/urls", "/urls"),
            ("v1", "/urls", "/urls"),
            ("v1", "/v1urls", "/v1urls"),
            ("urls", "/urls/urls", "/urls"),
        ] {
            let event = http_api(&authorizer, stage, path);
            assert_eq!(seen(&event).await, Ok(format!("alice {seen_path}")), "{stage} {path}");
        }
    }
}
