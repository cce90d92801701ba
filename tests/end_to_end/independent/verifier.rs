//! Source: Amazon S3 API reference, "Authenticating Requests (AWS Signature Version 4)".

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};

/// A request as a server receives it.
pub struct Received<'a> {
    pub method: &'a str,
    /// As it stands on the request line.
    pub path: &'a str,
    pub query: &'a str,
    pub headers: Vec<(&'a str, &'a str)>,
}

/// What a signature is made with, and what it says of itself.
pub struct Scope<'a> {
    pub secret: &'a str,
    /// `YYYYMMDDTHHMMSSZ`
    pub stamp: &'a str,
    pub region: &'a str,
}

impl Received<'_> {
    /// "Task 1: Create a Canonical Request", for the headers in `signed`, which stand there as in the signature.
    pub fn canonical(&self, signed: &str, payload: &str) -> String {
        let mut headers: Vec<(String, String)> = self
            .headers
            .iter()
            .map(|(name, value)| (name.to_lowercase(), value.split_whitespace().collect::<Vec<_>>().join(" ")))
            .filter(|(name, _)| signed.split(';').any(|signed| signed == name))
            .collect();
        headers.sort();
        let headers: Vec<String> = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let path: Vec<u8> = percent_decode_str(self.path).collect();
        let mut query: Vec<(String, String)> = self
            .query
            .split('&')
            .filter(|pair| !pair.is_empty() && !pair.starts_with("X-Amz-Signature="))
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (encoded_again(name), encoded_again(value)))
            .collect();
        query.sort();
        let query: Vec<String> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (method, path) = (self.method, uri_encode(&path, false));
        let (query, headers) = (query.join("&"), headers.concat());
        format!("{method}\n{path}\n{query}\n{headers}\n{signed}\n{payload}")
    }
}

impl Scope<'_> {
    /// "Task 2: Create a String to Sign" and "Task 3: Calculate Signature".
    pub fn signature(&self, canonical: &str) -> String {
        let date = self.stamp.split('T').next().unwrap();
        let to_sign = format!(
            "AWS4-HMAC-SHA256\n{}\n{date}/{}/s3/aws4_request\n{}",
            self.stamp,
            self.region,
            hex::encode(Sha256::digest(canonical))
        );
        hex::encode(hmac(&self.signing_key(), &to_sign))
    }

    /// "Calculating a Signature" of "Browser-Based Uploads Using POST": what is signed is the policy, as it is encoded.
    pub fn signature_of_policy(&self, policy: &str) -> String {
        hex::encode(hmac(&self.signing_key(), policy))
    }

    fn signing_key(&self) -> Vec<u8> {
        let date = self.stamp.split('T').next().unwrap();
        let date_key = hmac(format!("AWS4{}", self.secret).as_bytes(), date);
        let date_region_key = hmac(&date_key, self.region);
        let date_region_service_key = hmac(&date_region_key, "s3");
        hmac(&date_region_service_key, "aws4_request")
    }
}

fn hmac(key: &[u8], message: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn encoded_again(text: &str) -> String {
    uri_encode(&percent_decode_str(text).collect::<Vec<u8>>(), true)
}

/// `UriEncode()`.
fn uri_encode(bytes: &[u8], encode_slash: bool) -> String {
    let mut encoded = String::new();
    for byte in bytes {
        match char::from(*byte) {
            c @ ('A'..='Z' | 'a'..='z' | '0'..='9' | '_' | '-' | '~' | '.') => encoded.push(c),
            '/' if !encode_slash => encoded.push('/'),
            _ => write!(encoded, "%{byte:02X}").unwrap(),
        }
    }
    encoded
}
