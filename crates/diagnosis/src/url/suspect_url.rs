use std::fmt;

use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use presign::sigv4::encode;

use super::cloudfront::SIGNING;
use super::mend::mend;
use super::{CloudFrontPolicy, Damage, Place, Query, Signing, V4Parameters};
use crate::text::quotable;

/// A URL that is suspected to fail. It neither prints nor gives out its signature and token.
#[derive(Clone)]
pub struct SuspectUrl {
    tls: bool,
    host: String,
    path: String,
    query: Query,
    has_fragment: bool,
    damages: Vec<Damage>,
    place: Place,
    signing: Signing,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error("there is no URL")]
    Empty,
    #[error("{0} bytes are more than any URL has: the longest that is read has {max}", max = SuspectUrl::LONGEST)]
    TooLong(usize),
    /// Nothing is quoted of it: what has no scheme and host may be a token, or half of a URL that was broken into lines.
    #[error("it is not a URL: it should begin with `https://` and a host")]
    NotAUrl,
}

impl SuspectUrl {
    /// In bytes. S3 itself takes about 8 KiB of a request line.
    pub const LONGEST: usize = 64 * 1024;

    /// Reads a URL as someone pasted it.
    ///
    /// # Errors
    /// When there is none in `text`.
    pub fn read(text: &str) -> Result<Self, UrlError> {
        if text.len() > Self::LONGEST {
            return Err(UrlError::TooLong(text.len()));
        }
        let mended = mend(text);
        if mended.text.is_empty() {
            return Err(UrlError::Empty);
        }
        let (tls, rest) = match mended.text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (true, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (false, rest),
            Some((scheme, _)) if !scheme.contains('?') => return Err(UrlError::NotAUrl),
            _ => (true, mended.text.as_str()),
        };
        let (rest, has_fragment) = rest.split_once('#').map_or((rest, false), |(before, _)| (before, true));
        let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (host, path) = address.find('/').and_then(|at| address.split_at_checked(at)).unwrap_or((address, "/"));
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        let named = host.contains('.') || host.contains(':') || host.eq_ignore_ascii_case("localhost");
        // Without a scheme, the second line of a URL that was broken into lines may look like a host.
        let named = named && (mended.text.contains("://") || !host.contains(['=', '&', '%', '+']));
        if !named || host.contains(char::is_whitespace) || host.len() > 255 {
            return Err(UrlError::NotAUrl);
        }
        let query = Query::new(query);
        Ok(Self {
            tls,
            place: Place::of(host, path),
            signing: Signing::of(&query),
            host: host.to_owned(),
            path: path.to_owned(),
            query,
            has_fragment,
            damages: mended.damages,
        })
    }

    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.tls
    }

    /// With the port, if it names one.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// As it stands in the URL.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    #[must_use]
    pub fn query(&self) -> &Query {
        &self.query
    }

    #[must_use]
    pub fn has_fragment(&self) -> bool {
        self.has_fragment
    }

    #[must_use]
    pub fn damages(&self) -> &[Damage] {
        &self.damages
    }

    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    #[must_use]
    pub fn signing(&self) -> &Signing {
        &self.signing
    }

    /// The parameters of Signature Version 4, if it is signed so.
    #[must_use]
    pub fn v4(&self) -> Option<&V4Parameters> {
        match &self.signing {
            Signing::V4(parameters) => Some(parameters),
            _ => None,
        }
    }

    #[must_use]
    pub fn access_key_id(&self) -> Option<&str> {
        match &self.signing {
            Signing::V4(parameters) => parameters.access_key_id(),
            Signing::V2(parameters) => Some(parameters.access_key_id.as_str()),
            _ => None,
        }
    }

    #[must_use]
    pub fn has_token(&self) -> bool {
        match &self.signing {
            Signing::V4(parameters) => parameters.has_token,
            Signing::V2(parameters) => parameters.has_token,
            _ => false,
        }
    }

    /// When it ends by its own parameters.
    #[must_use]
    pub fn end(&self) -> Option<Timestamp> {
        match &self.signing {
            Signing::V4(parameters) => parameters.end(),
            Signing::V2(parameters) => parameters.expires,
            Signing::CloudFront(policy) => policy.ends(),
            _ => None,
        }
    }

    /// The policy of a CloudFront signed URL.
    #[must_use]
    pub fn cloudfront(&self) -> Option<&CloudFrontPolicy> {
        match &self.signing {
            Signing::CloudFront(policy) => Some(policy),
            _ => None,
        }
    }

    /// What CloudFront's signature is for: the URL without the parameters of the signature. To be compared only.
    pub(crate) fn resource_of_cloudfront(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        let query = self.query.without(&SIGNING);
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{scheme}://{}{}{mark}{query}", self.host_header(), self.path)
    }

    /// The host as a client puts it into `Host`: without the scheme's own port.
    pub(crate) fn host_header(&self) -> &str {
        let own_port = if self.tls { ":443" } else { ":80" };
        self.host.strip_suffix(own_port).unwrap_or(&self.host)
    }

    /// Whether it is of a part of an upload.
    pub(crate) fn is_of_part(&self) -> bool {
        ["uploadId", "partNumber"].iter().all(|name| self.query.find(name).is_some())
    }

    /// Whether pages of this origin are of the URL's own.
    pub(crate) fn has_origin(&self, origin: &str) -> bool {
        let scheme = if self.tls { "https" } else { "http" };
        origin.eq_ignore_ascii_case(&format!("{scheme}://{}", self.host_header()))
    }

    /// Whether a request for this host and path is for the same as the URL.
    pub(crate) fn is_at(&self, other: &Self) -> bool {
        self.host_header().eq_ignore_ascii_case(other.host_header()) && self.path == other.path
    }

    /// The path as it is signed: decoded once, and encoded again.
    pub(crate) fn canonical_path(&self) -> String {
        canonical_path(&self.path)
    }
}

/// As S3 writes a request's path before it hashes it.
pub(crate) fn canonical_path(path: &str) -> String {
    let decoded: Vec<u8> = percent_decode_str(path).collect();
    let mut out = String::with_capacity(path.len());
    encode::push_path_bytes(&mut out, &decoded);
    out
}

/// Host and path only: a query has more places for a token than can be told.
impl fmt::Display for SuspectUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{}", quotable(&format!("{scheme}://{}{}", self.host, self.path)))
    }
}

impl fmt::Debug for SuspectUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_read_without_being_changed() {
        let url =
            SuspectUrl::read("https://b.s3.eu-west-1.amazonaws.com/a//b/../%C3%A9%2f?X-Amz-Expires=60#x").unwrap();
        assert_eq!((url.path(), url.has_fragment()), ("/a//b/../%C3%A9%2f", true));
        assert_eq!(url.canonical_path(), "/a//b/../%C3%A9/");
        assert_eq!(url.v4().and_then(|v4| v4.expires), Some(60));
    }

    #[test]
    fn a_scheme_may_be_missing_and_a_host_may_not() {
        assert!(SuspectUrl::read("b.s3.amazonaws.com/k?X-Amz-Expires=60").is_ok());
        assert_eq!(SuspectUrl::read(" \n").unwrap_err(), UrlError::Empty);
        for text in ["hello", "ftp://h.com/k", "X-Amz-Signature=abc"] {
            assert_eq!(SuspectUrl::read(text).unwrap_err(), UrlError::NotAUrl, "{text}");
        }
    }

    #[test]
    fn nothing_is_quoted_of_what_is_no_url() {
        for text in [
            "Signature=vjbyPxybdZaNmGa+yT272YEAiv4=",
            "ity-Token=IQoJb3JpZ2luX2Vj",
            "IQoJ=b.3",
            "IQoJb3JpZ2luX2VjEHoaDGV1",
        ] {
            let shown = format!("{0} {0:?}", SuspectUrl::read(text).unwrap_err());
            assert!(!shown.contains("vjby") && !shown.contains("IQoJ"), "{shown}");
        }
    }

    #[test]
    fn printing_it_shows_no_query() {
        let url = SuspectUrl::read("https://h.com/k?X-Amz-Signature=abc&X-Amz-Security-Token=def").unwrap();
        assert_eq!((url.to_string(), format!("{url:?}")), ("https://h.com/k".to_owned(), "https://h.com/k".to_owned()));
    }
}
