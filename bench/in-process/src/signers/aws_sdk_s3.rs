use anyhow::Result;
use aws_credential_types::Credentials;
use aws_sdk_s3::config::{BehaviorVersion, Region};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::{Client, Config};
use tokio::runtime::Runtime;

use super::Task;

/// The AWS SDK's presigner: one client, as its users keep one.
pub struct AwsSdkS3 {
    client: Client,
    runtime: Runtime,
}

impl AwsSdkS3 {
    pub fn new(task: &Task) -> Result<Self> {
        let token = Some(task.session_token.clone());
        let credentials = Credentials::new(task.access_key_id, task.secret_access_key, token, None, "bench");
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(task.region))
            .credentials_provider(credentials)
            .build();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { client: Client::from_conf(config), runtime })
    }

    pub fn url(&self, task: &Task) -> Result<String> {
        let presigning = PresigningConfig::builder().start_time(task.signed_at).expires_in(task.expires_in).build()?;
        let get = self.client.get_object().bucket(task.bucket).key(task.key);
        Ok(self.runtime.block_on(get.presigned(presigning))?.uri().to_owned())
    }
}
