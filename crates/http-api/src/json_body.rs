use std::error::Error;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use http_body_util::LengthLimitError;
use serde::de::DeserializeOwned;

use crate::Problem;

/// A request's JSON.
pub struct JsonBody<T>(pub T);

/// The JSON of a request that lists things: as long as that of a batch.
pub struct LongJsonBody<T>(pub T);

/// A request's body, of which nothing is read yet.
pub struct ShortBody(pub Bytes);

/// Some twenty times what the largest sensible request has.
const LONGEST_BODY: usize = 64 * 1024;
/// Some four kilobytes for each of a thousand; Lambda takes six megabytes in all.
pub const LONGEST_LIST: usize = 4 * 1024 * 1024;

impl<S: Sync> FromRequest<S> for ShortBody {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, Problem> {
        read_body(request, LONGEST_BODY).await.map(Self)
    }
}

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, state: &S) -> Result<Self, Problem> {
        let ShortBody(text) = ShortBody::from_request(request, state).await?;
        Ok(Self(read_json(&text)?))
    }
}

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for LongJsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, Problem> {
        Ok(Self(read_json(&read_body(request, LONGEST_LIST).await?)?))
    }
}

/// A request's whole body, of at most `longest` bytes.
///
/// # Errors
/// When it is longer, or ends early.
pub async fn read_body(request: Request<Body>, longest: usize) -> Result<Bytes, Problem> {
    to_bytes(request.into_body(), longest).await.map_err(|error| {
        let too_large = error.source().is_some_and(<dyn Error>::is::<LengthLimitError>);
        if too_large { Problem::body_too_large(longest) } else { Problem::unreadable_body() }
    })
}

/// Reads a JSON object. What is wrong with it is said with the field's path; a field that stands twice is refused.
///
/// # Errors
/// When it is no JSON object, or not what is asked for.
pub fn read_json<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    let refused = |detail: &str| Problem::invalid_request(None, &detail);
    match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
        // A list of the fields' values, in their order, is one to serde as well.
        Some(b'[') => return Err(refused("a request is a JSON object, which names its fields, and not a list")),
        Some(_) => {}
        None => return Err(refused("the body is empty: a request is a JSON object")),
    }
    let mut json = serde_json::Deserializer::from_slice(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let problem = Problem::of_field(&error);
        if error.inner().is_data() { problem } else { no_json(problem) }
    })?;
    json.end().map_err(|error| no_json(Problem::invalid_request(None, &error)))?;
    Ok(value)
}

fn no_json(problem: Problem) -> Problem {
    Problem { detail: format!("the body is not JSON: {}", problem.detail).into(), ..problem }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Eq, Deserialize)]
    struct Body {
        role: String,
        tenant: Option<String>,
    }

    #[test]
    fn a_list_of_the_fields_values_is_no_object() {
        let body = Body { role: "signer".to_owned(), tenant: None };
        assert_eq!(read_json::<Body>(b" \t\r\n{\"role\": \"signer\"} ").unwrap(), body);
        for text in ["[\"signer\",null]", " \t\r\n[\"signer\",null]", "\"signer\"", "null", "7", "", "{", "x"] {
            let problem = read_json::<Body>(text.as_bytes()).unwrap_err();
            assert_eq!((problem.status, problem.field), (400, None), "{text}");
        }
    }

    #[test]
    fn what_is_no_json_is_said_to_be_none() {
        let detail = |text: &str| String::from(read_json::<Body>(text.as_bytes()).unwrap_err().detail);
        for text in
            ["role=signer", "{role: \"signer\"}", "{'role': 'signer'}", "{\"role\": \"signer\"", "{\"role\": \"a\"} x"]
        {
            assert!(detail(text).starts_with("the body is not JSON: "), "{text}: {}", detail(text));
        }
        assert_eq!(detail(" \n"), "the body is empty: a request is a JSON object");
        for text in ["{}", "{\"role\": 7}", "{\"role\": null}", "\"signer\""] {
            assert!(!detail(text).contains("not JSON"), "{text}: {}", detail(text));
        }
    }

    #[test]
    fn a_field_that_stands_twice_is_named() {
        let problem = read_json::<Body>(br#"{"tenant": "a", "role": "signer", "tenant": "b"}"#).unwrap_err();
        assert_eq!(problem.field.as_deref(), Some("tenant"));
        assert!(problem.detail.starts_with("duplicate field `tenant`"), "{}", problem.detail);
    }
}
