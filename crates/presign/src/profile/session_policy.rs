use serde_json::json;

use super::{Encryption, KeyPrefix};
use crate::names::BucketName;
use crate::operation::{Operation, OperationClass};

/// The longest inline session policy that `AssumeRole` takes, in characters.
/// Source: AWS STS API reference, `AssumeRole`, `Policy`.
pub const LONGEST: usize = 2048;

/// The policy that confines a session to some operations under the prefixes of one bucket. It grants nothing by itself: what
/// a session may do is what both this and its role allow.
pub fn session_policy(
    partition: &str,
    bucket: &BucketName,
    prefixes: &[KeyPrefix],
    encryption: &Encryption,
    class: OperationClass,
    operations: impl Iterator<Item = Operation>,
) -> String {
    let mut actions: Vec<&str> = operations.flat_map(Operation::iam_actions).copied().collect();
    actions.sort_unstable();
    actions.dedup();
    let resources: Vec<String> =
        prefixes.iter().map(|prefix| format!("arn:{partition}:s3:::{bucket}/{}*", prefix.escaped_for_iam())).collect();
    let mut statements = vec![json!({"Effect": "Allow", "Action": actions, "Resource": resources})];
    if let Some(key) = encryption.kms_key() {
        // S3 asks KMS in the name of the signer. A multipart upload decrypts what its parts were encrypted with.
        let kms: &[&str] = match class {
            OperationClass::Read => &["kms:Decrypt"],
            OperationClass::Write => &["kms:GenerateDataKey", "kms:Decrypt"],
        };
        statements.push(json!({"Effect": "Allow", "Action": kms, "Resource": key}));
    }
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}
