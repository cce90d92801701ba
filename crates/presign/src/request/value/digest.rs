#[cfg(feature = "schema")]
use std::borrow::Cow;
use std::str::FromStr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
#[cfg(feature = "schema")]
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

/// A digest of an upload's bytes, in base64, as its header has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Digest<const BYTES: usize>(String);

/// CRC32 and CRC32C.
pub type Crc32 = Digest<4>;
pub type Crc64Nvme = Digest<8>;
pub type Md5 = Digest<16>;
pub type Sha1 = Digest<20>;
pub type Sha256 = Digest<32>;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not the base64 of the {bytes} bytes that this digest has")]
pub struct DigestError {
    text: String,
    bytes: usize,
}

impl<const BYTES: usize> FromStr for Digest<BYTES> {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        match BASE64_STANDARD.decode(text) {
            Ok(digest) if digest.len() == BYTES => Ok(Self(text.to_owned())),
            _ => Err(DigestError { text: text.to_owned(), bytes: BYTES }),
        }
    }
}

impl<const BYTES: usize> TryFrom<String> for Digest<BYTES> {
    type Error = DigestError;

    fn try_from(text: String) -> Result<Self, DigestError> {
        text.parse()
    }
}

impl<const BYTES: usize> From<Digest<BYTES>> for String {
    fn from(digest: Digest<BYTES>) -> Self {
        digest.0
    }
}

#[cfg(feature = "schema")]
impl<const BYTES: usize> schemars::JsonSchema for Digest<BYTES> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Base64Of{BYTES}Bytes").into()
    }

    /// The last character before the padding has bits that stand for nothing, and are zero.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let last = match BYTES % 3 {
            1 => "[A-Za-z0-9+/][AQgw]==",
            2 => "[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=",
            _ => "",
        };
        let pattern = format!("^[A-Za-z0-9+/]{{{}}}{last}$", BYTES / 3 * 4);
        json_schema!({"type": "string", "contentEncoding": "base64", "pattern": pattern})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_base64_of_its_own_length() {
        assert!("1B2M2Y8AsgTpgAmY7PhCfg==".parse::<Md5>().is_ok());
        for text in [
            "d41d8cd98f00b204e9800998ecf8427e",
            "1B2M2Y8AsgTpgAmY7PhCfg",
            "1B2M2Y8AsgTpgAmY7PhCfh==",
            "1B2M2Y8AsgTpgAmY7PhCfg==\r\n",
            " 1B2M2Y8AsgTpgAmY7PhCfg==",
            "1B2M2Y8AsgTpgAmY7PhC_g==",
            "",
            "AAAAAA==",
        ] {
            assert!(text.parse::<Md5>().is_err(), "{text:?}");
        }
        assert!("AAAAAA==".parse::<Crc32>().is_ok());
        assert!("AAAAAAAAAAA=".parse::<Crc64Nvme>().is_ok());
        assert!("2jmj7l5rSw0yVb/vlWAYkK/YBwk=".parse::<Sha1>().is_ok());
        assert!("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".parse::<Sha256>().is_ok());
    }
}
