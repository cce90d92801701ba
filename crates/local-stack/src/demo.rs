//! What the stack begins with: a bucket with one object, and a role that signs for it.

use local_aws::{LocalAws, SeedError};
use serde_json::json;

use crate::Options;
use crate::auth::Auth;

pub const REGION: &str = "us-east-1";
pub const ACCOUNT_ID: &str = "123456789012";
/// The local administrator's key: good on this machine only.
pub const ACCESS_KEY_ID: &str = "AKIALOCALADMINISTRAT";
pub const SECRET_ACCESS_KEY: &str = "local-administrators-secret-access-key-0";
pub const TABLE: &str = "presigned-urls";
pub const BUCKET: &str = "demo";
pub const OBJECT_KEY: &str = "hello.txt";
/// The role that signs for the bucket, and its inline policy.
pub const ROLE: &str = "presign-demo-signer";
pub const POLICY: &str = "demo";

const OBJECT: &str = "Hello from a presigned URL.\n";

/// Makes what is not there yet; what a former run left stays as it is.
pub async fn seed(aws: &LocalAws) -> Result<(), SeedError> {
    aws.create_bucket(BUCKET).await?;
    aws.put_object(BUCKET, OBJECT_KEY, OBJECT).await?;
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT_ID}:root")},
            "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        }],
    });
    aws.create_role(ROLE, &trust.to_string(), &[(POLICY, &policy())])
}

/// The stack's one caller may do everything: whoever reaches the stack is it.
const ONE_CALLER: &str = r#"@id("local") permit (principal == Presign::Caller::"local", action, resource);"#;

/// Where callers have names, what is deployed by default holds.
pub fn policies(auth: Auth) -> &'static str {
    match auth {
        Auth::None => ONE_CALLER,
        Auth::Jwt => include_str!("../../../infra/settings/policies.cedar"),
    }
}

/// What the role may do at first.
pub fn policy() -> String {
    let actions = [
        "s3:GetObject",
        "s3:GetObjectTagging",
        "s3:GetObjectVersion",
        "s3:GetObjectVersionTagging",
        "s3:PutObject",
        "s3:PutObjectLegalHold",
        "s3:PutObjectRetention",
        "s3:PutObjectTagging",
        "s3:AbortMultipartUpload",
        "s3:ListMultipartUploadParts",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
    ];
    json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": actions, "Resource": format!("arn:aws:s3:::{BUCKET}/*")}],
    })
    .to_string()
}

/// The settings file of the stack, in the format of a deployed one.
pub fn settings(options: &Options, endpoint: &str) -> String {
    format!(
        r#"# Written by the local stack at each start.
[cache]
holdSeconds = {hold}
stalenessMilliseconds = {staleness}
# A machine that has other work is slower than DynamoDB.
timeoutMilliseconds = 1000

[[buckets]]
bucket = "{BUCKET}"
region = "{REGION}"
endpoint = "{endpoint}"
signingRole = "arn:aws:iam::{ACCOUNT_ID}:role/{ROLE}"
sessionDuration = {session}
clockSkew = 1
operations = [
  "getObject",
  "headObject",
  "putObject",
  "copyObject",
  "deleteObject",
  "postObject",
  "multipartUpload",
]
prefixes = [""]
encryption = {{ serverSideEncryption = "asRequested" }}
sessionTag = "{tag}"
"#,
        hold = options.hold_seconds,
        staleness = options.staleness_milliseconds,
        session = options.session_seconds,
        tag = options.session_tag.as_deref().unwrap_or_default(),
    )
}
