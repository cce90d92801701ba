use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::{CloudFrontPolicy, Query, is_masked};

/// How a URL is signed.
#[derive(Debug, Clone)]
pub enum Signing {
    /// Signature Version 4, and 4A, which differs in its algorithm.
    V4(Box<V4Parameters>),
    /// Signature Version 2.
    V2(V2Parameters),
    /// A CloudFront signed URL, another product's signature.
    CloudFront(CloudFrontPolicy),
    /// Google Cloud Storage's, made like S3's.
    Google,
    /// A shared access signature of Azure's.
    Azure,
    None,
}

/// The `X-Amz-…` parameters of a URL, read as far as they can be.
#[derive(Debug, Clone)]
pub struct V4Parameters {
    pub algorithm: Option<String>,
    pub credential: Option<Credential>,
    /// As the URL has it.
    pub date_text: Option<String>,
    pub date: Option<Timestamp>,
    pub expires_text: Option<String>,
    pub expires: Option<i64>,
    /// Lower-case names.
    pub signed_headers: Vec<String>,
    pub has_token: bool,
    /// Parameters that must be there and are not.
    pub missing: Vec<&'static str>,
    /// Parameters that are percent-encoded once too often.
    pub doubly_encoded: Vec<&'static str>,
}

/// `X-Amz-Credential`: who signed, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    pub access_key_id: String,
    pub date: String,
    pub region: String,
    pub service: String,
    pub terminal: String,
    /// Whether it has just these five parts; under Signature Version 4A all but the region.
    pub well_formed: bool,
}

#[derive(Debug, Clone)]
pub struct V2Parameters {
    pub access_key_id: String,
    pub expires: Option<Timestamp>,
    pub has_token: bool,
}

const REQUIRED: [&str; 6] =
    ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature"];

/// Signed headers that are read: more than any request has.
const MOST_HEADERS: usize = 200;

impl Signing {
    pub(super) fn of(query: &Query) -> Self {
        let has = |name: &str| query.find(name).is_some();
        let amz = query.pairs().iter().filter(|pair| pair.decoded_name().to_ascii_lowercase().starts_with("x-amz-"));
        if has("X-Goog-Signature") || has("X-Goog-Algorithm") || has("GoogleAccessId") {
            Self::Google
        } else if REQUIRED.iter().any(|name| has(name)) {
            Self::V4(Box::new(V4Parameters::of(query)))
        } else if has("Key-Pair-Id") {
            Self::CloudFront(CloudFrontPolicy::of(query, expires(query)))
        } else if has("AWSAccessKeyId") || (has("Signature") && has("Expires")) {
            Self::V2(V2Parameters::of(query))
        } else if has("sig") && has("sv") {
            Self::Azure
        } else if amz.count() > 0 {
            Self::V4(Box::new(V4Parameters::of(query)))
        } else {
            Self::None
        }
    }
}

impl V4Parameters {
    fn of(query: &Query) -> Self {
        let credential = query.get("X-Amz-Credential").filter(|text| !is_masked(text));
        let headers = query.get("X-Amz-SignedHeaders");
        let mut doubly_encoded = Vec::new();
        let mut once_more = |name: &'static str, text: Option<String>, sign: &str, meant: &str| {
            text.map(|text| {
                let lower = text.to_ascii_lowercase();
                if !text.contains(meant) && lower.contains(sign) {
                    doubly_encoded.push(name);
                    text.replace(&sign.to_uppercase(), meant).replace(sign, meant)
                } else {
                    text
                }
            })
        };
        let credential = once_more("X-Amz-Credential", credential, "%2f", "/");
        let headers = once_more("X-Amz-SignedHeaders", headers, "%3b", ";");
        let date_text = query.get("X-Amz-Date");
        let expires_text = query.get("X-Amz-Expires");
        let signed_headers = headers.as_deref().unwrap_or_default().split(';').map(str::to_ascii_lowercase);
        let token = query.find("X-Amz-Security-Token");
        if token.is_some_and(|token| token.value_contains("%252")) {
            doubly_encoded.push("X-Amz-Security-Token");
        }
        let algorithm = query.get("X-Amz-Algorithm");
        Self {
            credential: credential.as_deref().map(|text| Credential::read(text, is_4a(algorithm.as_deref()))),
            date: date_text.as_deref().and_then(amz_date),
            date_text,
            expires: expires_text.as_deref().and_then(|text| text.parse().ok()),
            expires_text,
            signed_headers: signed_headers.filter(|name| !name.is_empty()).take(MOST_HEADERS).collect(),
            has_token: token.is_some_and(|token| !token.is_empty()),
            algorithm,
            missing: REQUIRED.into_iter().filter(|name| query.find(name).is_none_or(super::Pair::is_empty)).collect(),
            doubly_encoded,
        }
    }

    /// Whether it is signed under Signature Version 4A: for the regions of `X-Amz-Region-Set`, and none in its credential.
    #[must_use]
    pub fn is_4a(&self) -> bool {
        is_4a(self.algorithm.as_deref())
    }

    /// The first second at which it is no longer good by its own parameters.
    #[must_use]
    pub fn end(&self) -> Option<Timestamp> {
        let seconds = self.date?.as_second().checked_add(self.expires?)?;
        Timestamp::from_second(seconds).ok()
    }

    #[must_use]
    pub fn access_key_id(&self) -> Option<&str> {
        self.credential.as_ref().map(|credential| credential.access_key_id.as_str()).filter(|id| !id.is_empty())
    }

    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.credential.as_ref().map(|credential| credential.region.as_str()).filter(|region| !region.is_empty())
    }

    /// The headers that the client must send besides `host`.
    #[must_use]
    pub fn headers_to_send(&self) -> Vec<&str> {
        self.signed_headers.iter().map(String::as_str).filter(|name| *name != "host").collect()
    }
}

impl Credential {
    fn read(text: &str, without_region: bool) -> Self {
        // From the right: an access key id of another server may have slashes.
        let mut parts = text.rsplitn(if without_region { 4 } else { 5 }, '/').map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        let (terminal, service) = (next(), next());
        let region = if without_region { String::new() } else { next() };
        let (date, access_key_id) = (next(), next());
        let digits = date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit());
        let well_formed =
            digits && !access_key_id.is_empty() && region.is_empty() == without_region && terminal == "aws4_request";
        Self { access_key_id, date, region, service, terminal, well_formed }
    }
}

/// Source: AWS General Reference, "Signature Version 4A".
fn is_4a(algorithm: Option<&str>) -> bool {
    algorithm == Some("AWS4-ECDSA-P256-SHA256")
}

impl V2Parameters {
    fn of(query: &Query) -> Self {
        Self {
            access_key_id: query.get("AWSAccessKeyId").unwrap_or_default(),
            expires: expires(query),
            has_token: query.find("x-amz-security-token").is_some(),
        }
    }
}

/// `Expires`, in seconds since 1970.
fn expires(query: &Query) -> Option<Timestamp> {
    query.get("Expires").and_then(|text| text.parse().ok()).and_then(|seconds| Timestamp::from_second(seconds).ok())
}

/// Reads `YYYYMMDDTHHMMSSZ`.
pub(crate) fn amz_date(text: &str) -> Option<Timestamp> {
    if text.len() != "YYYYMMDDTHHMMSSZ".len() {
        return None;
    }
    let civil = DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_only_in_the_one_form() {
        assert_eq!(amz_date("20130524T000000Z").map(Timestamp::as_second), Some(1_369_353_600));
        for text in ["", "20130524T000000", "2013-05-24T00:00Z", "20131324T000000Z", "20130524t000000z"] {
            assert_eq!(amz_date(text), None, "{text}");
        }
    }

    #[test]
    fn a_credential_is_read_from_the_right() {
        let credential = Credential::read("AKIA/X/20130524/us-east-1/s3/aws4_request", false);
        assert_eq!((credential.access_key_id.as_str(), credential.region.as_str()), ("AKIA/X", "us-east-1"));
        assert!(credential.well_formed);
        assert!(!Credential::read("AKIA/20130524/us-east-1", false).well_formed);
        let credential = Credential::read("AKIA/20130524/s3/aws4_request", true);
        assert_eq!((credential.date.as_str(), credential.region.as_str()), ("20130524", ""));
        assert!(credential.well_formed);
    }

    #[test]
    fn what_is_encoded_twice_is_read_all_the_same() {
        let query = Query::new(
            "X-Amz-Credential=A%252F20130524%252Fus-east-1%252Fs3%252Faws4_request&X-Amz-SignedHeaders=a%253Bhost",
        );
        let parameters = V4Parameters::of(&query);
        assert_eq!(parameters.doubly_encoded, ["X-Amz-Credential", "X-Amz-SignedHeaders"]);
        assert_eq!((parameters.region(), parameters.signed_headers.len()), (Some("us-east-1"), 2));
    }
}
