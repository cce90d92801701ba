use serde::{Deserialize, Deserializer};

use crate::encryption::{AskedEncryption, EncryptionError, ServerSideEncryption};
use crate::names::{KmsKeyArn, Region};
use crate::request::Header;

/// How the bucket's objects are encrypted, and so what an upload must say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(tag = "serverSideEncryption", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Encryption {
    /// The profile says nothing: uploads say what their request does, but sessions may use no KMS key.
    #[default]
    #[serde(skip)]
    Unstated,
    /// Uploads say what their request does, and sessions may use any key of the bucket's region that their role may.
    #[serde(rename = "asRequested", deserialize_with = "nothing_more")]
    AsRequested,
    /// Uploads say nothing, and S3 applies the bucket's default. Where that default is a KMS key, naming it lets sessions
    /// use it, and lets changes of the key invalidate URLs.
    #[serde(rename = "bucketDefault", deserialize_with = "nothing_more")]
    BucketDefault,
    #[serde(rename = "bucketDefaultKms")]
    BucketDefaultKms { ssekms_key_id: KmsKeyArn },
    /// Uploads are signed with `x-amz-server-side-encryption: AES256`.
    #[serde(rename = "AES256", deserialize_with = "nothing_more")]
    SseS3,
    /// Uploads are signed with the key's ARN.
    #[serde(rename = "aws:kms")]
    SseKms {
        ssekms_key_id: KmsKeyArn,
        /// Left out, the bucket's own setting decides, or the request.
        bucket_key_enabled: Option<bool>,
    },
    /// The same, encrypted twice.
    #[serde(rename = "aws:kms:dsse")]
    DsseKms { ssekms_key_id: KmsKeyArn },
}

/// What has no fields of its own has none at all: beside the tag of such a variant serde alone would pass over everything, a key as
/// well that somebody believes to be used.
fn nothing_more<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct NothingMore {}
    NothingMore::deserialize(deserializer).map(|NothingMore {}| ())
}

impl Encryption {
    /// The KMS key that encrypts the objects, where one is known to.
    #[must_use]
    pub fn kms_key(&self) -> Option<&KmsKeyArn> {
        match self {
            Self::Unstated | Self::AsRequested | Self::BucketDefault | Self::SseS3 => None,
            Self::BucketDefaultKms { ssekms_key_id }
            | Self::SseKms { ssekms_key_id, .. }
            | Self::DsseKms { ssekms_key_id } => Some(ssekms_key_id),
        }
    }

    /// The keys that sessions may use, as the resource of a policy; none where they may use none.
    #[must_use]
    pub fn kms_resource(&self, partition: &str, region: &Region) -> Option<String> {
        match self {
            Self::AsRequested => Some(format!("arn:{partition}:kms:{region}:*:key/*")),
            _ => self.kms_key().map(ToString::to_string),
        }
    }

    /// The headers that an upload into a bucket of `region` is signed with, names in lower case: what the profile says, and
    /// what the request adds to it.
    ///
    /// # Errors
    /// When the request contradicts the profile, or what S3 accepts.
    pub fn upload_headers(&self, asked: &AskedEncryption, region: &Region) -> Result<Vec<Header>, EncryptionError> {
        if let Some(key) = asked.ssekms_key_id.as_ref().filter(|key| key.region() != region.as_str()) {
            return Err(EncryptionError::KeyRegion { key: key.region().to_owned(), bucket: region.clone() });
        }
        match self {
            Self::Unstated => match asked.server_side_encryption {
                Some(kms @ (ServerSideEncryption::SseKms | ServerSideEncryption::DsseKms)) => {
                    Err(EncryptionError::NoKey(kms))
                }
                Some(ServerSideEncryption::SseS3) | None => asked.headers(),
            },
            Self::AsRequested => asked.headers(),
            Self::BucketDefault | Self::BucketDefaultKms { .. } => match asked.first_field() {
                None => Ok(vec![]),
                Some(field) => {
                    let profile = "that uploads leave it to the bucket's default".to_owned();
                    Err(EncryptionError::Contradiction { field, profile })
                }
            },
            Self::SseS3 => self.agreed(asked, ServerSideEncryption::SseS3, None)?.headers(),
            Self::SseKms { bucket_key_enabled, .. } => {
                self.agreed(asked, ServerSideEncryption::SseKms, *bucket_key_enabled)?.headers()
            }
            Self::DsseKms { .. } => self.agreed(asked, ServerSideEncryption::DsseKms, None)?.headers(),
        }
    }

    /// What the profile and the request say together.
    fn agreed(
        &self,
        asked: &AskedEncryption,
        algorithm: ServerSideEncryption,
        bucket_key_enabled: Option<bool>,
    ) -> Result<AskedEncryption, EncryptionError> {
        if let Some(key) = self.kms_key().filter(|key| asked.ssekms_key_id.as_ref().is_some_and(|asked| asked != *key))
        {
            return Err(contradiction("ssekmsKeyId", key));
        }
        if asked.server_side_encryption.is_some_and(|asked| asked != algorithm) {
            return Err(contradiction("serverSideEncryption", &algorithm.as_str()));
        }
        match (bucket_key_enabled, asked.bucket_key_enabled) {
            (Some(profile), Some(asked)) if profile != asked => Err(contradiction("bucketKeyEnabled", &profile)),
            (profile, request) => Ok(AskedEncryption {
                server_side_encryption: Some(algorithm),
                ssekms_key_id: self.kms_key().or(asked.ssekms_key_id.as_ref()).cloned(),
                ssekms_encryption_context: asked.ssekms_encryption_context.clone(),
                bucket_key_enabled: profile.or(request),
            }),
        }
    }
}

fn contradiction(field: &'static str, profile: &impl ToString) -> EncryptionError {
    EncryptionError::Contradiction { field, profile: format!("`{}`", profile.to_string()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "arn:aws:kms:eu-central-1:123456789012:key/k1";
    const OTHER_KEY: &str = "arn:aws:kms:eu-central-1:123456789012:key/k2";

    fn asked(algorithm: Option<ServerSideEncryption>, key: Option<&str>, bucket_key: Option<bool>) -> AskedEncryption {
        AskedEncryption {
            server_side_encryption: algorithm,
            ssekms_key_id: key.map(|key| key.parse().unwrap()),
            ssekms_encryption_context: None,
            bucket_key_enabled: bucket_key,
        }
    }

    fn headers(profile: &Encryption, asked: &AskedEncryption) -> Result<String, EncryptionError> {
        let headers = profile.upload_headers(asked, &"eu-central-1".parse().unwrap())?;
        let short = |name: &str| name.replace("x-amz-server-side-encryption", "");
        Ok(headers.iter().map(|(name, value)| format!("{}={value}", short(name))).collect::<Vec<_>>().join(" "))
    }

    fn kms(bucket_key_enabled: Option<bool>) -> Encryption {
        Encryption::SseKms { ssekms_key_id: KEY.parse().unwrap(), bucket_key_enabled }
    }

    use ServerSideEncryption::{DsseKms, SseKms, SseS3};

    #[test]
    fn a_profile_has_no_fields_that_its_encryption_does_not_know() {
        let read = |text: &str| serde_json::from_str::<Encryption>(text);
        let key = format!(r#""ssekmsKeyId": "{KEY}""#);
        for (word, has_key) in [
            ("asRequested", false),
            ("bucketDefault", false),
            ("AES256", false),
            ("bucketDefaultKms", true),
            ("aws:kms", true),
            ("aws:kms:dsse", true),
        ] {
            let tag = format!(r#""serverSideEncryption": "{word}""#);
            assert_eq!(read(&format!("{{{tag}}}")).is_ok(), !has_key, "{word}");
            assert_eq!(read(&format!("{{{tag}, {key}}}")).is_ok(), has_key, "{word}");
            let error = read(&format!(r#"{{{tag}, {key}, "surprise": 1}}"#)).unwrap_err().to_string();
            assert!(error.contains(if has_key { "`surprise`" } else { "`ssekmsKeyId`" }), "{word}: {error}");
        }
    }

    #[test]
    fn a_profile_speaks_by_itself_and_agrees_with_a_request_that_repeats_it() {
        let said = format!("=aws:kms -aws-kms-key-id={KEY} -bucket-key-enabled=true");
        for same in [asked(None, None, None), asked(Some(SseKms), Some(KEY), Some(true)), asked(None, Some(KEY), None)]
        {
            assert_eq!(headers(&kms(Some(true)), &same).unwrap(), said);
        }
        let dsse = Encryption::DsseKms { ssekms_key_id: KEY.parse().unwrap() };
        let said = format!("=aws:kms:dsse -aws-kms-key-id={KEY}");
        assert_eq!(headers(&dsse, &asked(None, None, None)).unwrap(), said);
        assert_eq!(headers(&Encryption::SseS3, &asked(Some(SseS3), None, None)).unwrap(), "=AES256");
        assert_eq!(headers(&Encryption::BucketDefault, &asked(None, None, None)).unwrap(), "");
    }

    #[test]
    fn what_a_profile_leaves_open_its_request_may_say() {
        let dsse = format!("=aws:kms:dsse -aws-kms-key-id={KEY}");
        let no_bucket_key = format!("=aws:kms -aws-kms-key-id={KEY} -bucket-key-enabled=false");
        for (profile, asked, said) in [
            (kms(None), asked(None, None, Some(false)), no_bucket_key.as_str()),
            (Encryption::AsRequested, asked(Some(SseKms), None, None), "=aws:kms"),
            (Encryption::AsRequested, asked(Some(DsseKms), Some(KEY), None), &dsse),
            (Encryption::Unstated, asked(Some(SseS3), None, None), "=AES256"),
        ] {
            assert_eq!(headers(&profile, &asked).unwrap(), said);
        }
    }

    #[test]
    fn a_request_that_contradicts_its_profile_is_refused() {
        let bucket_default = Encryption::BucketDefaultKms { ssekms_key_id: KEY.parse().unwrap() };
        for (profile, asked, field) in [
            (kms(None), asked(Some(SseS3), None, None), "serverSideEncryption"),
            (kms(None), asked(Some(DsseKms), None, None), "serverSideEncryption"),
            (kms(None), asked(None, Some(OTHER_KEY), None), "ssekmsKeyId"),
            (kms(Some(true)), asked(None, None, Some(false)), "bucketKeyEnabled"),
            (Encryption::SseS3, asked(Some(SseKms), Some(KEY), None), "serverSideEncryption"),
            (Encryption::BucketDefault, asked(Some(SseS3), None, None), "serverSideEncryption"),
            (bucket_default, asked(Some(SseKms), Some(KEY), None), "serverSideEncryption"),
        ] {
            let error = headers(&profile, &asked).unwrap_err();
            assert!(matches!(error, EncryptionError::Contradiction { .. }), "{error}");
            assert_eq!(error.field(), field, "{error}");
        }
        let no_key = headers(&Encryption::Unstated, &asked(Some(SseKms), Some(KEY), None)).unwrap_err();
        assert_eq!(no_key, EncryptionError::NoKey(SseKms));
    }

    #[test]
    fn parts_that_do_not_go_together_are_refused() {
        for (asked, field) in [
            (asked(None, Some(KEY), None), "ssekmsKeyId"),
            (asked(Some(SseS3), Some(KEY), None), "ssekmsKeyId"),
            (asked(Some(SseS3), None, Some(true)), "bucketKeyEnabled"),
            (asked(Some(DsseKms), Some(KEY), Some(true)), "bucketKeyEnabled"),
        ] {
            let error = headers(&Encryption::AsRequested, &asked).unwrap_err();
            assert!(matches!(error, EncryptionError::NotWith { .. }), "{error}");
            assert_eq!(error.field(), field);
        }
    }

    #[test]
    fn a_key_of_another_region_is_refused_whatever_the_profile_says() {
        let elsewhere = asked(Some(SseKms), Some("arn:aws:kms:us-east-1:123456789012:key/k1"), None);
        for profile in [kms(None), Encryption::AsRequested, Encryption::Unstated, Encryption::BucketDefault] {
            assert!(matches!(headers(&profile, &elsewhere), Err(EncryptionError::KeyRegion { .. })));
        }
    }
}
