use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Builder, Config, Region as SdkRegion};
use aws_sdk_s3::types::{PublicAccessBlockConfiguration, ServerSideEncryptionConfiguration};
use presign::names::{BucketName, Region};
use presign::reconcile::{Ceiling, Fingerprint, Part, Sight, signature_age_limit};
use serde_json::Value;

use crate::look::{Look, fingerprint, unless_absent};

pub async fn look(s3: &Client, bucket: &BucketName, region: &Region) -> Sight {
    let region = || Config::builder().region(SdkRegion::new(region.to_string()));
    let policy = policy(s3, bucket, region()).await;
    let ceiling = match &policy {
        Err(_) => Ceiling::Unseen,
        Ok(policy) => signature_age(policy.as_deref()),
    };
    let policy = policy.map(|policy| fingerprint(policy, |policy| Fingerprint::of_policy(&policy)));
    let parts = [
        (Part::BucketPolicy, policy),
        (Part::PublicAccessBlock, public_access_block(s3, bucket, region()).await),
        (Part::Encryption, encryption(s3, bucket, region()).await),
    ];
    Sight { parts: parts.into_iter().collect(), ceiling }
}

fn signature_age(policy: Option<&str>) -> Ceiling {
    let policy: Option<Value> = policy.and_then(|policy| serde_json::from_str(policy).ok());
    policy.and_then(|policy| signature_age_limit(&policy)).map_or(Ceiling::None, Ceiling::At)
}

async fn policy(s3: &Client, bucket: &BucketName, region: Builder) -> Look<Option<String>> {
    let call = s3.get_bucket_policy().bucket(bucket.as_str()).customize().config_override(region);
    let answer = unless_absent(call.send().await, &["NoSuchBucketPolicy", "NoSuchBucket"])?;
    Ok(answer.and_then(|answer| answer.policy))
}

async fn public_access_block(s3: &Client, bucket: &BucketName, region: Builder) -> Look<Fingerprint> {
    let call = s3.get_public_access_block().bucket(bucket.as_str()).customize().config_override(region);
    let answer = unless_absent(call.send().await, &["NoSuchPublicAccessBlockConfiguration", "NoSuchBucket"])?;
    let block = answer.and_then(|answer| answer.public_access_block_configuration);
    Ok(fingerprint(block, |block: PublicAccessBlockConfiguration| {
        let blocked = [
            block.block_public_acls,
            block.ignore_public_acls,
            block.block_public_policy,
            block.restrict_public_buckets,
        ];
        Fingerprint::of(blocked.map(|blocked| if blocked == Some(true) { "true" } else { "false" }))
    }))
}

async fn encryption(s3: &Client, bucket: &BucketName, region: Builder) -> Look<Fingerprint> {
    let call = s3.get_bucket_encryption().bucket(bucket.as_str()).customize().config_override(region);
    let absent = ["ServerSideEncryptionConfigurationNotFoundError", "NoSuchBucket"];
    let answer = unless_absent(call.send().await, &absent)?;
    let encryption = answer.and_then(|answer| answer.server_side_encryption_configuration);
    Ok(fingerprint(encryption, |encryption: ServerSideEncryptionConfiguration| {
        let rules = encryption.rules().iter().flat_map(|rule| {
            let default = rule.apply_server_side_encryption_by_default();
            [
                default.map_or("", |default| default.sse_algorithm().as_str()),
                default.and_then(|default| default.kms_master_key_id()).unwrap_or_default(),
                if rule.bucket_key_enabled() == Some(true) { "bucketKey" } else { "" },
            ]
        });
        Fingerprint::of(rules)
    }))
}
