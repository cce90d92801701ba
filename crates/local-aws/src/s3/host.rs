//! Bucket names in host names.

use http::HeaderMap;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::host::{S3Host, VirtualHost};
use s3s::path::check_bucket_name;

/// Reads `BUCKET.localhost:PORT` as virtual-host style; every other host is path style.
pub struct Hosts;

impl S3Host for Hosts {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> s3s::S3Result<VirtualHost<'a>> {
        let name = host.rsplit_once(':').map_or(host, |(name, _port)| name);
        match name.strip_suffix(".localhost") {
            Some(bucket) if check_bucket_name(bucket) => Ok(VirtualHost::new("localhost").with_bucket(bucket)),
            _ => Ok(VirtualHost::new(host)),
        }
    }
}

/// What S3 leaves as it is of a key where it tells an object's address: no slash, and of a space it makes a plus.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'*');

/// An object's address, in the style and at the host that the request came by.
pub fn location(headers: &HeaderMap, bucket: &str, key: &str) -> String {
    let host = headers.get(http::header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let in_host = Hosts.parse_host_header(host).is_ok_and(|host| host.bucket().is_some());
    let bucket = if in_host { String::new() } else { format!("/{bucket}") };
    format!("http://{host}{bucket}/{}", utf8_percent_encode(key, PLAIN).to_string().replace("%20", "+"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_under_localhost_are_buckets() {
        for (host, bucket) in [
            ("photos.localhost:9000", Some("photos")),
            ("my.photos.localhost", Some("my.photos")),
            ("localhost:9000", None),
            ("127.0.0.1:9000", None),
            ("s3.localhost", None),
            ("photos.example.com", None),
        ] {
            assert_eq!(Hosts.parse_host_header(host).unwrap().bucket(), bucket, "{host}");
        }
    }
}
