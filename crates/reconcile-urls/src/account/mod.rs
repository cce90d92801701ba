//! What AWS tells of roles, buckets and keys.

mod bucket;
mod key;
mod role;

use aws_config::SdkConfig;
use presign::reconcile::{Observer, Sight, Subject};

/// The account that the clients' credentials belong to.
#[derive(Debug, Clone)]
pub struct Account {
    iam: aws_sdk_iam::Client,
    s3: aws_sdk_s3::Client,
    kms: aws_sdk_kms::Client,
}

impl Account {
    #[must_use]
    pub fn new(aws: &SdkConfig) -> Self {
        // Other servers than AWS's seldom have a name for each bucket.
        let s3 = aws_sdk_s3::config::Builder::from(aws).force_path_style(aws.endpoint_url().is_some()).build();
        Self {
            iam: aws_sdk_iam::Client::new(aws),
            s3: aws_sdk_s3::Client::from_conf(s3),
            kms: aws_sdk_kms::Client::new(aws),
        }
    }
}

impl Observer for Account {
    async fn look(&self, subject: &Subject) -> Sight {
        match subject {
            Subject::Permissions(role) => role::permissions(&self.iam, role).await,
            Subject::Sessions(role) => role::sessions(&self.iam, role).await,
            Subject::Bucket { bucket, region, .. } => bucket::look(&self.s3, bucket, region).await,
            Subject::Key(key) => key::look(&self.kms, key).await,
        }
    }
}
