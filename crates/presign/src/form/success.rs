use std::str::FromStr;

use serde::Deserialize;

use crate::names::checked_name;
use crate::words::words;

words! {
    /// How S3 answers a form that succeeded; without a word of the request, 204.
    SuccessActionStatus {
        Ok = "200",
        /// With an XML document that names the object.
        Created = "201",
        NoContent = "204",
    }
}

/// Where S3 sends the browser after the upload; it adds `bucket`, `key` and `etag` to the query.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(extend(
        "maxLength" = LONGEST,
        "pattern" = "^https?://[!#$%&'()*+,.:;=_~A-Za-z0-9\\[\\]-]+([/?#][!#$%&'()*+,./:;=?@_~A-Za-z0-9\\[\\]-]*)?$",
    )),
)]
pub struct SuccessActionRedirect(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a redirect leads to an address such as `https://app.example.com/done`, of at most {LONGEST} bytes of ASCII")]
pub struct SuccessActionRedirectError;

const LONGEST: usize = 1024;

checked_name!(SuccessActionRedirect, SuccessActionRedirectError);

impl FromStr for SuccessActionRedirect {
    type Err = SuccessActionRedirectError;

    fn from_str(text: &str) -> Result<Self, SuccessActionRedirectError> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
        let plain = text.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b));
        if host.is_empty() || host.contains('@') || !plain || text.len() > LONGEST {
            return Err(SuccessActionRedirectError);
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_is_an_address_of_the_web() {
        for (text, good) in [
            ("https://app.example.com/done?a=b", true),
            ("http://127.0.0.1:3000/", true),
            ("javascript:alert(1)", false),
            ("//example.com", false),
            ("https://", false),
            ("https:///path", false),
            ("https://trusted@evil.example", false),
            ("https://a\r\nb", false),
            ("https://a b", false),
        ] {
            assert_eq!(text.parse::<SuccessActionRedirect>().is_ok(), good, "{text}");
        }
    }
}
