//! S3's side of a signature that does not match: the error document in which it tells what it saw.

use percent_encoding::percent_decode_str;
use presign::sigv4::{CanonicalHeader, CanonicalRequest, encode, fold_header_value, string_to_sign};
use sha2::{Digest, Sha256};

use crate::signer::parameter;

/// A request as S3 received it.
pub struct Received<'a> {
    pub method: &'a str,
    pub host: &'a str,
    /// `/PATH?QUERY`
    pub target: &'a str,
    pub headers: &'a [(&'a str, &'a str)],
}

impl Received<'_> {
    /// The document, with the elements that S3's has.
    /// Source of its form: <https://github.com/minio/minio/issues/2986>, which quotes one of AWS's.
    pub fn refused(&self) -> String {
        let canonical = self.canonical();
        let to_sign = string_to_sign(&self.decoded("X-Amz-Date"), &self.scope(), &Sha256::digest(&canonical).into());
        let bytes = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we \
             calculated does not match the signature you provided. Check your key and signing method.</Message>\
             <AWSAccessKeyId>{}</AWSAccessKeyId><StringToSign>{to_sign}</StringToSign><SignatureProvided>{}</SignatureProvided>\
             <StringToSignBytes>{}</StringToSignBytes><CanonicalRequest>{}</CanonicalRequest><CanonicalRequestBytes>{}\
             </CanonicalRequestBytes><RequestId>2609D9853CC1B751</RequestId><HostId>hidden=</HostId></Error>",
            self.decoded("X-Amz-Credential").split('/').next().unwrap_or_default(),
            parameter(self.target, "X-Amz-Signature"),
            bytes(&to_sign),
            canonical.replace('&', "&amp;"),
            bytes(&canonical),
        )
    }

    fn canonical(&self) -> String {
        let (path, query) = self.target.split_once('?').unwrap_or((self.target, ""));
        let pairs =
            query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let mut pairs: Vec<(String, String)> = pairs
            .filter(|(name, _)| *name != "X-Amz-Signature")
            .map(|(name, value)| (encoded(&decoded(name)), encoded(&decoded(value))))
            .collect();
        pairs.sort();
        let query = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
        let signed = self.decoded("X-Amz-SignedHeaders");
        let headers: Vec<CanonicalHeader<'_>> = signed
            .split(';')
            .map(|name| {
                let sent = self.headers.iter().find(|(other, _)| *other == name).map(|(_, value)| *value);
                (name, fold_header_value(if name == "host" { self.host } else { sent.unwrap_or_default() }))
            })
            .collect();
        let mut canonical_path = String::new();
        encode::push_path(&mut canonical_path, &percent_decode_str(path).decode_utf8_lossy());
        let hash = self.headers.iter().find(|(name, _)| *name == "x-amz-content-sha256").map(|(_, value)| *value);
        let payload = hash.unwrap_or("UNSIGNED-PAYLOAD");
        CanonicalRequest { method: self.method, path: &canonical_path, query: &query, headers: &headers, payload }
            .text()
    }

    fn decoded(&self, name: &str) -> String {
        decoded(parameter(self.target, name))
    }

    fn scope(&self) -> String {
        self.decoded("X-Amz-Credential").split_once('/').map(|(_, scope)| scope.to_owned()).unwrap_or_default()
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

fn encoded(text: &str) -> String {
    let mut out = String::new();
    encode::push_component(&mut out, text);
    out
}

/// The request as curl's `-v` tells it.
pub fn curl(method: &str, host: &str, target: &str, headers: &[(&str, &str)]) -> String {
    let mut text =
        format!("*   Trying 203.0.113.7:443...\n> {method} {target} HTTP/1.1\r\n> Host: {host}\r\n> Accept: */*\r\n");
    for (name, value) in headers {
        text.extend(["> ", name, ": ", value, "\r\n"]);
    }
    text.push_str(">\r\n* Request completely sent off\n");
    text
}
