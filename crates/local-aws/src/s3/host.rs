//! Bucket names in host names.

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
