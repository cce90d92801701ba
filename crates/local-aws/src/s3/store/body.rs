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

use super::checksums::{ALGORITHMS, Algorithm};

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

/// Tells after the upload what its body was, or which digest did not match.
#[derive(Clone, Default)]
pub struct Verdict(Arc<OnceLock<Result<Digests, &'static str>>>);

/// What was computed of a body.
#[derive(Clone)]
pub struct Digests {
    pub md5: [u8; 16],
    pub size: u64,
    /// Of the algorithms that were asked for.
    pub checksum: Checksum,
}

impl Verdict {
    /// The error to answer with, when `other` came of a mismatch.
    pub fn or(&self, other: S3Error) -> S3Error {
        match self.0.get() {
            Some(Err(digest)) => s3_error!(BadDigest, "The {digest} you specified did not match what we received."),
            _ => other,
        }
    }

    /// What the body was, once it has been read to its end.
    pub fn digests(&self) -> S3Result<Digests> {
        match self.0.get() {
            Some(Ok(digests)) => Ok(digests.clone()),
            _ => Err(s3_error!(InternalError, "the body was not read to its end")),
        }
    }
}

struct Checked {
    body: StreamingBlob,
    hashers: Option<(Md5, ChecksumHasher)>,
    size: u64,
    stated: Stated,
    verdict: Verdict,
}

/// The algorithm that a body's trailer is announced to have.
#[must_use]
pub fn announced(headers: &HeaderMap) -> Option<String> {
    let trailer = headers.get("x-amz-trailer")?.to_str().ok()?;
    Some(trailer.trim().strip_prefix("x-amz-checksum-")?.to_ascii_uppercase())
}

/// Wraps a body so that it ends in an error unless it matches what is stated. What is stated is computed, and these algorithms.
///
/// # Errors
/// When a stated digest cannot be one.
pub fn checked(body: Option<StreamingBlob>, stated: Stated, algorithms: &[&str]) -> S3Result<(StreamingBlob, Verdict)> {
    if let Some(md5) = &stated.md5
        && BASE64_STANDARD.decode(md5).ok().is_none_or(|digest| digest.len() != 16)
    {
        return Err(s3_error!(InvalidDigest, "The Content-MD5 you specified is not valid."));
    }
    let wanted =
        |algorithm: Algorithm| algorithm.of(&stated.checksum).is_some() || algorithms.contains(&algorithm.as_str());
    let hasher = ChecksumHasher {
        crc32: wanted(Algorithm::Crc32).then(Default::default),
        crc32c: wanted(Algorithm::Crc32c).then(Default::default),
        sha1: wanted(Algorithm::Sha1).then(Default::default),
        sha256: wanted(Algorithm::Sha256).then(Default::default),
        crc64nvme: wanted(Algorithm::Crc64Nvme).then(Default::default),
    };
    let verdict = Verdict::default();
    let body = body.unwrap_or_else(|| StreamingBlob::from(s3s::Body::empty()));
    let checked = Checked { body, hashers: Some((Md5::new(), hasher)), size: 0, stated, verdict: verdict.clone() };
    Ok((StreamingBlob::new(checked), verdict))
}

impl Checked {
    /// What the body was, or the name of a digest that does not match; nothing if that was asked before.
    fn verdict(&mut self) -> Option<Result<Digests, &'static str>> {
        let (md5, hasher) = self.hashers.take()?;
        let digests = Digests { md5: md5.finalize(), size: self.size, checksum: hasher.finalize() };
        if self.stated.md5.as_ref().is_some_and(|stated| *stated != BASE64_STANDARD.encode(digests.md5)) {
            return Some(Err("Content-MD5"));
        }
        let trailers = self.stated.trailers.as_ref().and_then(|trailers| trailers.read(HeaderMap::clone));
        let differs = |algorithm: &Algorithm| {
            let trailer =
                || trailers.as_ref()?.get(format!("x-amz-checksum-{}", algorithm.lower_case()))?.to_str().ok();
            let stated = algorithm.of(&self.stated.checksum).or_else(trailer);
            stated.is_some() && stated != algorithm.of(&digests.checksum)
        };
        match ALGORITHMS.iter().find(|algorithm| differs(algorithm)) {
            Some(algorithm) => Some(Err(algorithm.as_str())),
            None => Some(Ok(digests)),
        }
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
                self.size += bytes.len() as u64;
                next
            }
            Poll::Ready(None) => match self.verdict() {
                Some(verdict) => {
                    let matches = verdict.is_ok();
                    let _ = self.verdict.0.set(verdict);
                    if matches { next } else { Poll::Ready(Some(Err("the body does not match its digest".into()))) }
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
