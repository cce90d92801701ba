//! What AWS tells of roles, buckets and keys.

mod bucket;
mod key;
mod managed_policies;
mod role;

use std::sync::Arc;

use aws_config::SdkConfig;
use presign::reconcile::{Observer, Sight, Subject};

use self::managed_policies::ManagedPolicies;

/// The account that the clients' credentials belong to.
#[derive(Clone)]
pub struct Account {
    iam: aws_sdk_iam::Client,
    s3: aws_sdk_s3::Client,
    kms: aws_sdk_kms::Client,
    policies: Arc<ManagedPolicies>,
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
            policies: Arc::default(),
        }
    }
}

impl Observer for Account {
    fn afresh(&self) -> Self {
        Self { policies: Arc::default(), ..self.clone() }
    }

    async fn look(&self, subject: &Subject) -> Sight {
        match subject {
            Subject::Permissions(role) => role::permissions(&self.iam, &self.policies, role).await,
            Subject::Sessions(role) => role::sessions(&self.iam, role).await,
            Subject::Bucket { bucket, region, .. } => bucket::look(&self.s3, bucket, region).await,
            Subject::Key(key) => key::look(&self.kms, key).await,
        }
    }
}
