use std::time::Duration;

use diagnosis::facts::{
    CorsRule, Encryption, Grants, KeyStatus, KmsKey, Looked, ObjectFacts, Permission, PublicAccessBlock,
};
use diagnosis::policy::Policy;
use tokio::time::{Instant, timeout_at};

use crate::Account;

/// An [`Account`] with an end to all waiting: what was seen by then stays, and the rest could not be seen.
pub struct Patient<A> {
    account: A,
    patience: Duration,
    end: Instant,
}

impl<A> Patient<A> {
    /// `patience` is for all looks together, and begins now.
    #[must_use]
    pub fn new(account: A, patience: Duration) -> Self {
        Self { account, patience, end: Instant::now() + patience }
    }

    async fn wait<T>(&self, look: impl Future<Output = Looked<T>> + Send) -> Looked<T> {
        let looked = timeout_at(self.end, look).await;
        looked.unwrap_or_else(|_| {
            Looked::CouldNot(format!("AWS took longer than {} s to answer", self.patience.as_secs()))
        })
    }
}

impl<A: Account + Sync> Account for Patient<A> {
    async fn caller(&self) -> Looked<String> {
        self.wait(self.account.caller()).await
    }

    async fn key_account(&self, access_key_id: &str) -> Looked<String> {
        self.wait(self.account.key_account(access_key_id)).await
    }

    async fn key_user(&self, access_key_id: &str) -> Looked<String> {
        self.wait(self.account.key_user(access_key_id)).await
    }

    async fn key_status(&self, user: &str, access_key_id: &str) -> Looked<KeyStatus> {
        self.wait(self.account.key_status(user, access_key_id)).await
    }

    async fn user_arn(&self, user: &str) -> Looked<String> {
        self.wait(self.account.user_arn(user)).await
    }

    async fn role_arn(&self, role: &str) -> Looked<String> {
        self.wait(self.account.role_arn(role)).await
    }

    async fn role_policies(&self, role: &str) -> Looked<Vec<String>> {
        self.wait(self.account.role_policies(role)).await
    }

    async fn role_policy(&self, role: &str, name: &str) -> Looked<Policy> {
        self.wait(self.account.role_policy(role, name)).await
    }

    async fn bucket_region(&self, bucket: &str) -> Looked<String> {
        self.wait(self.account.bucket_region(bucket)).await
    }

    async fn object(&self, region: &str, bucket: &str, key: &str, version: Option<&str>) -> Looked<ObjectFacts> {
        self.wait(self.account.object(region, bucket, key, version)).await
    }

    async fn permission(&self, principal: &str, action: &str, resource: &str) -> Looked<Permission> {
        self.wait(self.account.permission(principal, action, resource)).await
    }

    async fn bucket_policy(&self, region: &str, bucket: &str) -> Looked<Policy> {
        self.wait(self.account.bucket_policy(region, bucket)).await
    }

    async fn public_access_block(&self, region: &str, bucket: &str) -> Looked<PublicAccessBlock> {
        self.wait(self.account.public_access_block(region, bucket)).await
    }

    async fn bucket_encryption(&self, region: &str, bucket: &str) -> Looked<Encryption> {
        self.wait(self.account.bucket_encryption(region, bucket)).await
    }

    async fn cors(&self, region: &str, bucket: &str) -> Looked<Vec<CorsRule>> {
        self.wait(self.account.cors(region, bucket)).await
    }

    async fn kms_key(&self, region: &str, key: &str) -> Looked<KmsKey> {
        self.wait(self.account.kms_key(region, key)).await
    }

    async fn key_policy(&self, region: &str, key: &str) -> Looked<Policy> {
        self.wait(self.account.key_policy(region, key)).await
    }

    async fn grants(&self, region: &str, key: &str) -> Looked<Grants> {
        self.wait(self.account.grants(region, key)).await
    }

    async fn clock_skew(&self) -> Looked<i64> {
        self.wait(self.account.clock_skew()).await
    }
}
