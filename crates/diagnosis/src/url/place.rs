use percent_encoding::percent_decode_str;

/// What a URL's host and path say about where the object is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub endpoint: Endpoint,
    /// As the host or the path names it; none where the host is not S3's and does not tell.
    pub bucket: Option<String>,
    /// Decoded, without the slash that begins the path.
    pub key: String,
    /// The region that the host names.
    pub region: Option<String>,
    /// Whether the bucket stands in the host.
    pub virtual_host: bool,
    /// Whether what stands for the bucket is an access point: it does not tell which bucket is behind it.
    pub access_point: bool,
}

/// Whose endpoint a host is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// `s3.REGION.amazonaws.com`, also its dual-stack and FIPS forms.
    Regional,
    /// `s3.amazonaws.com`
    Global,
    /// `s3-accelerate.amazonaws.com`
    Accelerate,
    /// `s3-website…`: serves public pages and knows no signatures.
    Website,
    /// An interface endpoint within a VPC.
    Vpc,
    AccessPoint,
    /// `ALIAS.mrap.accesspoint.s3-global.amazonaws.com`: an access point of buckets in several regions.
    MultiRegion,
    ObjectLambda,
    /// `s3express-…`: directory buckets.
    Express,
    Outposts,
    /// `s3-control`: the API for accounts, which has no objects.
    Control,
    CloudFront,
    /// Another server, a proxy, or a name of one's own.
    Other,
}

/// Where AWS's own endpoints lie, in all partitions.
const SUFFIXES: [&str; 7] = [
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".amazonaws.eu",
    ".c2s.ic.gov",
    ".sc2s.sgov.gov",
    ".cloud.adc-e.uk",
    ".csp.hci.ic.gov",
];

impl Place {
    pub(crate) fn of(host: &str, path: &str) -> Self {
        let host = host.to_ascii_lowercase();
        let key = decoded(path.strip_prefix('/').unwrap_or(path));
        let aws = SUFFIXES.iter().find_map(|suffix| host.strip_suffix(suffix));
        match aws.and_then(Service::of) {
            Some(service) => service.place(key),
            None if host.ends_with(".cloudfront.net") => Self::elsewhere(Endpoint::CloudFront, None, key),
            None if is_local(&host) => {
                let (bucket, key) = split_path(&key);
                Self::elsewhere(Endpoint::Other, bucket, key)
            }
            None => Self::elsewhere(Endpoint::Other, None, key),
        }
    }

    fn elsewhere(endpoint: Endpoint, bucket: Option<String>, key: String) -> Self {
        Self { endpoint, bucket, key, region: None, virtual_host: false, access_point: false }
    }
}

/// AWS's part of a host name: what is before the service's label, the label, and what is behind it.
struct Service<'a> {
    before: String,
    label: &'a str,
    behind: Vec<&'a str>,
}

impl<'a> Service<'a> {
    fn of(host: &'a str) -> Option<Self> {
        let labels: Vec<&str> = host.split('.').collect();
        // From the right: a bucket's name may have a label `s3` too.
        let at = labels.iter().rposition(|l| *l == "s3" || l.starts_with("s3-") || l.starts_with("s3express"))?;
        let before = labels.get(..at)?.join(".");
        Some(Self { before, label: labels.get(at)?, behind: labels.get(at + 1..)?.to_vec() })
    }

    fn place(&self, key: String) -> Place {
        let region = self.region();
        let endpoint = self.endpoint(region.is_some());
        let before = |marker: &str| self.before.split_once(marker).map(|(name, _)| name);
        let of_vpc = (endpoint == Endpoint::Vpc).then(|| before(".accesspoint.vpce-")).flatten();
        let bucket = match endpoint {
            // `bucket.vpce-…` is followed by the bucket in the path, `NAME.bucket.vpce-…` is not.
            Endpoint::Vpc => of_vpc.or_else(|| before(".bucket.vpce-")),
            Endpoint::MultiRegion => self.before.strip_suffix(".accesspoint"),
            _ => Some(self.before.as_str()),
        };
        let special = [Endpoint::AccessPoint, Endpoint::MultiRegion, Endpoint::ObjectLambda, Endpoint::Outposts]
            .contains(&endpoint);
        let in_host = bucket.filter(|name| !name.is_empty()).map(str::to_owned);
        let virtual_host = in_host.is_some();
        let (bucket, key) = if virtual_host { (in_host, key) } else { split_path(&key) };
        let access_point = special || of_vpc.is_some() || bucket.as_deref().is_some_and(is_alias);
        Place { endpoint, bucket, key, region, virtual_host, access_point }
    }

    fn region(&self) -> Option<String> {
        let in_label = ["s3-website-", "s3-fips-", "s3-"].iter().find_map(|prefix| self.label.strip_prefix(prefix));
        let mut named = self.behind.iter().copied().chain(in_label);
        named.find(|label| is_region(label)).map(str::to_owned)
    }

    fn endpoint(&self, regional: bool) -> Endpoint {
        match self.label {
            _ if self.behind.contains(&"vpce") => Endpoint::Vpc,
            label if label.starts_with("s3express") => Endpoint::Express,
            label if label.starts_with("s3-website") => Endpoint::Website,
            label if label.starts_with("s3-accelerate") => Endpoint::Accelerate,
            label if label.starts_with("s3-accesspoint") => Endpoint::AccessPoint,
            "s3-global" => Endpoint::MultiRegion,
            label if label.starts_with("s3-object-lambda") => Endpoint::ObjectLambda,
            label if label.starts_with("s3-outposts") => Endpoint::Outposts,
            label if label.starts_with("s3-control") => Endpoint::Control,
            _ if regional => Endpoint::Regional,
            _ => Endpoint::Global,
        }
    }
}

/// Whether what stands in a bucket's place is an access point's alias, which does not tell the bucket behind it.
///
/// Source: Amazon S3 user guide, "Bucket naming rules", on the suffixes that no bucket's name has.
pub(crate) fn is_alias(bucket: &str) -> bool {
    bucket.ends_with("-s3alias") || bucket.ends_with("--ol-s3")
}

/// The region that an ARN names, if it is one: what others wrote must not become a part of a host.
#[must_use]
pub fn region_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(3).filter(|region| is_region(region))
}

/// `eu-central-1`, `us-gov-west-1`, `cn-north-1`
fn is_region(label: &str) -> bool {
    let parts: Vec<&str> = label.split('-').collect();
    let letters = |part: &&str| part.bytes().all(|b| b.is_ascii_lowercase()) && part.len() >= 2;
    let number = |part: &&str| part.len() == 1 && part.bytes().all(|b| b.is_ascii_digit());
    matches!(parts.split_last(), Some((last, names)) if number(last) && (2..=3).contains(&names.len()) && names.iter().all(letters))
}

/// Hosts that no certificate and no DNS zone has buckets below: the bucket is in the path.
fn is_local(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    !name.contains('.') || name.parse::<std::net::Ipv4Addr>().is_ok() || name.starts_with('[')
}

fn split_path(key: &str) -> (Option<String>, String) {
    let (bucket, key) = key.split_once('/').unwrap_or((key, ""));
    (Some(bucket.to_owned()).filter(|bucket| !bucket.is_empty()), key.to_owned())
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_and_path_tell_endpoint_bucket_key_and_region() {
        for (host, path, endpoint, bucket, key, region) in [
            ("b.s3.eu-central-1.amazonaws.com", "/k/k", Endpoint::Regional, "b", "k/k", "eu-central-1"),
            ("s3.eu-central-1.amazonaws.com", "/b/k%20k", Endpoint::Regional, "b", "k k", "eu-central-1"),
            ("s3-eu-west-1.amazonaws.com", "/b/k", Endpoint::Regional, "b", "k", "eu-west-1"),
            ("my.s3.b.s3-eu-west-1.amazonaws.com", "/k", Endpoint::Regional, "my.s3.b", "k", "eu-west-1"),
            ("b.s3.dualstack.us-gov-west-1.amazonaws.com", "/k", Endpoint::Regional, "b", "k", "us-gov-west-1"),
            ("b.s3-fips.us-east-1.amazonaws.com", "/k", Endpoint::Regional, "b", "k", "us-east-1"),
            ("b.s3.cn-north-1.amazonaws.com.cn", "/k", Endpoint::Regional, "b", "k", "cn-north-1"),
            ("b.s3.amazonaws.com", "/k", Endpoint::Global, "b", "k", ""),
            ("S3.amazonaws.com", "/b/k", Endpoint::Global, "b", "k", ""),
            ("b.s3-accelerate.amazonaws.com", "/k", Endpoint::Accelerate, "b", "k", ""),
            ("b.s3-website-us-east-1.amazonaws.com", "/k", Endpoint::Website, "b", "k", "us-east-1"),
            ("b.s3-website.eu-central-1.amazonaws.com", "/k", Endpoint::Website, "b", "k", "eu-central-1"),
            (
                "ap-123456789012.s3-accesspoint.eu-west-1.amazonaws.com",
                "/k",
                Endpoint::AccessPoint,
                "ap-123456789012",
                "k",
                "eu-west-1",
            ),
            ("bucket.vpce-1a2b-3c.s3.us-east-1.vpce.amazonaws.com", "/b/k", Endpoint::Vpc, "b", "k", "us-east-1"),
            ("b.bucket.vpce-1a2b-3c.s3.us-east-1.vpce.amazonaws.com", "/k", Endpoint::Vpc, "b", "k", "us-east-1"),
            (
                "finance-123456789012.accesspoint.vpce-1a2b-3c.s3.us-east-1.vpce.amazonaws.com",
                "/reports/q1.pdf",
                Endpoint::Vpc,
                "finance-123456789012",
                "reports/q1.pdf",
                "us-east-1",
            ),
            (
                "mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com",
                "/reports/q1.pdf",
                Endpoint::MultiRegion,
                "mfzwi23gnjvgw.mrap",
                "reports/q1.pdf",
                "",
            ),
            ("d111111abcdef8.cloudfront.net", "/k", Endpoint::CloudFront, "", "k", ""),
            ("127.0.0.1:3000", "/b/k/", Endpoint::Other, "b", "k/", ""),
            ("files.example.com", "/k", Endpoint::Other, "", "k", ""),
        ] {
            let place = Place::of(host, path);
            let found = (
                place.endpoint,
                place.bucket.as_deref().unwrap_or_default(),
                place.key.as_str(),
                place.region.as_deref().unwrap_or_default(),
            );
            assert_eq!(found, (endpoint, bucket, key, region), "{host}");
            assert_eq!(place.access_point, host.contains("accesspoint"), "{host}");
        }
    }

    #[test]
    fn an_access_points_alias_in_a_buckets_place_is_no_bucket() {
        for (host, path) in [
            ("my-ap-1b2c3d4e5f-s3alias.s3.eu-central-1.amazonaws.com", "/k"),
            ("s3.eu-central-1.amazonaws.com", "/my-ap-1b2c3d4e5f-s3alias/k"),
            ("my-ap-1b2c3d4e5f--ol-s3.s3.eu-central-1.amazonaws.com", "/k"),
        ] {
            assert!(Place::of(host, path).access_point, "{host}{path}");
        }
    }
}
