//! [`Account`] by the AWS SDKs.

mod clock;
mod iam;
mod kms;
mod refusal;
mod s3;

use std::sync::Arc;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use diagnosis::facts::{
    CorsRule, Encryption, Grants, KeyStatus, KmsKey, Looked, ObjectFacts, Permission, PublicAccessBlock,
};
use diagnosis::policy::Policy;
use jiff::Timestamp;

use crate::Account;

/// The time, to compare AWS's with.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// AWS, or what answers in its place at the configured endpoints.
pub struct AwsAccount {
    config: SdkConfig,
    /// Whether buckets stand in the path, as other servers want it.
    path_style: bool,
    clock: Clock,
}

impl AwsAccount {
    #[must_use]
    pub fn new(config: SdkConfig, path_style: bool, clock: Clock) -> Self {
        Self { config, path_style, clock }
    }

    /// With the credentials of the environment or profile, as any AWS tool finds them. Someone waits: few attempts, short ones.
    pub async fn of_environment(region: &str, path_style: bool, clock: Clock) -> Self {
        let timeouts = TimeoutConfig::builder().operation_timeout(Duration::from_secs(10)).build();
        let config = aws_config::defaults(BehaviorVersion::latest())
            .http_client(aws_connection::https())
            .region(aws_config::Region::new(region.to_owned()))
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(2))
            .load()
            .await;
        Self::new(config, path_style, clock)
    }
}

impl Account for AwsAccount {
    async fn caller(&self) -> Looked<String> {
        let sent = aws_sdk_sts::Client::new(&self.config).get_caller_identity().send().await;
        refusal::looked(sent, "sts:GetCallerIdentity", &[], |identity| identity.arn().map(str::to_owned))
    }

    async fn key_account(&self, access_key_id: &str) -> Looked<String> {
        let sent =
            aws_sdk_sts::Client::new(&self.config).get_access_key_info().access_key_id(access_key_id).send().await;
        refusal::looked(sent, "sts:GetAccessKeyInfo", &[], |info| info.account().map(str::to_owned))
    }

    async fn key_user(&self, access_key_id: &str) -> Looked<String> {
        iam::key_user(&self.config, access_key_id).await
    }

    async fn key_status(&self, user: &str, access_key_id: &str) -> Looked<KeyStatus> {
        iam::key_status(&self.config, user, access_key_id).await
    }

    async fn user_arn(&self, user: &str) -> Looked<String> {
        iam::user_arn(&self.config, user).await
    }

    async fn role_arn(&self, role: &str) -> Looked<String> {
        iam::role_arn(&self.config, role).await
    }

    async fn role_policies(&self, role: &str) -> Looked<Vec<String>> {
        iam::role_policies(&self.config, role).await
    }

    async fn role_policy(&self, role: &str, name: &str) -> Looked<Policy> {
        iam::role_policy(&self.config, role, name).await
    }

    async fn permission(&self, principal: &str, action: &str, resource: &str) -> Looked<Permission> {
        iam::permission(&self.config, principal, action, resource).await
    }

    async fn bucket_region(&self, bucket: &str) -> Looked<String> {
        s3::bucket_region(&self.s3(None), bucket).await
    }

    async fn object(&self, region: &str, bucket: &str, key: &str, version: Option<&str>) -> Looked<ObjectFacts> {
        s3::object(&self.s3(Some(region)), bucket, key, version).await
    }

    async fn bucket_policy(&self, region: &str, bucket: &str) -> Looked<Policy> {
        s3::bucket_policy(&self.s3(Some(region)), bucket).await
    }

    async fn public_access_block(&self, region: &str, bucket: &str) -> Looked<PublicAccessBlock> {
        s3::public_access_block(&self.s3(Some(region)), bucket).await
    }

    async fn bucket_encryption(&self, region: &str, bucket: &str) -> Looked<Encryption> {
        s3::bucket_encryption(&self.s3(Some(region)), bucket).await
    }

    async fn cors(&self, region: &str, bucket: &str) -> Looked<Vec<CorsRule>> {
        s3::cors(&self.s3(Some(region)), bucket).await
    }

    async fn kms_key(&self, region: &str, key: &str) -> Looked<KmsKey> {
        kms::key(&self.kms(region), key).await
    }

    async fn key_policy(&self, region: &str, key: &str) -> Looked<Policy> {
        kms::policy(&self.kms(region), key).await
    }

    async fn grants(&self, region: &str, key: &str) -> Looked<Grants> {
        kms::grants(&self.kms(region), key).await
    }

    async fn clock_skew(&self) -> Looked<i64> {
        clock::skew(&self.config, Arc::clone(&self.clock)).await
    }
}

impl AwsAccount {
    fn s3(&self, region: Option<&str>) -> aws_sdk_s3::Client {
        let mut config = aws_sdk_s3::config::Builder::from(&self.config).force_path_style(self.path_style);
        if let Some(region) = region {
            config = config.region(aws_sdk_s3::config::Region::new(region.to_owned()));
        }
        aws_sdk_s3::Client::from_conf(config.build())
    }

    fn kms(&self, region: &str) -> aws_sdk_kms::Client {
        let region = aws_sdk_kms::config::Region::new(region.to_owned());
        aws_sdk_kms::Client::from_conf(aws_sdk_kms::config::Builder::from(&self.config).region(region).build())
    }
}
