//! How a bucket is set up: as AWS sets up a new one. It cannot be changed here.

use s3s::dto::{
    GetBucketEncryptionInput, GetBucketEncryptionOutput, GetBucketPolicyInput, GetBucketPolicyOutput,
    GetPublicAccessBlockInput, GetPublicAccessBlockOutput, PublicAccessBlockConfiguration, ServerSideEncryption,
    ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
};
use s3s::{S3Request, S3Result, s3_error};

use super::Store;

impl Store {
    pub(super) fn policy(&self, asked: S3Request<GetBucketPolicyInput>) -> S3Result<GetBucketPolicyOutput> {
        let GetBucketPolicyInput { bucket, .. } = asked.input;
        self.require_bucket(&bucket)?;
        Err(s3_error!(NoSuchBucketPolicy, "The bucket policy does not exist"))
    }

    pub(super) fn public_access_block(
        &self,
        asked: S3Request<GetPublicAccessBlockInput>,
    ) -> S3Result<GetPublicAccessBlockOutput> {
        let GetPublicAccessBlockInput { bucket, .. } = asked.input;
        self.require_bucket(&bucket)?;
        let blocked = PublicAccessBlockConfiguration {
            block_public_acls: Some(true),
            block_public_policy: Some(true),
            ignore_public_acls: Some(true),
            restrict_public_buckets: Some(true),
        };
        Ok(GetPublicAccessBlockOutput { public_access_block_configuration: Some(blocked) })
    }

    pub(super) fn encryption(&self, asked: S3Request<GetBucketEncryptionInput>) -> S3Result<GetBucketEncryptionOutput> {
        let GetBucketEncryptionInput { bucket, .. } = asked.input;
        self.require_bucket(&bucket)?;
        let by_s3 = ServerSideEncryptionByDefault {
            kms_master_key_id: None,
            sse_algorithm: ServerSideEncryption::from_static(ServerSideEncryption::AES256),
        };
        let rule = ServerSideEncryptionRule {
            apply_server_side_encryption_by_default: Some(by_s3),
            bucket_key_enabled: Some(false),
        };
        let configuration = ServerSideEncryptionConfiguration { rules: vec![rule] };
        Ok(GetBucketEncryptionOutput { server_side_encryption_configuration: Some(configuration) })
    }
}
