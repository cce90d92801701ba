use std::borrow::Cow;
use std::ops::Deref;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use lambda_runtime::Context;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::address::{Paths, address};
use super::context::RequestContext;
use super::pairs::{Pairs, Text};
use crate::lists::Written;
use crate::{Caller, RequestIds, TokenHeader};

/// A request, as an event of API Gateway, REST or HTTP, or of a function URL has it.
///
/// Who asks is among the request's extensions, where the gateway has authenticated a caller, and so are [`RequestIds`]. Cookies are left
/// out: nothing here reads one.
pub struct Event {
    request: Request,
    caller: Option<Caller>,
    ids: RequestIds,
}

impl Event {
    /// The request, in the invocation that brings it. `token` is the header that the gateway has checked.
    #[must_use]
    pub fn request_within(self, invocation: &Context, token: TokenHeader) -> Request {
        let Self { mut request, caller, ids } = self;
        if let Some(caller) = caller {
            request.extensions_mut().insert(caller.proved_by(token));
        }
        let id = Some(invocation.request_id.clone()).filter(|id| !id.is_empty());
        request.extensions_mut().insert(RequestIds { invocation: id, trace: invocation.xray_trace_id.clone(), ..ids });
        request
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&RawValue>::deserialize(deserializer)?.get();
        // What is wrong is not said: serde would quote the event, and events hold tokens.
        let read = serde_json::from_str(text).ok().and_then(Fields::event);
        read.ok_or_else(|| Error::custom("it is no event of API Gateway or of a function URL"))
    }
}

/// What of an event a request is made of.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields<'a> {
    /// `2.0` of HTTP APIs and function URLs; REST APIs say nothing of it.
    #[serde(borrow)]
    version: Option<Text<'a>>,
    #[serde(borrow)]
    request_context: RequestContext<'a>,
    #[serde(borrow)]
    headers: Option<Pairs<'a>>,
    #[serde(borrow)]
    body: Option<Text<'a>>,
    is_base64_encoded: Option<bool>,

    #[serde(borrow)]
    raw_path: Option<Text<'a>>,
    #[serde(borrow)]
    raw_query_string: Option<Text<'a>>,

    #[serde(borrow)]
    http_method: Option<Text<'a>>,
    #[serde(borrow)]
    path: Option<Text<'a>>,
    #[serde(borrow)]
    query_string_parameters: Option<Pairs<'a>>,
    #[serde(borrow)]
    multi_value_query_string_parameters: Option<Pairs<'a>>,
    #[serde(borrow)]
    multi_value_headers: Option<Pairs<'a>>,
}

impl Fields<'_> {
    fn event(self) -> Option<Event> {
        if self.version.as_ref().is_some_and(|Text(version)| version == "2.0") {
            self.of_http_api()
        } else {
            self.of_rest_api()
        }
    }

    fn of_http_api(self) -> Option<Event> {
        let context = &self.request_context;
        let method = Method::from_bytes(context.method()?.as_bytes()).ok()?;
        let paths = if context.is_of_function_url() { Paths::AsTheyCame } else { Paths::Decoded };
        let (path, query) = (text(self.raw_path.as_ref()), text(self.raw_query_string.as_ref()));
        let address = address(path, query, context.stage.as_deref(), paths);
        let caller = context.caller_of_http_api(authorization(self.headers.as_ref())).ok()?;
        Some(self.asking(method, address, caller))
    }

    fn of_rest_api(mut self) -> Option<Event> {
        let method = Method::from_bytes(text(self.http_method.as_ref()).as_bytes()).ok()?;
        // With all of their values, where the gateway lists them.
        let parameters = either(self.multi_value_query_string_parameters.take(), self.query_string_parameters.take());
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters.0).finish();
        let context = &self.request_context;
        let address = address(text(self.path.as_ref()), &query, context.stage.as_deref(), Paths::AsTheyCame);
        let headers = either(self.multi_value_headers.take(), self.headers.take());
        let of_http_api = self.version.is_some();
        let written = if of_http_api { Written::InBrackets } else { Written::WithCommas };
        let caller = context.caller_of_rest_api(written, authorization(Some(&headers))).ok()?;
        self.headers = Some(headers);
        Some(self.asking(method, address, caller))
    }

    fn asking(self, method: Method, address: Uri, caller: Option<Caller>) -> Event {
        let is_base64 = self.is_base64_encoded.unwrap_or(false);
        let body = self.body.map(|Text(body)| content(body, is_base64)).unwrap_or_default();
        let mut request = Request::new(Body::from(body));
        *request.method_mut() = method;
        *request.uri_mut() = address;
        *request.headers_mut() = headers(self.headers.unwrap_or_default());
        Event { request, caller, ids: RequestIds { request: self.request_context.request_id, ..RequestIds::default() } }
    }
}

fn text<'a>(text: Option<&'a Text<'_>>) -> &'a str {
    text.map_or("", Deref::deref)
}

/// The header in which an authorizer may have read a token, where it stands there once.
fn authorization<'a>(headers: Option<&'a Pairs<'_>>) -> Option<&'a str> {
    let is_it = |name: &str| name.eq_ignore_ascii_case(header::AUTHORIZATION.as_str());
    let mut headers = headers?.0.iter().filter(|(name, _)| is_it(name));
    headers.next().filter(|_| headers.next().is_none()).map(|(_, value)| &**value)
}

/// The first, unless there is nothing in it.
fn either<'a>(first: Option<Pairs<'a>>, other: Option<Pairs<'a>>) -> Pairs<'a> {
    first.filter(|Pairs(pairs)| !pairs.is_empty()).or(other).unwrap_or_default()
}

/// What the client has sent; nothing where that is said to be base64 and is not.
fn content(body: Cow<'_, str>, is_base64: bool) -> Vec<u8> {
    if is_base64 { BASE64_STANDARD.decode(body.as_bytes()).unwrap_or_default() } else { body.into_owned().into_bytes() }
}

/// The headers that are read behind the gateway: those by which a browser asks on behalf of a page of another origin. Requests come with a dozen, which would
/// all have to be put into a map for nobody.
const READ: [HeaderName; 3] =
    [header::ORIGIN, header::ACCESS_CONTROL_REQUEST_METHOD, header::ACCESS_CONTROL_REQUEST_HEADERS];

/// Those that are read, as far as they may be headers, which is all that a gateway hands over.
fn headers(Pairs(pairs): Pairs<'_>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let read = READ.into_iter().find(|read| read.as_str().eq_ignore_ascii_case(&name));
        if let (Some(name), Ok(value)) = (read, HeaderValue::from_bytes(value.as_bytes())) {
            headers.append(name, value);
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use serde_json::{Value, json};
    use settings::CallerSettings;

    use super::*;

    fn file(name: &str) -> Value {
        let path = format!("{}/../../tests/events/{name}.json", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    fn read(event: &Value) -> Request {
        let event: Event = serde_json::from_str(&event.to_string()).unwrap();
        event.request_within(&Context::default(), TokenHeader::Authorization)
    }

    fn http_api(authorizer: &Value) -> Value {
        let http = json!({"method": "POST", "path": "/urls", "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7"});
        json!({
            "version": "2.0", "routeKey": "POST /urls", "rawPath": "/urls", "rawQueryString": "", "headers": {},
            "requestContext": {"http": http, "stage": "$default", "timeEpoch": 0, "authorizer": authorizer},
            "isBase64Encoded": false,
        })
    }

    fn rest_api(authorizer: &Value, user_arn: Option<&str>) -> Value {
        json!({
            "resource": "/urls", "path": "/urls", "httpMethod": "POST", "headers": {}, "multiValueHeaders": {},
            "requestContext": {
                "httpMethod": "POST", "stage": "v1", "authorizer": authorizer,
                "identity": {"userArn": user_arn, "sourceIp": "203.0.113.7"},
            },
            "isBase64Encoded": false,
        })
    }

    fn caller(event: &Value) -> Option<Caller> {
        read(event).extensions_mut().remove()
    }

    #[test]
    fn an_authorizer_of_any_kind_names_the_caller() {
        let arn = "arn:aws:iam::123456789012:user/alice";
        for (event, name) in [
            (http_api(&json!({"jwt": {"claims": {"sub": "alice"}, "scopes": null}})), "alice"),
            (http_api(&json!({"lambda": {"sub": "alice"}})), "alice"),
            (http_api(&json!({"iam": {"userArn": arn}})), arn),
            (rest_api(&json!({"claims": {"sub": "alice"}}), None), "alice"),
            (rest_api(&json!({"principalId": "alice", "integrationLatency": 7}), None), "alice"),
            (rest_api(&json!(null), Some(arn)), arn),
        ] {
            assert_eq!(caller(&event).unwrap().name(), name, "{event}");
        }
    }

    #[test]
    fn claims_and_address_come_from_the_gateway() {
        for event in [
            http_api(&json!({"jwt": {"claims": {"sub": "a", "tenant": "t"}, "scopes": null}})),
            http_api(&json!({"lambda": {"sub": "a", "tenant": "t", "number": 7}})),
            rest_api(&json!({"claims": {"sub": "a", "tenant": "t"}}), None),
            rest_api(&json!({"principalId": "a", "tenant": "t", "claims": "none"}), None),
        ] {
            let mut event = event;
            event["headers"] = json!({"tenant": "other"});
            let caller = caller(&event).unwrap();
            assert_eq!(caller.identity(&CallerSettings::default()).tenant.as_deref(), Some("t"), "{event}");
            assert_eq!(caller.source_ip(), Some([203, 0, 113, 7].into()), "{event}");
        }
    }

    #[test]
    fn one_group_with_a_space_in_its_name_is_not_two() {
        let groups = |event: &Value| {
            let identity = caller(event).unwrap().identity(&CallerSettings::default());
            identity.groups.into_iter().collect::<Vec<_>>()
        };
        let bearer = |groups: &Value| {
            let payload = json!({"iss": "https://i", "sub": "a", "groups": groups}).to_string();
            format!("Bearer e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(payload))
        };
        let claims =
            |groups: &str| json!({"claims": {"iss": "https://i", "sub": "a", "groups": groups}, "scopes": null});
        let listed = json!(["night operators", "a,b"]);
        let (in_brackets, with_commas) = ("[night operators a,b]", "night operators,a,b");
        let token = json!({"authorization": bearer(&listed), "Accept": "*/*"});
        let mut http = http_api(&json!({"jwt": claims(in_brackets)}));
        assert_eq!(groups(&http), [""; 0], "without the token they cannot be told apart");
        http["headers"] = token.clone();
        let mut rest = rest_api(&claims(with_commas), None);
        rest["headers"] = token.clone();
        let mut as_rest = rest_api(&claims(in_brackets), None);
        as_rest["version"] = json!("1.0");
        as_rest["multiValueHeaders"] = json!({"Authorization": [bearer(&listed)]});
        let of_lambda = json!({"sub": "a", "principalId": "a", "groups": listed.to_string()});
        let of_lambda = [http_api(&json!({"lambda": of_lambda})), rest_api(&of_lambda, None)];
        for event in [http, rest, as_rest.clone()].iter().chain(&of_lambda) {
            assert_eq!(groups(event), ["a,b", "night operators"], "{event}");
            let of_lambda = of_lambda.contains(event);
            let event: Event = serde_json::from_str(&event.to_string()).unwrap();
            let request = event.request_within(&Context::default(), TokenHeader::Unknown);
            let caller: &Caller = request.extensions().get().unwrap();
            let unclear = caller.groups_are_unclear(&CallerSettings::default());
            assert_eq!(unclear, !of_lambda, "anybody may have written the token");
        }
        as_rest["multiValueHeaders"] = json!({"Authorization": [bearer(&listed), bearer(&json!(["operators"]))]});
        assert_eq!(groups(&as_rest), [""; 0], "nobody knows which of two headers was checked");
    }

    #[test]
    fn who_is_not_named_is_no_caller() {
        for event in [
            http_api(&json!(null)),
            http_api(&json!({"jwt": {"claims": {"scope": "urls"}, "scopes": null}})),
            http_api(&json!({"jwt": {"claims": {"sub": ""}, "scopes": null}})),
            http_api(&json!({"jwt": {"claims": null}})),
            http_api(&json!({"lambda": {"principalId": "alice"}})),
            http_api(&json!({"lambda": {"sub": 7}})),
            http_api(&json!({"lambda": null})),
            http_api(&json!({"iam": {"userArn": ""}})),
            rest_api(&json!(null), None),
            rest_api(&json!({"principalId": ""}), None),
            rest_api(&json!({"sub": "alice"}), None),
            rest_api(&json!({"claims": {}}), None),
        ] {
            assert_eq!(caller(&event), None, "{event}");
        }
    }

    #[test]
    fn a_claim_that_stands_there_twice_is_what_it_is_the_last_time() {
        for (claims, name) in [
            (r#""sub": "a", "sub": "b""#, Some("b")),
            (r#""sub": "a", "sub": 7"#, None),
            (r#""sub": 7, "sub": "a""#, Some("a")),
            (r#""sub": "\u0061", "\u0073ub": null"#, None),
        ] {
            for event in
                [http_api(&json!({"lambda": {"in": "place"}})), rest_api(&json!({"claims": {"in": "place"}}), None)]
            {
                let event = event.to_string().replace(r#""in":"place""#, claims);
                let event: Event = serde_json::from_str(&event).unwrap();
                let caller: Option<Caller> =
                    event.request_within(&Context::default(), TokenHeader::Unknown).extensions_mut().remove();
                assert_eq!(caller.as_ref().map(Caller::name), name, "{claims}");
            }
        }
    }

    #[test]
    fn who_is_proved_by_a_token_that_has_ended_is_no_caller() {
        let asked_at = 1_800_000_000_000_i64;
        for (end, is_one) in [
            ("1800000001", true),
            ("1800000000.5", true),
            ("1800000000", false),
            ("1799999999", false),
            ("-1", false),
            ("1.8e9", false),
            ("9223372036854775807", true),
            ("18446744073709551616", true),
            ("Fri Jan 15 08:00:00 UTC 2027", true),
        ] {
            let number: Option<Value> = serde_json::from_str(end).ok();
            let mut http = http_api(&json!({"lambda": {"sub": "alice", "exp": number.unwrap_or_else(|| json!(end))}}));
            http["requestContext"]["timeEpoch"] = json!(asked_at);
            let mut rest = rest_api(&json!({"principalId": "alice", "exp": end}), None);
            rest["requestContext"]["requestTimeEpoch"] = json!(asked_at);
            for event in [http, rest] {
                assert_eq!(caller(&event).is_some(), is_one, "{event}");
            }
        }
    }

    #[test]
    fn an_event_is_read_as_what_its_version_says() {
        let mut both = file("http-api-get-object");
        both["path"] = json!("/of-rest-api");
        both["httpMethod"] = json!("PUT");
        assert_eq!((read(&both).method(), read(&both).uri().path()), (&Method::POST, "/urls"));
        // An HTTP API can be told to write events as a REST API does.
        for version in [json!("1.0"), json!(null)] {
            both["version"] = version;
            assert_eq!((read(&both).method(), read(&both).uri().path()), (&Method::PUT, "/of-rest-api"));
        }
    }

    #[test]
    fn what_is_no_request_is_refused_and_not_quoted() {
        let [mut method, mut address] = [file("http-api-get-object"), file("rest-api-get-object")];
        method["requestContext"]["http"]["method"] = json!("GET secret");
        address["path"] = json!(["secret"]);
        for event in
            [method, address, json!({"Records": ["secret"]}), json!([]), json!(null), json!({"version": "2.0"})]
        {
            let error = serde_json::from_str::<Event>(&event.to_string()).err().unwrap().to_string();
            assert_eq!(error, "it is no event of API Gateway or of a function URL");
        }
    }

    #[tokio::test]
    async fn a_body_is_what_the_client_has_sent() {
        for name in ["http-api-get-object", "rest-api-get-object", "function-url-get-object"] {
            for (written, is_base64, sent) in [
                (json!("\"é\"\n"), false, "\"é\"\n"),
                (json!("w6kK"), true, "é\n"),
                (json!("é"), true, ""),
                (json!("="), true, ""),
                (json!(null), false, ""),
            ] {
                let mut event = file(name);
                event["body"] = written;
                event["isBase64Encoded"] = json!(is_base64);
                let body = to_bytes(read(&event).into_body(), usize::MAX).await.unwrap();
                assert_eq!(body, sent.as_bytes(), "{name}");
            }
        }
    }

    #[test]
    fn no_header_changes_the_address_and_none_are_too_many_for_a_panic() {
        for name in ["http-api-get-object", "rest-api-get-object", "function-url-get-object"] {
            let (mut event, address) = (file(name), read(&file(name)).uri().clone());
            for host in ["", "a b", "[", "a:99999", "x@:", "1.2.3.4.5", "xn--a"] {
                event["requestContext"]["domainName"] = json!(host);
                for headers in ["headers", "multiValueHeaders"] {
                    event[headers] = json!({"host": host, "x-forwarded-proto": "http@", "x-forwarded-host": host});
                }
                assert_eq!(read(&event).uri(), &address, "{name} {host}");
            }
            let many: serde_json::Map<_, _> = (0..40_000).map(|n| (format!("h{n}"), json!("v"))).collect();
            event["headers"] = many.into();
            event["multiValueHeaders"] = json!({"Origin": vec!["o"; 40_000]});
            assert_eq!(read(&event).headers().len(), if name.starts_with("rest") { 40_000 } else { 0 }, "{name}");
        }
    }

    #[test]
    fn headers_and_parameters_come_with_all_of_their_values() {
        let mut rest = file("rest-api-get-object");
        rest["headers"] = json!({"Origin": "b", "no header": "c", "access-control-request-method": "a\nb"});
        rest["multiValueHeaders"] = json!({});
        rest["queryStringParameters"] = json!({"a": "2"});
        rest["multiValueQueryStringParameters"] = json!(null);
        assert_eq!(read(&rest).uri().query(), Some("a=2"));
        assert_eq!(read(&rest).headers().len(), 1);
        rest["multiValueHeaders"] = json!({"ORIGIN": ["a", "b"], "Accept": ["c"]});
        rest["multiValueQueryStringParameters"] = json!({"a": ["1 &", "2"]});
        let request = read(&rest);
        assert_eq!(request.uri().query(), Some("a=1+%26&a=2"));
        assert_eq!(request.headers().get_all("origin").iter().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(request.headers().len(), 2, "nobody reads what it accepts");
    }

    #[test]
    fn a_request_bears_the_ids_by_which_it_is_found_again() {
        let mut invocation = Context::default();
        invocation.request_id = "8476a536".to_owned();
        invocation.xray_trace_id = Some("Root=1-67406000".to_owned());
        for name in ["http-api-get-object", "rest-api-get-object"] {
            let mut event = file(name);
            event["requestContext"]["requestId"] = json!("JKJaXmPLvHcESHA=");
            let event: Event = serde_json::from_str(&event.to_string()).unwrap();
            let ids = event
                .request_within(&invocation, TokenHeader::Unknown)
                .extensions_mut()
                .remove::<RequestIds>()
                .unwrap();
            assert_eq!(ids.request.as_deref(), Some("JKJaXmPLvHcESHA="));
            assert_eq!(ids.invocation.as_deref(), Some("8476a536"));
            assert_eq!(ids.trace.as_deref(), Some("Root=1-67406000"));
        }
    }
}
