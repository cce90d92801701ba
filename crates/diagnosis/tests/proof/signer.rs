//! Working URLs, signed by the very code that the service signs with.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use presign::credentials::Credentials;
use presign::lifetime::ExpiresIn;
use presign::sigv4::{AmzDate, RequestToSign, SigningKey, presign};

/// When URLs are signed: 2026-05-01T10:00:00Z.
pub const SIGNED_AT: u64 = 1_777_629_600;

/// A token as STS makes them: long, base64, with `+`, `/` and `=`.
pub const TOKEN: &str = "IQoJb3JpZ2luX2VjEHoaDGV1LWNlbnRyYWwtMSJHMEUCIQDtY+cnHWvy5w/3XQ7m9rTzK1o+Yl4dNc8Rk0vFqLxWAiAq\
                         7H+ZzUuTVhG3kM0n1eE2oYwQd5b9xgC4rJtPfS6y8yqVAwhCEAEaDDEyMzQ1Njc4OTAxMiIM/abc+def==";

pub const USER_KEY: &str = "AKIAIOSFODNN7EXAMPLE";
pub const SESSION_KEY: &str = "ASIAIOSFODNN7EXAMPLE";

/// A request to sign, as the cases change it.
#[derive(Clone)]
pub struct Signer {
    pub method: &'static str,
    pub host: String,
    pub path: String,
    pub query: Vec<(&'static str, &'static str)>,
    pub headers: Vec<(&'static str, &'static str)>,
    pub key_id: &'static str,
    pub token: Option<&'static str>,
    pub region: &'static str,
    pub expires_in: u64,
}

impl Signer {
    /// A user's URL to read `reports/q1.pdf` of the bucket `amzn-s3-demo-bucket` for an hour.
    pub fn user() -> Self {
        Self {
            method: "GET",
            host: "amzn-s3-demo-bucket.s3.eu-central-1.amazonaws.com".to_owned(),
            path: "/reports/q1.pdf".to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            key_id: USER_KEY,
            token: None,
            region: "eu-central-1",
            expires_in: 3600,
        }
    }

    /// The same, signed by a session.
    pub fn session() -> Self {
        Self { key_id: SESSION_KEY, token: Some(TOKEN), ..Self::user() }
    }

    /// A session's URL to upload a text, encrypted with a KMS key.
    pub fn upload() -> Self {
        let headers = vec![("content-type", "text/plain"), ("x-amz-server-side-encryption", "aws:kms")];
        Self { method: "PUT", headers, ..Self::session() }
    }

    /// The same by an SDK that names the operation.
    pub fn doing(mut self, operation: &'static str) -> Self {
        self.query.push(("x-id", operation));
        self
    }

    pub fn url(&self) -> String {
        let credentials = match self.token {
            Some(token) => Credentials::temporary(self.key_id, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", token),
            None => Credentials::long_term(self.key_id, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        };
        let date = AmzDate::at(SystemTime::UNIX_EPOCH + Duration::from_secs(SIGNED_AT)).unwrap();
        let key = SigningKey::derive(&credentials, &date, &self.region.parse().unwrap());
        let request = RequestToSign {
            scheme: "https",
            method: self.method,
            host: &self.host,
            path: &self.path,
            query: &self.query,
            headers: &self.headers,
        };
        let expires_in = ExpiresIn::from_seconds(self.expires_in).unwrap();
        presign(&request, &key, &date, expires_in).expose().to_owned()
    }
}

/// `seconds` after signing.
pub fn after(seconds: i64) -> Timestamp {
    Timestamp::from_second(i64::try_from(SIGNED_AT).unwrap() + seconds).unwrap()
}

/// `HOST` and `/PATH?QUERY` of a URL.
pub fn split(url: &str) -> (&str, &str) {
    let rest = url.split_once("://").unwrap().1;
    let at = rest.find('/').unwrap();
    rest.split_at(at)
}

/// The value of a parameter as it stands in the URL.
pub fn parameter<'a>(url: &'a str, name: &str) -> &'a str {
    let mut pairs = url.split(['?', '&']).filter_map(|pair| pair.split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value).unwrap_or_default()
}
