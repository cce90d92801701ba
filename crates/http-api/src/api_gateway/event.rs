//! Events from API Gateway, made such that `lambda_http` can read them.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use lambda_http::aws_lambda_events::apigw::{ApiGatewayProxyRequest, ApiGatewayV2httpRequest};
use lambda_http::aws_lambda_events::query_map::QueryMap;
use lambda_http::http::{HeaderMap, header};
use lambda_http::lambda_runtime::LambdaEvent;
use lambda_http::request::LambdaRequest;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// The same event without what `lambda_http` panics at. It makes a URL of the `Host` and `X-Forwarded-Proto` headers, path and
/// query, and takes for granted that they are good ones, and that the gateway has encoded the body; a panic ends the function's instance. The service does not care under
/// which name it was reached: both headers are dropped.
#[must_use]
pub fn readable(event: LambdaEvent<LambdaRequest>) -> LambdaEvent<LambdaRequest> {
    let payload = match event.payload {
        LambdaRequest::ApiGatewayV2(request) => LambdaRequest::ApiGatewayV2(of_http_api(request)),
        LambdaRequest::ApiGatewayV1(request) => LambdaRequest::ApiGatewayV1(of_rest_api(request)),
        other => other,
    };
    LambdaEvent { payload, context: event.context }
}

/// What every function URL's name has in it.
pub const OF_FUNCTION_URL: &str = ".lambda-url.";

fn of_http_api(mut request: ApiGatewayV2httpRequest) -> ApiGatewayV2httpRequest {
    let context = &mut request.request_context;
    let of_function_url = context.domain_name.as_deref().is_some_and(|name| name.contains(OF_FUNCTION_URL));
    context.domain_name = of_function_url.then(|| format!("function{OF_FUNCTION_URL}on.aws"));
    without_host(&mut request.headers);
    request.body = body(request.body.take(), request.is_base64_encoded);
    let query = request.raw_query_string.take().unwrap_or_default();
    let query = utf8_percent_encode(&query, NEVER_IN_A_QUERY).to_string();
    request.raw_path = Some(path(request.raw_path.take(), query.len()));
    request.raw_query_string = Some(query).filter(|query| query.len() <= LONGEST);
    request
}

fn of_rest_api(mut request: ApiGatewayProxyRequest) -> ApiGatewayProxyRequest {
    request.request_context.domain_name = None;
    request.body = body(request.body.take(), request.is_base64_encoded);
    without_host(&mut request.headers);
    without_host(&mut request.multi_value_headers);
    let queries = [&request.multi_value_query_string_parameters, &request.query_string_parameters];
    let query = queries.iter().map(|query| query.to_query_string().len()).max().unwrap_or_default();
    request.path = Some(path(request.path.take(), query));
    if query > LONGEST {
        request.multi_value_query_string_parameters = QueryMap::default();
        request.query_string_parameters = QueryMap::default();
    }
    request
}

fn without_host(headers: &mut HeaderMap) {
    headers.remove(header::HOST);
    headers.remove("x-forwarded-proto");
}

/// The most bytes of a path, and of a query. API Gateway takes 10,240 in all of a request's line and headers; `http` takes 65,534
/// of an address, in which each byte of a path may have become three.
/// Source: Amazon API Gateway developer guide, "Quotas".
const LONGEST: usize = 16 * 1024;

/// The path, or one where nothing is.
fn path(path: Option<String>, query: usize) -> String {
    let good = |path: &String| path.starts_with('/') && path.len() <= LONGEST && query <= LONGEST;
    path.filter(good).unwrap_or_else(|| "/".to_owned())
}

/// The body, unless it is said to be base64 and is not.
fn body(body: Option<String>, is_base64: bool) -> Option<String> {
    body.filter(|body| !is_base64 || BASE64_STANDARD.decode(body).is_ok())
}

/// What a client has sent as it is although it must not, and a gateway has handed on.
const NEVER_IN_A_QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn event(file: &str) -> Value {
        let path = format!("{}/../../tests/events/{file}.json", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    /// The request that comes of an event; a panic is what these tests are about.
    fn read(event: &Value) -> lambda_http::Request {
        let payload: LambdaRequest = serde_json::from_str(&event.to_string()).unwrap();
        readable(LambdaEvent::new(payload, lambda_http::Context::default())).payload.into()
    }

    #[test]
    fn no_address_and_no_header_that_a_client_sends_makes_a_function_panic() {
        let long = format!("/{}", "é".repeat(40_000));
        for file in ["http-api-get-object", "rest-api-get-object", "function-url-get-object"] {
            for host in ["", "a b", "[", "a:99999", "x@:", "1.2.3.4.5", "xn--a"] {
                let mut event = event(file);
                event["headers"]["host"] = json!(host);
                event["headers"]["x-forwarded-proto"] = json!("http@");
                event["requestContext"]["domainName"] = json!(host);
                assert!(read(&event).uri().host().is_none(), "{file} {host}");
            }
            for path in ["", "@x:99999/", "x", "//", "/\\", "/%", "/\u{0}\u{7f}é #?", "https://other/", &long] {
                let mut event = event(file);
                let field = if file.starts_with("rest") { "path" } else { "rawPath" };
                event[field] = json!(path);
                assert!(read(&event).uri().path().starts_with('/'), "{file} {path:.9}");
            }
            for body in ["", "=", "a", "\u{e9}"] {
                let mut event = event(file);
                event["isBase64Encoded"] = json!(true);
                event["body"] = json!(body);
                assert!(read(&event).body().is_empty(), "{file} {body}");
            }
            for query in ["<", "a=<b>&c=\" \"", "\u{0}\n#", "%", "é", &long] {
                let mut event = event(file);
                event["rawQueryString"] = json!(query);
                event["multiValueQueryStringParameters"] = json!({query: [query]});
                event["queryStringParameters"] = json!({query: query});
                assert!(read(&event).uri().path().len() < 65_534, "{file} {query:.9}");
            }
        }
    }

    #[test]
    fn a_query_that_was_never_encoded_means_the_same() {
        use lambda_http::RequestExt;
        let mut event = event("http-api-get-object");
        event["rawQueryString"] = json!("responseContentDisposition=<\"a\">&b=%3C");
        let request = read(&event);
        let query = request.query_string_parameters();
        assert_eq!(query.first("responseContentDisposition"), Some("<\"a\">"));
        assert_eq!(query.first("b"), Some("<"));
    }
}
