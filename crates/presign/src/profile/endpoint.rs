use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::names::{BucketName, ObjectKey, Region};
use crate::sigv4::encode;

/// Where in a URL the bucket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AddressingStyle {
    /// `https://BUCKET.s3.REGION.amazonaws.com/KEY`
    VirtualHost,
    /// `https://s3.REGION.amazonaws.com/BUCKET/KEY`
    Path,
}

/// An S3 endpoint: `SCHEME://HOST[:PORT][/PATH]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct S3Endpoint {
    scheme: Scheme,
    authority: String,
    base_path: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an endpoint, such as `https://s3.eu-central-1.amazonaws.com` or `http://127.0.0.1:9000`")]
pub struct S3EndpointError(String);

/// Where one object is, as a request line and a `Host` header say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub scheme: &'static str,
    pub host: String,
    /// Percent-encoded, beginning with `/`.
    pub path: String,
}

impl Scheme {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

impl S3Endpoint {
    /// AWS's own endpoint in `region`. Never the global one: it redirects, which breaks signatures and CORS.
    #[must_use]
    pub fn regional(region: &Region) -> Self {
        Self {
            scheme: Scheme::Https,
            authority: format!("s3.{region}.{}", region.dns_suffix()),
            base_path: String::new(),
        }
    }

    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.scheme == Scheme::Https
    }

    /// Where forms for `bucket` are posted to.
    #[must_use]
    pub fn bucket_url(&self, style: AddressingStyle, bucket: &BucketName) -> String {
        let Self { authority, base_path, .. } = self;
        let scheme = self.scheme.as_str();
        match style {
            AddressingStyle::VirtualHost => format!("{scheme}://{bucket}.{authority}{base_path}/"),
            AddressingStyle::Path => format!("{scheme}://{authority}{base_path}/{bucket}"),
        }
    }

    /// Where `key` of `bucket` is at this endpoint.
    #[must_use]
    pub fn address(&self, style: AddressingStyle, bucket: &BucketName, key: &ObjectKey) -> Address {
        let longest = self.base_path.len() + "/".len() + bucket.as_str().len() + "/".len() + 3 * key.as_str().len();
        let mut path = String::with_capacity(longest);
        path.push_str(&self.base_path);
        let host = match style {
            AddressingStyle::VirtualHost => [bucket.as_str(), ".", &self.authority].concat(),
            AddressingStyle::Path => {
                path.push('/');
                path.push_str(bucket.as_str());
                self.authority.clone()
            }
        };
        path.push('/');
        encode::push_path(&mut path, key.as_str());
        Address { scheme: self.scheme.as_str(), host, path }
    }
}

impl FromStr for S3Endpoint {
    type Err = S3EndpointError;

    fn from_str(text: &str) -> Result<Self, S3EndpointError> {
        let refused = || S3EndpointError(text.to_owned());
        let (scheme, rest) = text.split_once("://").ok_or_else(refused)?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let plain = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_~:[]/".contains(&b));
        // A client leaves the scheme's own port out of `Host`, which is signed.
        let (scheme, own_port) = match scheme {
            "https" => (Scheme::Https, ":443"),
            "http" => (Scheme::Http, ":80"),
            _ => return Err(refused()),
        };
        if authority.is_empty() || !plain(authority) || !plain(path) {
            return Err(refused());
        }
        let authority = authority.strip_suffix(own_port).unwrap_or(authority).to_ascii_lowercase();
        let path = path.trim_end_matches('/');
        let base_path = if path.is_empty() { String::new() } else { format!("/{path}") };
        Ok(Self { scheme, authority, base_path })
    }
}

impl TryFrom<String> for S3Endpoint {
    type Error = S3EndpointError;

    fn try_from(text: String) -> Result<Self, S3EndpointError> {
        text.parse()
    }
}

impl From<S3Endpoint> for String {
    fn from(endpoint: S3Endpoint) -> Self {
        format!("{}://{}{}", endpoint.scheme.as_str(), endpoint.authority, endpoint.base_path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(endpoint: &str, style: AddressingStyle, key: &str) -> String {
        let endpoint: S3Endpoint = endpoint.parse().unwrap();
        let Address { scheme, host, path } = endpoint.address(style, &"demo".parse().unwrap(), &key.parse().unwrap());
        format!("{scheme}://{host}{path}")
    }

    #[test]
    fn the_bucket_stands_in_the_host_or_in_the_path() {
        let aws = "https://s3.eu-central-1.amazonaws.com";
        assert_eq!(url(aws, AddressingStyle::VirtualHost, "a/b"), "https://demo.s3.eu-central-1.amazonaws.com/a/b");
        assert_eq!(url(aws, AddressingStyle::Path, "a/b"), "https://s3.eu-central-1.amazonaws.com/demo/a/b");
        assert_eq!(url("http://Gateway:80/s3/", AddressingStyle::Path, "k"), "http://gateway/s3/demo/k");
    }

    #[test]
    fn a_key_is_encoded_once_and_never_normalized() {
        let endpoint = "http://h:1";
        for (key, path) in [
            ("/leading", "//leading"),
            ("a//b", "/a//b"),
            ("a/../b", "/a/../b"),
            ("100%", "/100%25"),
            ("%2F", "/%252F"),
            ("a+b c", "/a%2Bb%20c"),
            ("😀?#", "/%F0%9F%98%80%3F%23"),
        ] {
            assert_eq!(url(endpoint, AddressingStyle::VirtualHost, key), format!("http://demo.h:1{path}"));
        }
    }

    #[test]
    fn china_has_its_own_domain() {
        let endpoint = S3Endpoint::regional(&"cn-north-1".parse().unwrap());
        assert_eq!(String::from(endpoint), "https://s3.cn-north-1.amazonaws.com.cn");
    }

    #[test]
    fn what_is_no_endpoint_is_refused() {
        for text in ["", "s3.amazonaws.com", "ftp://h", "https://", "https://user@h", "https://h?x=1", "http://h#a"] {
            assert!(text.parse::<S3Endpoint>().is_err(), "{text}");
        }
    }
}
