use diagnosis::facts::{
    CorsRule, Encryption, Grants, KeyStatus, KmsKey, Looked, ObjectFacts, Permission, PublicAccessBlock,
};
use diagnosis::policy::Policy;

/// What can be looked at in an account. No method changes anything.
pub trait Account {
    /// The ARN of who looks.
    fn caller(&self) -> impl Future<Output = Looked<String>> + Send;

    /// The account that an access key belongs to.
    fn key_account(&self, access_key_id: &str) -> impl Future<Output = Looked<String>> + Send;

    /// The user that an access key belongs to; nothing if it is a session's, or another account's.
    fn key_user(&self, access_key_id: &str) -> impl Future<Output = Looked<String>> + Send;

    fn key_status(&self, user: &str, access_key_id: &str) -> impl Future<Output = Looked<KeyStatus>> + Send;

    fn user_arn(&self, user: &str) -> impl Future<Output = Looked<String>> + Send;

    /// A role's ARN, with the path that its sessions' ARNs leave out.
    fn role_arn(&self, role: &str) -> impl Future<Output = Looked<String>> + Send;

    /// The names of a role's inline policies.
    fn role_policies(&self, role: &str) -> impl Future<Output = Looked<Vec<String>>> + Send;

    fn role_policy(&self, role: &str, name: &str) -> impl Future<Output = Looked<Policy>> + Send;

    fn bucket_region(&self, bucket: &str) -> impl Future<Output = Looked<String>> + Send;

    fn object(
        &self,
        region: &str,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> impl Future<Output = Looked<ObjectFacts>> + Send;

    /// Whether `principal` may do an action on a resource, as far as its own policies, boundary and organization go.
    fn permission(
        &self,
        principal: &str,
        action: &str,
        resource: &str,
    ) -> impl Future<Output = Looked<Permission>> + Send;

    fn bucket_policy(&self, region: &str, bucket: &str) -> impl Future<Output = Looked<Policy>> + Send;

    fn public_access_block(&self, region: &str, bucket: &str)
    -> impl Future<Output = Looked<PublicAccessBlock>> + Send;

    fn bucket_encryption(&self, region: &str, bucket: &str) -> impl Future<Output = Looked<Encryption>> + Send;

    fn cors(&self, region: &str, bucket: &str) -> impl Future<Output = Looked<Vec<CorsRule>>> + Send;

    /// `key` is an id, an ARN or an alias.
    fn kms_key(&self, region: &str, key: &str) -> impl Future<Output = Looked<KmsKey>> + Send;

    fn key_policy(&self, region: &str, key: &str) -> impl Future<Output = Looked<Policy>> + Send;

    fn grants(&self, region: &str, key: &str) -> impl Future<Output = Looked<Grants>> + Send;

    /// AWS's clock less ours, in seconds.
    fn clock_skew(&self) -> impl Future<Output = Looked<i64>> + Send;
}
