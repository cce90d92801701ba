use jiff::Timestamp;

use crate::case::Case;
use crate::facts::Facts;
use crate::policy::Context;
use crate::url::{Endpoint, Signing};

/// The condition keys that S3 makes of a request's headers, and that only a signed or sent header can have.
const HEADER_KEYS: [&str; 9] = [
    "x-amz-acl",
    "x-amz-copy-source",
    "x-amz-object-ownership",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
    "if-none-match",
];

/// What a bucket policy sees of the URL's request, as far as it is known.
pub(super) fn of(case: &Case, facts: &Facts) -> Option<Context> {
    let url = case.url();
    let bucket = url.place().bucket.as_deref()?;
    let partition = partition(url.v4().and_then(|v4| v4.region()).unwrap_or_default());
    let bucket_arn = format!("arn:{partition}:s3:::{bucket}");
    let key = url.place().key.as_str();
    let resource = if key.is_empty() { bucket_arn } else { format!("{bucket_arn}/{key}") };
    let mut context = Context::new(action(case), resource, principals(facts));
    context.state("aws:SecureTransport", url.is_tls().to_string());
    context.state("aws:PrincipalIsAWSService", "false");
    context.state("aws:ViaAWSService", "false");
    context.state_absent("aws:CalledVia");
    signature(case, &mut context);
    origin(case, facts, &mut context);
    headers(case, &mut context);
    principal(case, facts, &mut context);
    Some(context)
}

/// The IAM action of the URL's request.
pub(crate) fn action(case: &Case) -> &'static str {
    let url = case.url();
    let versioned = url.query().find("versionId").is_some();
    match case.method() {
        "PUT" | "POST" => "s3:PutObject",
        "DELETE" if url.query().find("uploadId").is_some() => "s3:AbortMultipartUpload",
        "DELETE" if versioned => "s3:DeleteObjectVersion",
        "DELETE" => "s3:DeleteObject",
        _ if url.place().key.is_empty() => "s3:ListBucket",
        _ if versioned => "s3:GetObjectVersion",
        _ => "s3:GetObject",
    }
}

fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

fn signature(case: &Case, context: &mut Context) {
    let moment = case.moment();
    context.state("s3:authType", "REST-QUERY-STRING");
    context.state("aws:CurrentTime", moment.to_string());
    context.state("aws:EpochTime", moment.as_second().to_string());
    match case.url().signing() {
        Signing::V2(_) => {
            context.state("s3:signatureversion", "AWS");
            context.state("s3:signatureAge", "0");
        }
        Signing::V4(v4) => {
            context.state("s3:signatureversion", "AWS4-HMAC-SHA256");
            context.state("s3:x-amz-content-sha256", "UNSIGNED-PAYLOAD");
            if let Some(date) = v4.date {
                context.state("s3:signatureAge", milliseconds(date, moment));
            }
        }
        _ => {}
    }
}

fn milliseconds(from: Timestamp, to: Timestamp) -> String {
    to.duration_since(from).as_millis().max(0).to_string()
}

fn origin(case: &Case, facts: &Facts, context: &mut Context) {
    let circumstances = &facts.circumstances;
    if let Some(endpoint) = &circumstances.vpc_endpoint {
        context.state("aws:SourceVpce", endpoint.as_str());
    } else if circumstances.source_ip.is_some() && case.url().place().endpoint != Endpoint::Vpc {
        // Only what comes over the internet has an address that S3 sees.
        context.state_absent("aws:SourceVpce");
        context.state_absent("aws:SourceVpc");
        context.state_absent("aws:VpcSourceIp");
    }
    if let Some(address) = &circumstances.source_ip {
        context.state("aws:SourceIp", address.as_str());
    }
}

fn headers(case: &Case, context: &mut Context) {
    for name in HEADER_KEYS {
        let signed = case.url().v4().is_some_and(|v4| v4.signed_headers.iter().any(|signed| signed == name));
        let sent = case.request().and_then(|request| request.header(name));
        let in_query = case.url().query().get(name);
        let key = format!("s3:{name}");
        match (sent, in_query) {
            (Some(value), _) if !value.is_secret() => context.state(&key, value.shown()),
            (_, Some(value)) => context.state(&key, value),
            // What is signed must be sent, with a value that is not known here; nor is one in the query that is not given out.
            (None, None) if !signed && case.url().query().find(name).is_none() => context.state_absent(&key),
            _ => {}
        }
    }
}

fn principal(case: &Case, facts: &Facts, context: &mut Context) {
    if let Some(signer) = facts.signer.found() {
        context.state("aws:PrincipalArn", signer.as_str());
    }
    if let Some(account) = facts.key_account.found() {
        context.state("aws:PrincipalAccount", account.as_str());
    }
    // A user's own key knows of no second factor and no session; of a session it is not known.
    if case.url().access_key_id().is_some_and(|id| id.starts_with("AKIA")) {
        context.state_absent("aws:MultiFactorAuthPresent");
        context.state_absent("aws:MultiFactorAuthAge");
        context.state_absent("aws:TokenIssueTime");
    }
}

/// The signer as policies may name it: its ARN, its account, and that account's root.
fn principals(facts: &Facts) -> Vec<String> {
    let mut names = Vec::new();
    if let Some(signer) = facts.signer.found() {
        names.push(signer.clone());
        if let Some(account) = signer.split(':').nth(4) {
            names.push(account.to_owned());
            let partition = signer.split(':').nth(1).unwrap_or("aws");
            names.push(format!("arn:{partition}:iam::{account}:root"));
        }
    }
    names
}
