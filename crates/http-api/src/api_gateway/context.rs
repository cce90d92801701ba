//! What API Gateway says of a request besides it: who asks, under which id, and where it came in.

use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::pairs::Text;
use crate::Caller;
use crate::lists::{Claims, Written, of_api_gateway};

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

/// Of a REST API, where it has read a token itself.
#[derive(Default, Deserialize)]
struct RestApiAuthorizer<'a> {
    #[serde(borrow)]
    claims: Option<&'a RawValue>,
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
    /// `authorization` is the header in which it may have read a token.
    ///
    /// # Errors
    /// When an HTTP API's authorizer says what none says.
    pub fn caller_of_http_api(&self, authorization: Option<&str>) -> serde_json::Result<Option<Caller>> {
        let HttpApiAuthorizer { jwt, lambda, iam } = self.authorizer()?.unwrap_or_default();
        let said = match jwt.and_then(|jwt| jwt.claims) {
            Some(Texts(claims)) => Said::OfToken(claims, Written::InBrackets, authorization),
            None => Said::OfLambda(lambda.unwrap_or_default().0),
        };
        let name = said.claims().get("sub").cloned().or_else(|| iam?.user_arn);
        let source_ip = self.http.as_ref().and_then(|http| http.source_ip.as_ref());
        Ok(caller(name, said, source_ip, self.time_epoch))
    }

    /// As [`Self::caller_of_http_api`]. An HTTP API can be told to write events so as well, and writes claims as ever.
    ///
    /// # Errors
    /// When a REST API's authorizer says what none says.
    pub fn caller_of_rest_api(
        &self,
        written: Written,
        authorization: Option<&str>,
    ) -> serde_json::Result<Option<Caller>> {
        let RestApiAuthorizer { claims } = self.authorizer()?.unwrap_or_default();
        let Texts(mut said) = self.authorizer()?.unwrap_or_default();
        let claims = claims.filter(|claims| claims.get().starts_with('{'));
        let claims: Option<Texts> = claims.map(|claims| serde_json::from_str(claims.get())).transpose()?;
        let identity = self.identity.as_ref();
        let of_jwt = claims.as_ref().and_then(|Texts(claims)| claims.get("sub"));
        // Each Lambda authorizer of a REST API must name the caller so.
        let named = of_jwt.or_else(|| said.get("principalId"));
        let name = named.cloned().or_else(|| identity?.user_arn.clone());
        let said = if let Some(Texts(claims)) = claims {
            Said::OfToken(claims, written, authorization)
        } else {
            said.remove("claims");
            Said::OfLambda(said)
        };
        let source_ip = identity.and_then(|identity| identity.source_ip.as_ref());
        Ok(caller(name, said, source_ip, self.request_time_epoch))
    }

    fn authorizer<'a, T: Deserialize<'a>>(&'a self) -> serde_json::Result<Option<T>> {
        self.authorizer.map_or(Ok(None), |said| serde_json::from_str(said.get()))
    }
}

/// What an authorizer says of the caller.
enum Said<'a> {
    /// API Gateway's own: the claims of a token, how it writes them, and the header with the token.
    OfToken(Claims, Written, Option<&'a str>),
    OfLambda(Claims),
}

impl Said<'_> {
    fn claims(&self) -> &Claims {
        let (Self::OfToken(claims, ..) | Self::OfLambda(claims)) = self;
        claims
    }
}

fn caller(name: Option<String>, said: Said<'_>, source_ip: Option<&Text<'_>>, asked_at: Option<i64>) -> Option<Caller> {
    let name = name.filter(|name| !name.is_empty())?;
    // Where the gateway does not say when it was asked, nothing has ended.
    if ended(said.claims(), asked_at.unwrap_or_default()) {
        return None;
    }
    let source_ip = source_ip.and_then(|address| address.parse().ok());
    let caller = Caller::new(name).from_address(source_ip);
    Some(match said {
        Said::OfToken(claims, written, authorization) => {
            let lists = of_api_gateway(&claims, written, authorization);
            caller.with_claims(claims).with_lists(lists)
        }
        Said::OfLambda(claims) => caller.with_claims_of_authorizer(claims),
    })
}

/// Whether the token that proved the caller has ended: a gateway that keeps an authorizer's answer for some minutes admits it still.
/// `now` is in milliseconds since 1970.
fn ended(claims: &Claims, now: i64) -> bool {
    // As seconds; API Gateway writes a date where Cognito is the authorizer, and then looks at it itself each time.
    let Some(end) = claims.get("exp") else { return false };
    // Nearly all are whole numbers.
    if let Ok(end) = end.parse::<i64>() {
        return end.saturating_mul(1_000) <= now;
    }
    // Far below 2^53.
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 have 41 bits")]
    end.parse::<f64>().is_ok_and(|end| end * 1_000.0 <= now as f64)
}

/// The claims that are text, and the token's end, which may be a number; an authorizer may say other things too.
#[derive(Default)]
struct Texts(Claims);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ReadTexts)
    }
}

struct ReadTexts;

impl<'de> Visitor<'de> for ReadTexts {
    type Value = Texts;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("what an authorizer says")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut said: A) -> Result<Texts, A::Error> {
        let mut texts = Claims::new();
        while let Some((name, value)) = said.next_entry::<String, &RawValue>()? {
            let value = value.get();
            let text = match value.as_bytes().first() {
                Some(b'"') => Some(serde_json::from_str(value).map_err(Error::custom)?),
                Some(b'-' | b'0'..=b'9') if name == "exp" => Some(value.to_owned()),
                _ => None,
            };
            // What stands there twice is what it is the last time.
            match text {
                Some(text) => texts.insert(name, text),
                None => texts.remove(&name),
            };
        }
        Ok(Texts(texts))
    }
}
