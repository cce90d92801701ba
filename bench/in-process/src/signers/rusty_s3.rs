use anyhow::Result;
use jiff::Timestamp;
use rusty_s3::actions::GetObject;
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};

use super::Task;

pub struct RustyS3 {
    bucket: Bucket,
    credentials: Credentials,
}

impl RustyS3 {
    pub fn new(task: &Task) -> Result<Self> {
        let endpoint = format!("https://s3.{}.amazonaws.com", task.region).parse()?;
        let bucket = Bucket::new(endpoint, UrlStyle::VirtualHost, task.bucket, task.region)?;
        let token = task.session_token.as_str();
        let credentials = Credentials::new_with_token(task.access_key_id, task.secret_access_key, token);
        Ok(Self { bucket, credentials })
    }

    pub fn url(&self, task: &Task) -> Result<String> {
        let at = Timestamp::try_from(task.signed_at)?;
        let get = GetObject::new(&self.bucket, Some(&self.credentials), task.key);
        Ok(get.sign_with_time(task.expires_in, &at).into())
    }
}
