use anyhow::Result;
use presign::credentials::Credentials;
use presign::lifetime::ExpiresIn;
use presign::names::{BucketName, ObjectKey, Region};
use presign::presigned_url::PresignedUrl;
use presign::profile::{AddressingStyle, S3Endpoint};
use presign::sigv4::{AmzDate, RequestToSign, SigningKeys, presign};

use super::Task;

/// Our signer, as the issuer uses it: credentials once, and for each URL its address, date, key and signature.
pub struct Ours {
    keys: SigningKeys,
    endpoint: S3Endpoint,
    region: Region,
    bucket: BucketName,
    key: ObjectKey,
    expires_in: ExpiresIn,
}

impl Ours {
    pub fn new(task: &Task) -> Result<Self> {
        let region: Region = task.region.parse()?;
        let credentials = Credentials::temporary(task.access_key_id, task.secret_access_key, &task.session_token);
        Ok(Self {
            keys: SigningKeys::of(credentials),
            endpoint: S3Endpoint::regional(&region),
            region,
            bucket: task.bucket.parse()?,
            key: task.key.parse()?,
            expires_in: ExpiresIn::from_seconds(task.expires_in.as_secs())?,
        })
    }

    /// With these query parameters besides the signature's own.
    pub fn url(&self, task: &Task, query: &[(&str, &str)]) -> Result<PresignedUrl> {
        let date = AmzDate::at(task.signed_at)?;
        let address = self.endpoint.address(AddressingStyle::VirtualHost, &self.bucket, &self.key);
        let request = RequestToSign {
            scheme: address.scheme,
            method: "GET",
            host: &address.host,
            path: &address.path,
            query,
            headers: &[],
        };
        let key = self.keys.key(&date, &self.region);
        Ok(presign(&request, &key, &date, self.expires_in))
    }
}
