use presign::sigv4::{CanonicalRequest, UNSIGNED_PAYLOAD, fold_header_value};

use super::Canonical;
use crate::request::SentRequest;
use crate::url::SuspectUrl;

/// The canonical request that a URL, and the request as sent, make.
#[derive(Debug, Clone)]
pub struct Rebuilt {
    pub canonical: Canonical,
    /// Signed headers whose values are not known: no request was given, or it does not send them.
    pub unknown_headers: Vec<String>,
    /// Whether the method is known rather than assumed.
    pub method_known: bool,
}

impl Rebuilt {
    /// None unless the URL is signed under Signature Version 4.
    pub(crate) fn of(url: &SuspectUrl, request: Option<&SentRequest>) -> Option<Self> {
        let v4 = url.v4()?;
        let mut names = v4.signed_headers.clone();
        names.sort();
        let mut unknown_headers = Vec::new();
        let mut headers = Vec::new();
        for name in &names {
            let sent = request.and_then(|request| request.exact_value(name));
            let value = match (name.as_str(), sent) {
                ("host", _) => url.host_header().to_ascii_lowercase().into(),
                (_, Some(value)) => fold_header_value(value.trim()),
                (_, None) => {
                    unknown_headers.push(name.clone());
                    "".into()
                }
            };
            headers.push((name.as_str(), value));
        }
        let method = request.and_then(SentRequest::intended_method);
        let payload = url.query().get("X-Amz-Content-Sha256");
        let text = CanonicalRequest {
            method: method.unwrap_or("GET"),
            path: &url.canonical_path(),
            query: &url.query().canonical(),
            headers: &headers,
            payload: payload.as_deref().unwrap_or(UNSIGNED_PAYLOAD),
        }
        .text();
        Some(Self { canonical: Canonical::read(&text)?, unknown_headers, method_known: method.is_some() })
    }
}
