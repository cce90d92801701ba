/// A checksum that a request may have: its field there, S3's word for it, S3's header (or form field), and the value.
pub(crate) struct Checksum {
    pub field: &'static str,
    pub algorithm: &'static str,
    pub header: &'static str,
    pub value: String,
}

/// S3 takes one checksum at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TwoChecksums {
    pub field: &'static str,
    pub other: &'static str,
}

/// The one checksum of a request; the fields of all requests that may have one are the same.
macro_rules! checksum {
    ($body:expr) => {
        $crate::request::only_checksum([
            ("checksumCRC32", "CRC32", "x-amz-checksum-crc32", $body.checksum_crc32.clone().map(String::from)),
            ("checksumCRC32C", "CRC32C", "x-amz-checksum-crc32c", $body.checksum_crc32c.clone().map(String::from)),
            (
                "checksumCRC64NVME",
                "CRC64NVME",
                "x-amz-checksum-crc64nvme",
                $body.checksum_crc64nvme.clone().map(String::from),
            ),
            ("checksumSHA1", "SHA1", "x-amz-checksum-sha1", $body.checksum_sha1.clone().map(String::from)),
            ("checksumSHA256", "SHA256", "x-amz-checksum-sha256", $body.checksum_sha256.clone().map(String::from)),
        ])
    };
}
pub(crate) use checksum;

type Given = (&'static str, &'static str, &'static str, Option<String>);

/// # Errors
/// When there are two.
pub(crate) fn only_checksum(all: [Given; 5]) -> Result<Option<Checksum>, TwoChecksums> {
    let mut given = all
        .into_iter()
        .filter_map(|(field, algorithm, header, value)| Some(Checksum { field, algorithm, header, value: value? }));
    match (given.next(), given.next()) {
        (Some(other), Some(second)) => Err(TwoChecksums { field: second.field, other: other.field }),
        (first, _) => Ok(first),
    }
}
