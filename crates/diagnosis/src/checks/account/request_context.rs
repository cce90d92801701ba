use jiff::Timestamp;

use crate::case::Case;
use crate::facts::{Facts, Principal};
use crate::operation::Operation;
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

/// What a bucket policy sees of the URL's request at `moment`, as far as it is known.
pub(super) fn of(case: &Case, facts: &Facts, moment: Timestamp) -> Option<Context> {
    let url = case.url();
    let bucket = url.place().bucket.as_deref()?;
    let partition = partition(url.v4().and_then(|v4| v4.region()).unwrap_or_default());
    let bucket_arn = format!("arn:{partition}:s3:::{bucket}");
    let key = url.place().key.as_str();
    let resource = if key.is_empty() { bucket_arn } else { format!("{bucket_arn}/{key}") };
    let mut context = Context::new(actions(case), resource, facts.signer.found().cloned());
    context.bounded = facts.signer_is_bounded();
    context.state("aws:SecureTransport", url.is_tls().to_string());
    context.state("aws:PrincipalIsAWSService", "false");
    context.state("aws:ViaAWSService", "false");
    context.state_absent("aws:CalledVia");
    signature(case, moment, &mut context);
    origin(case, facts, &mut context);
    headers(case, &mut context);
    principal(case, facts, &mut context);
    Some(context)
}

/// The IAM action of the URL's request: each that it may be, where its method is not known.
fn actions(case: &Case) -> Vec<String> {
    if case.known_method().is_some() {
        return vec![case.operation().action.to_owned()];
    }
    ["GET", "PUT", "DELETE"].map(|method| Operation::of(method, case.url()).action.to_owned()).to_vec()
}

fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

fn signature(case: &Case, moment: Timestamp, context: &mut Context) {
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

/// Where the request comes from. Through a VPC endpoint there is no `aws:SourceIp`, but an address within the VPC.
///
/// Source: IAM user guide, "AWS global condition context keys": `aws:SourceIp`, `aws:VpcSourceIp`.
fn origin(case: &Case, facts: &Facts, context: &mut Context) {
    let circumstances = &facts.circumstances;
    let address = circumstances.source_ip.as_deref();
    let endpoint = circumstances.vpc_endpoint.as_deref();
    if endpoint.is_some() || case.url().place().endpoint == Endpoint::Vpc {
        context.state_absent("aws:SourceIp");
        if let Some(endpoint) = endpoint {
            context.state("aws:SourceVpce", endpoint);
        }
        if let Some(address) = address {
            context.state("aws:VpcSourceIp", address);
        }
    } else if let Some(address) = address {
        context.state("aws:SourceIp", address);
        for key in ["aws:SourceVpce", "aws:SourceVpc", "aws:VpcSourceIp"] {
            context.state_absent(key);
        }
    }
}

fn headers(case: &Case, context: &mut Context) {
    for name in HEADER_KEYS {
        let key = format!("s3:{name}");
        match case.stated(name) {
            Some(value) => context.state(&key, value),
            // What must be sent has a value that is not known here; and so has what is secret.
            None if !case.states(name) => context.state_absent(&key),
            None => {}
        }
    }
}

fn principal(case: &Case, facts: &Facts, context: &mut Context) {
    if let Some(signer) = facts.signer.found() {
        state_principal(signer, context);
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

/// States who signed. A role's ARN has its path, which may not be known.
pub(super) fn state_principal(signer: &Principal, context: &mut Context) {
    if signer.path_known {
        context.state("aws:PrincipalArn", signer.arn.as_str());
    }
    if let Some(account) = signer.account() {
        context.state("aws:PrincipalAccount", account);
    }
}
