//! The same URL from each signer.

mod aws_sdk_s3;
mod aws_sigv4;
mod compare;
mod hashing;
mod ours;
mod reqsign;
mod rusty_s3;
mod same_url;

use std::time::{Duration, SystemTime};

pub use aws_sdk_s3::AwsSdkS3;
pub use compare::compare;
pub use same_url::prove_the_same;

/// What everyone signs: a `GET` of one object, by a session.
#[derive(Debug, Clone)]
pub struct Task {
    pub bucket: &'static str,
    pub key: &'static str,
    pub region: &'static str,
    pub access_key_id: &'static str,
    pub secret_access_key: &'static str,
    /// 1,000 characters, as long as STS makes them.
    pub session_token: String,
    pub signed_at: SystemTime,
    pub expires_in: Duration,
}

impl Task {
    /// With keys that never were, at a fixed time.
    pub fn get_with_token() -> Self {
        Self {
            bucket: "amzn-s3-demo-bucket",
            key: "reports/2026/q1/summary.pdf",
            region: "eu-central-1",
            access_key_id: "ASIAIOSFODNN7EXAMPLE",
            secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            session_token: token(1000),
            signed_at: SystemTime::UNIX_EPOCH + Duration::from_hours(493_786),
            expires_in: Duration::from_mins(15),
        }
    }

    pub fn host(&self) -> String {
        format!("{}.s3.{}.amazonaws.com", self.bucket, self.region)
    }
}

/// Base64 of no meaning: of 64 characters, `+` and `/` are to be encoded.
fn token(length: usize) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut state: usize = 8;
    let character = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(ALPHABET.get((state >> 33) % ALPHABET.len()).copied().unwrap_or(b'A'))
    };
    std::iter::repeat_with(character).take(length).collect()
}
