use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use diagnosis::facts::{CorsRule, Encryption, Looked, ObjectFacts, PublicAccessBlock};
use diagnosis::policy::Policy;

use super::refusal::{could_not, looked};

/// S3 tells a bucket's region to anyone, even as it refuses or redirects.
pub async fn bucket_region(client: &Client, bucket: &str) -> Looked<String> {
    match client.head_bucket().bucket(bucket).send().await {
        Ok(answer) => {
            let configured = || client.config().region().map(ToString::to_string);
            answer.bucket_region().map(str::to_owned).or_else(configured).map_or(Looked::Nothing, Looked::Found)
        }
        Err(error) => {
            let response = error.raw_response();
            let region = response.and_then(|response| response.headers().get("x-amz-bucket-region")).map(str::to_owned);
            let status = response.map(|response| response.status().as_u16());
            // What stands between may have pages of its own for what it does not find.
            let of_s3 = response.is_some_and(|response| response.headers().get("x-amz-request-id").is_some());
            match (region, status) {
                (_, Some(404)) if of_s3 => Looked::Nothing,
                (Some(region), _) => Looked::Found(region),
                _ => could_not(&error, "s3:ListBucket (HeadBucket)"),
            }
        }
    }
}

pub async fn object(client: &Client, bucket: &str, key: &str, version: Option<&str>) -> Looked<ObjectFacts> {
    let head = client.head_object().bucket(bucket).key(key).set_version_id(version.map(str::to_owned));
    match head.send().await {
        Ok(object) => {
            let encryption = object.server_side_encryption().map(|algorithm| Encryption {
                algorithm: algorithm.to_string(),
                kms_key: object.ssekms_key_id().map(str::to_owned),
            });
            let storage_class = object.storage_class().map(ToString::to_string);
            let encryption = encryption.map_or(Looked::Nothing, Looked::Found);
            Looked::Found(ObjectFacts {
                encryption,
                storage_class,
                restore: object.restore().map(str::to_owned),
                archive_status: object.archive_status().map(ToString::to_string),
                only_listed: false,
            })
        }
        Err(error) if is_not_found(&error) => Looked::Nothing,
        Err(error) => match could_not(&error, "s3:GetObject (HeadObject)") {
            Looked::CouldNot(reason) if version.is_none() => listed(client, bucket, key, reason).await,
            unseen => unseen,
        },
    }
}

/// Whoever may not read objects may be allowed to list them, and sees at least whether there is one.
async fn listed(client: &Client, bucket: &str, key: &str, reason: String) -> Looked<ObjectFacts> {
    match client.list_objects_v2().bucket(bucket).prefix(key).max_keys(1).send().await {
        // The first that begins so is the very one, if it is there: nothing sorts before its own beginning.
        Ok(answer) => match answer.contents().first().filter(|object| object.key() == Some(key)) {
            Some(object) => Looked::Found(ObjectFacts {
                encryption: Looked::CouldNot(reason),
                storage_class: object.storage_class().map(ToString::to_string),
                only_listed: true,
                ..ObjectFacts::default()
            }),
            None => Looked::Nothing,
        },
        Err(_) => Looked::CouldNot(reason),
    }
}

/// HEAD has no body that could name a code.
fn is_not_found<E>(error: &SdkError<E>) -> bool {
    error.raw_response().is_some_and(|response| response.status().as_u16() == 404)
}

pub async fn bucket_policy(client: &Client, bucket: &str) -> Looked<Policy> {
    let sent = client.get_bucket_policy().bucket(bucket).send().await;
    let text = looked(sent, "s3:GetBucketPolicy", &["NoSuchBucketPolicy"], |policy| policy.policy().map(str::to_owned));
    read_policy(text)
}

/// A policy that cannot be read is not one that allows.
pub fn read_policy(text: Looked<String>) -> Looked<Policy> {
    match text {
        Looked::Found(text) => match Policy::read(&text) {
            Ok(policy) => Looked::Found(policy),
            Err(error) => Looked::CouldNot(error.to_string()),
        },
        Looked::Nothing => Looked::Nothing,
        Looked::CouldNot(reason) => Looked::CouldNot(reason),
        Looked::NotAsked => Looked::NotAsked,
    }
}

pub async fn public_access_block(client: &Client, bucket: &str) -> Looked<PublicAccessBlock> {
    let sent = client.get_public_access_block().bucket(bucket).send().await;
    looked(sent, "s3:GetBucketPublicAccessBlock", &["NoSuchPublicAccessBlockConfiguration"], |answer| {
        let block = answer.public_access_block_configuration()?;
        Some(PublicAccessBlock { restricts_public_buckets: block.restrict_public_buckets().unwrap_or_default() })
    })
}

pub async fn bucket_encryption(client: &Client, bucket: &str) -> Looked<Encryption> {
    let sent = client.get_bucket_encryption().bucket(bucket).send().await;
    looked(sent, "s3:GetEncryptionConfiguration", &["ServerSideEncryptionConfigurationNotFoundError"], |answer| {
        let rule = answer.server_side_encryption_configuration()?.rules().first()?;
        let default = rule.apply_server_side_encryption_by_default()?;
        Some(Encryption {
            algorithm: default.sse_algorithm().to_string(),
            kms_key: default.kms_master_key_id().map(str::to_owned),
        })
    })
}

pub async fn cors(client: &Client, bucket: &str) -> Looked<Vec<CorsRule>> {
    let sent = client.get_bucket_cors().bucket(bucket).send().await;
    looked(sent, "s3:GetBucketCORS", &["NoSuchCORSConfiguration"], |answer| {
        let rules = answer.cors_rules().iter().map(|rule| CorsRule {
            origins: rule.allowed_origins().to_vec(),
            methods: rule.allowed_methods().to_vec(),
            headers: rule.allowed_headers().to_vec(),
            exposes: rule.expose_headers().to_vec(),
        });
        Some(rules.collect())
    })
}
