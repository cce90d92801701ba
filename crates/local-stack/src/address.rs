//! One address for everything: which requests are the API's, and which are AWS's.

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use axum::http::request::Parts;
use local_aws::service_of;

/// The first segments of the paths that the issuer answers, and the issuer of the local tokens.
const ISSUER: &[&str] = &["urls", "forms", "multipart-uploads", "objects", "healthz", ".well-known"];
/// Those of the paths that the operators' function answers.
const OPERATOR: &[&str] = &["revocations", "issued"];
/// Those of the paths that the diagnosing function answers.
const DIAGNOSER: &[&str] = &["diagnoses"];

/// The functions behind the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    Issuer,
    Operator,
    Diagnoser,
}

/// Which function a request of the API is for, as the routes of the deployed API say.
pub fn function_for(path: &str) -> Function {
    match path.split('/').nth(1) {
        Some(first) if OPERATOR.contains(&first) => Function::Operator,
        Some(first) if DIAGNOSER.contains(&first) => Function::Diagnoser,
        _ => Function::Issuer,
    }
}

/// AWS's requests are signed, or look as if they had been; the API's are not. An unsigned request for what could be an object
/// goes to S3, which refuses it as it would anywhere.
pub fn is_for_aws(parts: &Parts) -> bool {
    if is_signed_for_the_api(parts) {
        return false;
    }
    let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let host = header(HOST);
    let virtual_host = host.split(':').next().is_some_and(|name| name.ends_with(".localhost"));
    let signed_in_query =
        parts.uri.query().is_some_and(|query| query.split('&').any(|pair| pair.starts_with("X-Amz-")));
    let mut segments = parts.uri.path().split('/').skip(1);
    let of_the_api =
        segments.next().is_some_and(|first| [ISSUER, OPERATOR, DIAGNOSER].iter().any(|paths| paths.contains(&first)));
    let could_be_an_object = !of_the_api && segments.next().is_some();

    service_of(parts).is_some()
        || header(AUTHORIZATION).starts_with("AWS")
        || header(CONTENT_TYPE).starts_with("multipart/form-data")
        || signed_in_query
        || virtual_host
        || could_be_an_object
}

/// Whether it is signed as for an API that asks for IAM.
pub fn is_signed_for_the_api(parts: &Parts) -> bool {
    let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    header.is_some_and(|header| header.starts_with("AWS4-") && header.contains("/execute-api/aws4_request"))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    #[test]
    fn a_request_finds_its_service() {
        for (uri, header, aws) in [
            ("/urls", ("accept", "*/*"), false),
            ("/healthz", ("accept", "*/*"), false),
            ("/urls/batch", ("accept", "*/*"), false),
            ("/multipart-uploads/parts", ("accept", "*/*"), false),
            ("/objects/demo/a//../b%2Fc", ("accept", "*/*"), false),
            ("/objects/demo/k?X-Amz-Signature=0", ("accept", "*/*"), true),
            ("/revocations", ("accept", "*/*"), false),
            ("/diagnoses", ("accept", "*/*"), false),
            ("/issued?bucket=demo&prefix=a/b", ("accept", "*/*"), false),
            ("/nothing", ("accept", "*/*"), false),
            ("/", ("accept", "*/*"), false),
            ("/demo/hello.txt", ("accept", "*/*"), true),
            ("/demo/hello.txt?X-Amz-Signature=0", ("accept", "*/*"), true),
            ("/urls?X-Amz-Expires=60", ("accept", "*/*"), true),
            ("/demo", ("content-type", "multipart/form-data; boundary=x"), true),
            ("/demo", ("authorization", "AWS AKIA1:signature"), true),
            ("/urls", ("authorization", "AWS4-HMAC-SHA256 Credential=K/D/R/execute-api/aws4_request"), false),
            ("/urls", ("authorization", "AWS4-HMAC-SHA256 Credential=K/D/R/s3/aws4_request"), true),
            ("/hello.txt", ("host", "demo.localhost:3000"), true),
            ("/urls", ("host", "127.0.0.1:3000"), false),
        ] {
            let (parts, ()) = Request::get(uri).header(header.0, header.1).body(()).unwrap().into_parts();
            assert_eq!(is_for_aws(&parts), aws, "{uri} {header:?}");
        }
    }
}
