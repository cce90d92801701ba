//! Upload bodies that are checked before they are kept.
//!
//! `s3s-fs` compares digests only after it has replaced the object; here a body that does not match its digests fails at
//! its end, while it is still a temporary file.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use futures_util::Stream;
use http::HeaderMap;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::{Checksum, StreamingBlob};
use s3s::stream::{ByteStream, RemainingLength};
use s3s::{S3Error, S3Result, StdError, TrailingHeaders, s3_error};

/// The digests that a request states, in its headers or after its body.
#[derive(Default)]
pub struct Stated {
    pub md5: Option<String>,
    pub checksum: Checksum,
    pub trailers: Option<TrailingHeaders>,
}

impl Stated {
    /// Whether no header states a digest.
    #[must_use]
    pub fn states_nothing(&self) -> bool {
        self.md5.is_none() && self.checksum == Checksum::default()
    }
}

/// The digests in the headers of an object or of a part, whose inputs are different types with the same fields.
macro_rules! stated_checksum {
    ($input:ident) => {
        s3s::dto::Checksum {
            checksum_crc32: $input.checksum_crc32.clone(),
            checksum_crc32c: $input.checksum_crc32c.clone(),
            checksum_crc64nvme: $input.checksum_crc64nvme.clone(),
            checksum_sha1: $input.checksum_sha1.clone(),
            checksum_sha256: $input.checksum_sha256.clone(),
            ..Default::default()
        }
    };
}
pub(super) use stated_checksum;

/// Tells after the upload which digest did not match.
#[derive(Clone, Default)]
pub struct Mismatch(Arc<OnceLock<&'static str>>);

impl Mismatch {
    /// The error to answer with, when `other` came of a mismatch.
    pub fn or(&self, other: S3Error) -> S3Error {
        match self.0.get() {
            Some(digest) => s3_error!(BadDigest, "The {digest} you specified did not match what we received."),
            None => other,
        }
    }
}

struct Checked {
    body: StreamingBlob,
    hashers: Option<(Md5, ChecksumHasher)>,
    stated: Stated,
    mismatch: Mismatch,
}

/// The algorithm that a body's trailer is announced to have.
#[must_use]
pub fn announced(headers: &HeaderMap) -> Option<String> {
    let trailer = headers.get("x-amz-trailer")?.to_str().ok()?;
    Some(trailer.trim().strip_prefix("x-amz-checksum-")?.to_ascii_uppercase())
}

/// Wraps a body so that it ends in an error unless it matches what is stated.
///
/// # Errors
/// When a stated digest cannot be one.
pub fn checked(
    body: Option<StreamingBlob>,
    stated: Stated,
    algorithm: Option<&str>,
) -> S3Result<(StreamingBlob, Mismatch)> {
    if let Some(md5) = &stated.md5
        && BASE64_STANDARD.decode(md5).ok().is_none_or(|digest| digest.len() != 16)
    {
        return Err(s3_error!(InvalidDigest, "The Content-MD5 you specified is not valid."));
    }
    let wanted = |value: &Option<String>, name| value.is_some() || algorithm == Some(name);
    let hasher = ChecksumHasher {
        crc32: wanted(&stated.checksum.checksum_crc32, "CRC32").then(Default::default),
        crc32c: wanted(&stated.checksum.checksum_crc32c, "CRC32C").then(Default::default),
        sha1: wanted(&stated.checksum.checksum_sha1, "SHA1").then(Default::default),
        sha256: wanted(&stated.checksum.checksum_sha256, "SHA256").then(Default::default),
        crc64nvme: wanted(&stated.checksum.checksum_crc64nvme, "CRC64NVME").then(Default::default),
    };
    let mismatch = Mismatch::default();
    let body = body.unwrap_or_else(|| StreamingBlob::from(s3s::Body::empty()));
    let checked = Checked { body, hashers: Some((Md5::new(), hasher)), stated, mismatch: mismatch.clone() };
    Ok((StreamingBlob::new(checked), mismatch))
}

impl Checked {
    /// The name of a digest that does not match.
    fn mismatched(&mut self) -> Option<&'static str> {
        let (md5, hasher) = self.hashers.take()?;
        let (md5, found) = (BASE64_STANDARD.encode(md5.finalize()), hasher.finalize());
        let trailers = self.stated.trailers.as_ref().and_then(|trailers| trailers.read(HeaderMap::clone));
        let trailer =
            |name: &str| trailers.as_ref().and_then(|trailers| trailers.get(name)?.to_str().ok().map(str::to_owned));
        let differs = |stated: Option<String>, found: Option<String>| stated.is_some() && stated != found;
        let stated = &self.stated.checksum;
        [
            ("Content-MD5", self.stated.md5.clone(), Some(md5)),
            ("CRC32", stated.checksum_crc32.clone().or_else(|| trailer("x-amz-checksum-crc32")), found.checksum_crc32),
            (
                "CRC32C",
                stated.checksum_crc32c.clone().or_else(|| trailer("x-amz-checksum-crc32c")),
                found.checksum_crc32c,
            ),
            ("SHA1", stated.checksum_sha1.clone().or_else(|| trailer("x-amz-checksum-sha1")), found.checksum_sha1),
            (
                "SHA256",
                stated.checksum_sha256.clone().or_else(|| trailer("x-amz-checksum-sha256")),
                found.checksum_sha256,
            ),
            (
                "CRC64NVME",
                stated.checksum_crc64nvme.clone().or_else(|| trailer("x-amz-checksum-crc64nvme")),
                found.checksum_crc64nvme,
            ),
        ]
        .into_iter()
        .find_map(|(name, stated, found)| differs(stated, found).then_some(name))
    }
}

impl Stream for Checked {
    type Item = Result<Bytes, StdError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = Pin::new(&mut self.body).poll_next(cx);
        match &next {
            Poll::Ready(Some(Ok(bytes))) => {
                if let Some((md5, hasher)) = &mut self.hashers {
                    md5.update(bytes);
                    hasher.update(bytes);
                }
                next
            }
            Poll::Ready(None) => match self.mismatched() {
                Some(digest) => {
                    let _ = self.mismatch.0.set(digest);
                    Poll::Ready(Some(Err("the body does not match its digest".into())))
                }
                None => next,
            },
            _ => next,
        }
    }
}

impl ByteStream for Checked {
    fn remaining_length(&self) -> RemainingLength {
        self.body.remaining_length()
    }
}
