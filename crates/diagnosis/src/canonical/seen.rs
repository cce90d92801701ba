use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};

use crate::guarded::Guarded;
use crate::url::is_secret;

/// A canonical request in its parts. Its token is compared, and never shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canonical {
    pub method: String,
    pub path: String,
    /// Encoded names and values, in order.
    pub query: Vec<(String, Guarded)>,
    pub headers: Vec<(String, Guarded)>,
    pub signed_headers: String,
    pub payload: String,
    /// The SHA-256 of the whole text, in hexadecimal: the last line of the string to sign.
    pub digest: String,
}

/// The lines of a string to sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StringToSign {
    V4(ScopeToSign),
    V2(RequestToSign),
}

/// What Signature Version 4 signs beside the canonical request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeToSign {
    pub algorithm: String,
    pub date: String,
    pub scope: String,
    pub digest: String,
}

/// The whole request as Signature Version 2 signs it: these headers always, whether the signer thought of them or not.
///
/// Source: Amazon S3 user guide, "Signing and authenticating REST requests (AWS signature version 2)".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestToSign {
    pub method: String,
    /// `content-md5`, `content-type` and `x-amz-…`, as far as S3 saw them.
    pub headers: Vec<(String, Guarded)>,
    /// `/BUCKET/KEY`, with such parameters as are signed.
    pub resource: String,
}

/// Parameters, and headers, that are read: more than any request has.
const MOST: usize = 1000;

impl Canonical {
    /// Reads the text of a canonical request; none if it has not the lines of one.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let text = text.replace("\r\n", "\n");
        let mut lines = text.trim_end_matches('\n').split('\n');
        let (method, path, query) = (lines.next()?, lines.next()?, lines.next()?);
        let mut headers = Vec::new();
        let mut signed_headers = None;
        for line in lines.by_ref() {
            match line.split_once(':') {
                Some(_) if headers.len() >= MOST => return None,
                Some((name, value)) => headers.push((name.to_owned(), Guarded::header(name, value.trim()))),
                None if line.is_empty() => {
                    signed_headers = lines.next();
                    break;
                }
                None => return None,
            }
        }
        let payload = lines.next()?;
        Some(Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.split('&').filter(|pair| !pair.is_empty()).take(MOST).map(guarded_pair).collect(),
            headers,
            signed_headers: signed_headers?.to_owned(),
            payload: payload.to_owned(),
            digest: hex::encode(Sha256::digest(text.trim_end_matches('\n').as_bytes())),
        })
    }

    /// Reads it where a browser has made one line of it, if it is what was hashed: the string to sign has its `digest`.
    pub(crate) fn of_one_line(text: &str, digest: &str) -> Option<Self> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let (rest, payload) = text.rsplit_once(' ')?;
        let (mut rest, names) = rest.rsplit_once(' ')?;
        // From the end, since a value may have spaces and colons.
        let mut headers = Vec::new();
        for name in names.rsplit(';').take(MOST) {
            let at = rest.rfind(&format!(" {name}:"))?;
            headers.push(rest.get(at + 1..)?.to_owned());
            rest = rest.get(..at)?;
        }
        headers.reverse();
        let (method, target) = rest.split_once(' ')?;
        let (path, query) = target.split_once(' ').unwrap_or((target, ""));
        let lines = format!("{method}\n{path}\n{query}\n{}\n\n{names}\n{payload}", headers.join("\n"));
        Self::read(&lines).filter(|read| read.digest == digest)
    }

    #[must_use]
    pub fn header(&self, name: &str) -> Option<&Guarded> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }
}

impl StringToSign {
    pub(crate) fn read(text: &str) -> Option<Self> {
        ScopeToSign::read(text).map(Self::V4).or_else(|| RequestToSign::read(text).map(Self::V2))
    }

    #[must_use]
    pub fn v4(&self) -> Option<&ScopeToSign> {
        match self {
            Self::V4(scope) => Some(scope),
            Self::V2(_) => None,
        }
    }

    #[must_use]
    pub fn v2(&self) -> Option<&RequestToSign> {
        match self {
            Self::V2(request) => Some(request),
            Self::V4(_) => None,
        }
    }
}

impl ScopeToSign {
    fn read(text: &str) -> Option<Self> {
        let mut lines = text.split_whitespace().map(str::to_owned);
        let read = Self { algorithm: lines.next()?, date: lines.next()?, scope: lines.next()?, digest: lines.next()? };
        (read.algorithm.starts_with("AWS4-") && read.digest.len() == 64).then_some(read)
    }
}

impl RequestToSign {
    /// Of a text whose lines were lost it is not told which of them were empty.
    fn read(text: &str) -> Option<Self> {
        let text = text.replace("\r\n", "\n");
        let mut lines = text.trim_end_matches('\n').split('\n');
        let (method, md5, content_type, expires) = (lines.next()?, lines.next()?, lines.next()?, lines.next()?);
        let plausible = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase());
        if !plausible || !expires.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let (mut headers, mut resource) = (vec![("content-md5", md5), ("content-type", content_type)], None);
        for line in lines.take(MOST) {
            match line.split_once(':').filter(|_| !line.starts_with('/')) {
                Some(header) => headers.push(header),
                None => resource = Some(line),
            }
        }
        let headers = headers.into_iter().filter(|(_, value)| !value.is_empty());
        Some(Self {
            method: method.to_owned(),
            headers: headers.map(|(name, value)| (name.to_owned(), Guarded::header(name, value))).collect(),
            resource: resource?.to_owned(),
        })
    }
}

fn guarded_pair(pair: &str) -> (String, Guarded) {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let marked = is_secret(&format!("{name}={value}").to_ascii_lowercase());
    let decoded = percent_decode_str(name).decode_utf8_lossy();
    let hidden = marked && name != "X-Amz-SignedHeaders";
    (name.to_owned(), if hidden { Guarded::secret(value) } else { Guarded::parameter(&decoded, value) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "GET\n/k\nX-Amz-Date=1&X-Amz-Security-Token=t0k\ncontent-type:text/plain\nhost:h\n\n\
                        content-type;host\nUNSIGNED-PAYLOAD";

    #[test]
    fn the_parts_of_a_canonical_request_are_told_apart() {
        let read = Canonical::read(TEXT).unwrap();
        assert_eq!((read.method.as_str(), read.path.as_str(), read.query.len()), ("GET", "/k", 2));
        assert_eq!(read.header("content-type").map(Guarded::shown), Some("text/plain"));
        assert_eq!((read.signed_headers.as_str(), read.payload.as_str()), ("content-type;host", "UNSIGNED-PAYLOAD"));
        assert_eq!(read.digest, hex::encode(Sha256::digest(TEXT.as_bytes())));
        assert!(!format!("{read:?}").contains("t0k"), "{read:?}");
    }

    /// As browsers show it: <https://github.com/webiny/webiny-js/issues/2639>.
    #[test]
    fn a_canonical_request_on_one_line_is_read_if_it_has_the_digest() {
        for text in
            [TEXT, "GET\n/k\n\nhost:h\n\nhost\nUNSIGNED-PAYLOAD", "PUT\n/k\na=1\na:b c: d\nhost:h\n\na;host\ne3b0"]
        {
            let line = text.replace('\n', " ");
            let digest = hex::encode(Sha256::digest(text.as_bytes()));
            assert_eq!(Canonical::of_one_line(&line, &digest), Canonical::read(text), "{text}");
            assert!(Canonical::read(text).is_some(), "{text}");
            assert_eq!(Canonical::of_one_line(&line.replace("/k", "/j"), &digest), None, "{text}");
        }
    }

    #[test]
    fn what_version_2_signs_of_a_request_is_read_line_by_line() {
        let text = "PUT\n\ntext/plain\n1777633200\nx-amz-acl:private\nx-amz-security-token:t0k\n/b/k:1";
        let read = StringToSign::read(text).unwrap();
        let seen = read.v2().unwrap();
        let headers: Vec<_> = seen.headers.iter().map(|(name, value)| (name.as_str(), value.shown())).collect();
        assert_eq!(
            headers,
            [("content-type", "text/plain"), ("x-amz-acl", "private"), ("x-amz-security-token", "***")]
        );
        assert_eq!((seen.method.as_str(), seen.resource.as_str()), ("PUT", "/b/k:1"));
        for text in ["PUT text/plain 1777633200 /b/k", "PUT\n\n\nnever\n/b/k", "PUT\n\n\n1777633200"] {
            assert_eq!(StringToSign::read(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_canonical_request_is_not_read_as_one() {
        for text in ["", "GET", "GET\n/\n\nno header\n", "GET /k query host:h host UNSIGNED-PAYLOAD"] {
            assert_eq!(Canonical::read(text), None, "{text}");
        }
    }
}
