//! The checksums of uploads in parts: what one is begun with, what its parts then must have, and what its object has in the end.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use crc_fast::CrcAlgorithm;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Sha1, Sha256};
use s3s::dto::{Checksum, ChecksumAlgorithm, ChecksumType};
use s3s::{S3Result, s3_error};
use serde::{Deserialize, Serialize};

use super::uploads::Part;

/// The algorithms that are known here, in the order in which S3 names them.
pub const ALGORITHMS: [Algorithm; 5] =
    [Algorithm::Crc32, Algorithm::Crc32c, Algorithm::Crc64Nvme, Algorithm::Sha1, Algorithm::Sha256];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

/// Whether an object's checksum is one of all its bytes, or one of its parts' checksums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    Composite,
    FullObject,
}

/// What an upload was begun with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scheme {
    pub algorithm: Algorithm,
    pub kind: Kind,
}

/// The fields of a checksum that is told; the answers are different types with the same fields.
macro_rules! tell_checksum {
    ($output:expr, $checksum:expr) => {
        let checksum: s3s::dto::Checksum = $checksum;
        $output.checksum_crc32 = checksum.checksum_crc32;
        $output.checksum_crc32c = checksum.checksum_crc32c;
        $output.checksum_crc64nvme = checksum.checksum_crc64nvme;
        $output.checksum_sha1 = checksum.checksum_sha1;
        $output.checksum_sha256 = checksum.checksum_sha256;
    };
}
pub(super) use tell_checksum;

impl Algorithm {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Crc32 => ChecksumAlgorithm::CRC32,
            Self::Crc32c => ChecksumAlgorithm::CRC32C,
            Self::Crc64Nvme => ChecksumAlgorithm::CRC64NVME,
            Self::Sha1 => ChecksumAlgorithm::SHA1,
            Self::Sha256 => ChecksumAlgorithm::SHA256,
        }
    }

    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        ALGORITHMS.into_iter().find(|algorithm| algorithm.as_str() == name)
    }

    /// As headers and refusals have it.
    #[must_use]
    pub fn lower_case(self) -> String {
        self.as_str().to_ascii_lowercase()
    }

    /// The checksum of this algorithm among several.
    #[must_use]
    pub fn of(self, checksum: &Checksum) -> Option<&str> {
        let value = match self {
            Self::Crc32 => &checksum.checksum_crc32,
            Self::Crc32c => &checksum.checksum_crc32c,
            Self::Crc64Nvme => &checksum.checksum_crc64nvme,
            Self::Sha1 => &checksum.checksum_sha1,
            Self::Sha256 => &checksum.checksum_sha256,
        };
        value.as_deref()
    }

    /// The same the other way round.
    #[must_use]
    pub fn checksum(self, value: String) -> Checksum {
        let mut checksum = Checksum::default();
        let field = match self {
            Self::Crc32 => &mut checksum.checksum_crc32,
            Self::Crc32c => &mut checksum.checksum_crc32c,
            Self::Crc64Nvme => &mut checksum.checksum_crc64nvme,
            Self::Sha1 => &mut checksum.checksum_sha1,
            Self::Sha256 => &mut checksum.checksum_sha256,
        };
        *field = Some(value);
        checksum
    }

    fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Crc32 => Crc32::checksum(bytes).to_vec(),
            Self::Crc32c => Crc32c::checksum(bytes).to_vec(),
            Self::Crc64Nvme => Crc64Nvme::checksum(bytes).to_vec(),
            Self::Sha1 => Sha1::checksum(bytes).to_vec(),
            Self::Sha256 => Sha256::checksum(bytes).to_vec(),
        }
    }

    /// The checksum of bytes of which only the parts' own are known, which is possible with the CRCs alone.
    fn joined(self, parts: &[(Vec<u8>, u64)]) -> Option<Vec<u8>> {
        let (crc, width) = match self {
            Self::Crc32 => (CrcAlgorithm::Crc32IsoHdlc, 4),
            Self::Crc32c => (CrcAlgorithm::Crc32Iscsi, 4),
            Self::Crc64Nvme => (CrcAlgorithm::Crc64Nvme, 8),
            Self::Sha1 | Self::Sha256 => return None,
        };
        let joined = parts.iter().fold(0, |joined, (part, size)| {
            let part = part.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte));
            crc_fast::checksum_combine(crc, joined, part, *size)
        });
        joined.to_be_bytes().get(8 - width..).map(<[u8]>::to_vec)
    }
}

impl Kind {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Composite => ChecksumType::COMPOSITE,
            Self::FullObject => ChecksumType::FULL_OBJECT,
        }
    }

    #[must_use]
    pub fn told(self) -> ChecksumType {
        ChecksumType::from_static(self.as_str())
    }
}

impl Scheme {
    /// What the beginning of an upload asks for.
    ///
    /// # Errors
    /// When S3 does not know it, or does not know the one with the other.
    pub fn asked(algorithm: Option<&ChecksumAlgorithm>, kind: Option<&ChecksumType>) -> S3Result<Option<Self>> {
        let kind = match kind.map(ChecksumType::as_str) {
            None => None,
            Some(ChecksumType::COMPOSITE) => Some(Kind::Composite),
            Some(ChecksumType::FULL_OBJECT) => Some(Kind::FullObject),
            Some(_) => return Err(s3_error!(InvalidRequest, "Value for x-amz-checksum-type header is invalid.")),
        };
        let Some(algorithm) = algorithm else {
            if kind.is_some() {
                return Err(s3_error!(
                    InvalidRequest,
                    "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
                ));
            }
            return Ok(None);
        };
        let algorithm = Algorithm::named(algorithm.as_str()).ok_or_else(|| {
            s3_error!(
                InvalidRequest,
                "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, \
                 CRC64NVME, SHA1, SHA256]"
            )
        })?;
        let only = match algorithm {
            Algorithm::Crc32 | Algorithm::Crc32c => None,
            Algorithm::Crc64Nvme => Some(Kind::FullObject),
            Algorithm::Sha1 | Algorithm::Sha256 => Some(Kind::Composite),
        };
        match (kind, only) {
            (Some(kind), Some(only)) if kind != only => Err(s3_error!(
                InvalidRequest,
                "The {} checksum type cannot be used with the {} checksum algorithm.",
                kind.as_str(),
                algorithm.lower_case()
            )),
            _ => Ok(Some(Self { algorithm, kind: kind.or(only).unwrap_or(Kind::Composite) })),
        }
    }

    /// Whether a part may have a checksum of this algorithm, or none: only the parts of composite checksums must have one.
    ///
    /// # Errors
    /// When S3 would refuse the part.
    pub fn check_part(self, stated: Option<Algorithm>) -> S3Result<()> {
        let differs = match stated {
            Some(algorithm) => algorithm != self.algorithm,
            None => self.kind == Kind::Composite,
        };
        if differs { Err(self.mismatch(stated)) } else { Ok(()) }
    }

    /// Whether the parts must be numbered from 1 on without gaps.
    #[must_use]
    pub fn wants_no_gaps(self) -> bool {
        self.kind == Kind::Composite
    }

    /// The checksum of the object that these parts make.
    ///
    /// # Errors
    /// When a part lacks its own, which none does that was taken.
    pub fn of_object(self, parts: &[&Part]) -> S3Result<String> {
        let lacking = || s3_error!(InternalError, "a part without the checksum that its upload was begun with");
        let own = parts.iter().map(|part| {
            let digest = part.checksum.as_ref().and_then(|checksum| BASE64_STANDARD.decode(checksum).ok());
            Ok((digest.ok_or_else(lacking)?, u64::try_from(part.size).unwrap_or_default()))
        });
        let own = own.collect::<S3Result<Vec<_>>>()?;
        match self.kind {
            Kind::FullObject => self.algorithm.joined(&own).map(|crc| BASE64_STANDARD.encode(crc)).ok_or_else(lacking),
            Kind::Composite => {
                let all: Vec<u8> = own.iter().flat_map(|(digest, _)| digest).copied().collect();
                Ok(format!("{}-{}", BASE64_STANDARD.encode(self.algorithm.digest(&all)), parts.len()))
            }
        }
    }

    fn mismatch(self, stated: Option<Algorithm>) -> s3s::S3Error {
        s3_error!(
            InvalidRequest,
            "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
            self.algorithm.lower_case(),
            stated.map_or_else(|| "null".to_owned(), Algorithm::lower_case)
        )
    }
}

/// The one checksum that is stated, if any is.
///
/// # Errors
/// When there are several, with `several`.
pub fn only_one(stated: &Checksum, several: impl FnOnce() -> s3s::S3Error) -> S3Result<Option<(Algorithm, &str)>> {
    let mut stated = ALGORITHMS.into_iter().filter_map(|algorithm| Some((algorithm, algorithm.of(stated)?)));
    match (stated.next(), stated.next()) {
        (_, Some(_)) => Err(several()),
        (one, None) => Ok(one),
    }
}

/// When headers state several.
pub fn several_headers() -> s3s::S3Error {
    s3_error!(InvalidRequest, "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
}

/// Checks what a completion states of a part.
///
/// # Errors
/// When S3 would refuse it.
pub fn check_named(scheme: Option<Scheme>, number: i32, part: &Part, stated: &Checksum) -> S3Result<()> {
    let several = || s3_error!(InvalidArgument, "Invalid Base64 or multiple checksums present in request");
    match (scheme, only_one(stated, several)?) {
        (Some(scheme), Some((algorithm, value))) if algorithm == scheme.algorithm => {
            if part.checksum.as_deref() == Some(value) { Ok(()) } else { Err(invalid_part()) }
        }
        (Some(_), Some((algorithm, _))) => Err(s3_error!(
            BadDigest,
            "The {} you specified for part {number} did not match what we received.",
            algorithm.lower_case()
        )),
        (None, Some(_)) => Err(invalid_part()),
        (Some(scheme), None) if scheme.kind == Kind::Composite => Err(s3_error!(
            InvalidRequest,
            "The upload was created using a {} checksum. The complete request must include the checksum for each part. It was \
             missing for part {number} in the request.",
            scheme.algorithm.lower_case()
        )),
        (_, None) => Ok(()),
    }
}

/// Checks what a completion states of the whole object, whose checksum is `found`.
///
/// # Errors
/// When S3 would refuse it.
pub fn check_whole(
    scheme: Option<Scheme>,
    kind: Option<&ChecksumType>,
    stated: &Checksum,
    found: Option<&str>,
) -> S3Result<()> {
    let begun_with = scheme.map_or(Kind::FullObject, |scheme| scheme.kind);
    if kind.is_some_and(|kind| kind.as_str() != begun_with.as_str()) {
        return Err(s3_error!(
            InvalidRequest,
            "The upload was created using the {} checksum mode. The complete request must use the same checksum mode.",
            begun_with.as_str()
        ));
    }
    let (Some(scheme), Some((algorithm, value))) = (scheme, only_one(stated, several_headers)?) else { return Ok(()) };
    if algorithm != scheme.algorithm {
        return Err(scheme.mismatch(Some(algorithm)));
    }
    // A composite checksum may be stated without the number of parts that it is told with.
    let found = found.unwrap_or_default();
    if value == found || found.rsplit_once('-').is_some_and(|(digest, _)| value == digest) {
        return Ok(());
    }
    Err(s3_error!(BadDigest, "The {} you specified did not match the calculated checksum.", algorithm.lower_case()))
}

/// When a completion names a part that there is not.
pub fn invalid_part() -> s3s::S3Error {
    s3_error!(
        InvalidPart,
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified \
         entity tag may not match the part's entity tag."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scheme(algorithm: &str, kind: Option<&'static str>) -> S3Result<Option<Scheme>> {
        let kind = kind.map(ChecksumType::from_static);
        Scheme::asked(Some(&ChecksumAlgorithm::from(algorithm.to_owned())), kind.as_ref())
    }

    #[test]
    fn an_algorithm_has_the_types_that_s3_knows_it_with() {
        for (algorithm, composite, full, itself) in [
            ("CRC32", true, true, Kind::Composite),
            ("CRC32C", true, true, Kind::Composite),
            ("CRC64NVME", false, true, Kind::FullObject),
            ("SHA1", true, false, Kind::Composite),
            ("SHA256", true, false, Kind::Composite),
        ] {
            assert_eq!(scheme(algorithm, Some("COMPOSITE")).is_ok(), composite, "{algorithm}");
            assert_eq!(scheme(algorithm, Some("FULL_OBJECT")).is_ok(), full, "{algorithm}");
            assert_eq!(scheme(algorithm, None).unwrap().map(|scheme| scheme.kind), Some(itself), "{algorithm}");
        }
        assert!(scheme("MD4", None).is_err() && scheme("CRC32", Some("HALF_OBJECT")).is_err());
        assert!(Scheme::asked(None, Some(&ChecksumType::from_static("FULL_OBJECT"))).is_err());
        assert_eq!(Scheme::asked(None, None).unwrap(), None);
    }

    #[test]
    fn the_crc_of_all_bytes_is_joined_of_the_parts() {
        let bytes = b"123456789";
        for algorithm in [Algorithm::Crc32, Algorithm::Crc32c, Algorithm::Crc64Nvme] {
            for at in 0..bytes.len() {
                let (a, b) = bytes.split_at(at);
                let parts = [a, b].map(|part| (algorithm.digest(part), part.len() as u64));
                assert_eq!(algorithm.joined(&parts), Some(algorithm.digest(bytes)), "{algorithm:?} at {at}");
            }
        }
        assert_eq!(Algorithm::Sha256.joined(&[]), None);
    }
}
