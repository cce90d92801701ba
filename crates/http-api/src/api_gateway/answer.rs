use std::borrow::Cow;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http_body_util::BodyExt;
use serde::{Serialize, Serializer};

use crate::quoted;

/// An answer as API Gateway and function URLs take it.
/// Source: Amazon API Gateway developer guide, "Output format of a Lambda function for proxy integration" and "Create AWS Lambda
/// proxy integrations for HTTP APIs".
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    status_code: u16,
    #[serde(serialize_with = "each_once")]
    headers: HeaderMap,
    #[serde(serialize_with = "quoted")]
    body: String,
    is_base64_encoded: bool,
}

impl Answer {
    pub async fn of(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        // All of ours lie in memory, and cannot fail.
        let (status, bytes) = match body.collect().await {
            Ok(whole) => (parts.status, whole.to_bytes()),
            Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, Bytes::new()),
        };
        let (body, is_base64_encoded) = match String::from_utf8(bytes.into()) {
            Ok(text) => (text, false),
            Err(no_text) => (BASE64_STANDARD.encode(no_text.as_bytes()), true),
        };
        Self { status_code: status.as_u16(), headers: parts.headers, body, is_base64_encoded }
    }
}

/// A header that stands there more than once, with commas between. Only `Set-Cookie` could not be written so, and nothing sets one.
/// Source: RFC 9110, section 5.3.
fn each_once<S: Serializer>(headers: &HeaderMap, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(headers.keys().map(|name| {
        let mut values = headers.get_all(name).iter();
        let first = values.next().map(text).unwrap_or_default();
        (name.as_str(), values.fold(first, |all, value| Cow::Owned(format!("{all}, {}", text(value)))))
    }))
}

fn text(value: &HeaderValue) -> Cow<'_, str> {
    String::from_utf8_lossy(value.as_bytes())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use serde_json::{Value, json};

    use super::*;

    async fn written(response: Response) -> Value {
        serde_json::to_value(Answer::of(response).await).unwrap()
    }

    #[tokio::test]
    async fn text_is_written_as_it_is_and_anything_else_in_base64() {
        let response = Response::builder().status(201).header("etag", "\"é\"");
        assert_eq!(
            written(response.body(Body::from("{\"a\": 1}")).unwrap()).await,
            json!({"statusCode": 201, "headers": {"etag": "\"é\""}, "body": "{\"a\": 1}", "isBase64Encoded": false})
        );
        assert_eq!(
            written(Response::new(Body::from(vec![0xff, 0x00]))).await,
            json!({"statusCode": 200, "headers": {}, "body": "/wA=", "isBase64Encoded": true})
        );
    }

    #[tokio::test]
    async fn a_header_that_stands_there_twice_is_written_once() {
        let response = Response::builder().header("vary", "origin").header("age", "1").header("vary", "accept");
        let answer = written(response.body(Body::empty()).unwrap()).await;
        assert_eq!(answer["headers"], json!({"vary": "origin, accept", "age": "1"}));
    }
}
