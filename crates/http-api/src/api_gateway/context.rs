//! What API Gateway says of a request besides it: who asks, under which id, and where it came in.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::pairs::Text;
use crate::Caller;

/// Of an HTTP API or a function URL, or else of a REST API.
/// Source: Amazon API Gateway developer guide, "Create AWS Lambda proxy integrations for HTTP APIs", payload format version 2.0, and
/// "Input format of a Lambda function for proxy integration".
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestContext<'a> {
    pub request_id: Option<String>,
    #[serde(borrow)]
    pub stage: Option<Text<'a>>,
    /// What an authorizer says.
    #[serde(borrow)]
    authorizer: Option<&'a RawValue>,

    #[serde(borrow)]
    domain_name: Option<Text<'a>>,
    #[serde(borrow)]
    http: Option<Http<'a>>,
    time_epoch: Option<i64>,

    #[serde(borrow)]
    identity: Option<Identity<'a>>,
    request_time_epoch: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Http<'a> {
    #[serde(borrow)]
    method: Text<'a>,
    #[serde(borrow)]
    source_ip: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    user_arn: Option<String>,
    #[serde(borrow)]
    source_ip: Option<Text<'a>>,
}

/// Of an HTTP API or a function URL.
#[derive(Default, Deserialize)]
struct HttpApiAuthorizer {
    jwt: Option<Jwt>,
    lambda: Option<Texts>,
    iam: Option<Iam>,
}

#[derive(Deserialize)]
struct Jwt {
    claims: Option<Texts>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Iam {
    user_arn: Option<String>,
}

impl RequestContext<'_> {
    /// What an HTTP API says of it; a REST API does so elsewhere.
    pub fn method(&self) -> Option<&str> {
        Some(&self.http.as_ref()?.method)
    }

    /// HTTP APIs hand paths over decoded; function URLs, which say all else as they do, leave them as they came.
    pub fn is_of_function_url(&self) -> bool {
        self.domain_name.as_ref().is_some_and(|name| name.contains(".lambda-url."))
    }

    /// The subject of the JWT, whom a Lambda authorizer names, or the ARN of the IAM principal; with what is known besides.
    ///
    /// # Errors
    /// When an HTTP API's authorizer says what none says.
    pub fn caller_of_http_api(&self) -> serde_json::Result<Option<Caller>> {
        let HttpApiAuthorizer { jwt, lambda, iam } = self.authorizer()?.unwrap_or_default();
        let Texts(claims) = jwt.and_then(|jwt| jwt.claims).or(lambda).unwrap_or_default();
        let name = claims.get("sub").cloned().or_else(|| iam?.user_arn);
        let source_ip = self.http.as_ref().and_then(|http| http.source_ip.as_ref());
        Ok(caller(name, claims, source_ip, self.time_epoch))
    }

    /// As [`Self::caller_of_http_api`].
    ///
    /// # Errors
    /// When a REST API's authorizer says what none says.
    pub fn caller_of_rest_api(&self) -> serde_json::Result<Option<Caller>> {
        let mut said: Map<String, Value> = self.authorizer()?.unwrap_or_default();
        let identity = self.identity.as_ref();
        let text = |value: Option<&Value>| value?.as_str().map(str::to_owned);
        let of_jwt = text(said.get("claims").and_then(|claims| claims.get("sub")));
        // Each Lambda authorizer of a REST API must name the caller so.
        let name = of_jwt.or_else(|| text(said.get("principalId"))).or_else(|| identity?.user_arn.clone());
        let Texts(claims) = match said.remove("claims") {
            Some(Value::Object(claims)) => texts(claims),
            _ => texts(said),
        };
        let source_ip = identity.and_then(|identity| identity.source_ip.as_ref());
        Ok(caller(name, claims, source_ip, self.request_time_epoch))
    }

    fn authorizer<T: DeserializeOwned>(&self) -> serde_json::Result<Option<T>> {
        self.authorizer.map_or(Ok(None), |said| serde_json::from_str(said.get()))
    }
}

fn caller(
    name: Option<String>,
    claims: BTreeMap<String, String>,
    source_ip: Option<&Text<'_>>,
    asked_at: Option<i64>,
) -> Option<Caller> {
    let name = name.filter(|name| !name.is_empty())?;
    // Where the gateway does not say when it was asked, nothing has ended.
    if ended(&claims, asked_at.unwrap_or_default()) {
        return None;
    }
    let source_ip = source_ip.and_then(|address| address.parse().ok());
    Some(Caller::new(name).with_claims(claims).from_address(source_ip))
}

/// Whether the token that proved the caller has ended: a gateway that keeps an authorizer's answer for some minutes admits it still.
/// `now` is in milliseconds since 1970.
fn ended(claims: &BTreeMap<String, String>, now: i64) -> bool {
    // As seconds; API Gateway writes a date where Cognito is the authorizer, and then looks at it itself each time.
    let end = claims.get("exp").and_then(|end| end.parse::<f64>().ok());
    // Far below 2^53.
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 have 41 bits")]
    end.is_some_and(|end| end * 1_000.0 <= now as f64)
}

/// The claims that are text, and the token's end, which may be a number; an authorizer may say other things too.
#[derive(Default)]
struct Texts(BTreeMap<String, String>);

fn texts(fields: impl IntoIterator<Item = (String, Value)>) -> Texts {
    let text = |(name, value)| match value {
        Value::String(text) => Some((name, text)),
        Value::Number(end) if name == "exp" => Some((name, end.to_string())),
        _ => None,
    };
    Texts(fields.into_iter().filter_map(text).collect())
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(texts)
    }
}
