use jiff::Timestamp;
use presign::names::Region;

use crate::case::Case;
use crate::facts::{Facts, Principal};
use crate::further::{COPY_SOURCE, Further, On, bucket_of};
use crate::operation::{ACTION_UNTOLD, METHOD_UNTOLD, Operation};
use crate::policy::Context;
use crate::url::{Endpoint, Signing};

/// The condition keys that S3 makes of a request's headers, and that only a signed or sent header can have.
const HEADER_KEYS: [&str; 9] = [
    "x-amz-acl",
    COPY_SOURCE,
    "x-amz-object-ownership",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
    IF_NONE_MATCH,
];

const IF_NONE_MATCH: &str = "if-none-match";

/// Where a body's hash stands that is signed along.
const BODY_HASH: &str = "x-amz-content-sha256";

/// What a bucket policy sees of the URL's request at `moment`, as far as it is known: once for each action that it needs in this
/// bucket, of which any may be denied.
pub(super) fn all(case: &Case, facts: &Facts, moment: Timestamp) -> Vec<Context> {
    let Some(own) = of(case, facts, moment) else { return Vec::new() };
    let further = case.further().into_iter().filter_map(|Further { action, on, sure }| {
        let mut context = own.for_action(action);
        if let On::Other(other) = in_own_bucket(case, on)? {
            context.resource = arn(case, facts, &other);
        }
        Some(if sure { context } else { context.doubtful() })
    });
    let further: Vec<_> = further.collect();
    // What S3 names is what it looked for, where the table of operations does not tell.
    if own.actions.is_empty() && !further.is_empty() { further } else { [vec![own], further].concat() }
}

/// Why a bucket's policy that matches nothing of `all` may deny the request all the same.
pub(super) fn unseen(case: &Case) -> Option<&'static str> {
    if case.further().is_empty() && actions(case).is_empty() {
        return Some(if case.known_method().is_some() { ACTION_UNTOLD } else { METHOD_UNTOLD });
    }
    unseen_elsewhere(case)
}

/// The same, of what the bucket's own policy has nothing to do with.
pub(super) fn unseen_elsewhere(case: &Case) -> Option<&'static str> {
    let elsewhere = case.further().into_iter().any(|it| in_own_bucket(case, it.on).is_none());
    elsewhere.then_some(
        "what the request reads besides is not told, or is in another bucket, whose policy was not looked at",
    )
}

fn in_own_bucket(case: &Case, on: On) -> Option<On> {
    match &on {
        On::Own => Some(on),
        On::Other(other) => {
            case.url().place().bucket.as_deref().is_some_and(|own| own == bucket_of(other)).then_some(on)
        }
        On::Untold(_) => None,
    }
}

/// Of a bucket, or of `BUCKET/KEY`.
fn arn(case: &Case, facts: &Facts, of: &str) -> String {
    let region = || case.url().v4().and_then(|v4| v4.region())?.parse::<Region>().ok();
    let of_region = || region().map_or("aws", |region| region.partition());
    let partition = facts.signer.found().map_or_else(of_region, Principal::partition);
    format!("arn:{partition}:s3:::{of}")
}

/// The same for its operation's own action.
pub(super) fn of(case: &Case, facts: &Facts, moment: Timestamp) -> Option<Context> {
    let url = case.url();
    let bucket = url.place().bucket.as_deref()?;
    let key = url.place().key.as_str();
    let resource = if key.is_empty() { bucket.to_owned() } else { format!("{bucket}/{key}") };
    let mut context = Context::new(actions(case), arn(case, facts, &resource), facts.signer.found().cloned());
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

/// The IAM action of the URL's request: each that it may be, where its method is not known; none where one of them is not told.
fn actions(case: &Case) -> Vec<String> {
    let operations = match case.known_method() {
        Some(_) => vec![case.operation()],
        None => ["GET", "PUT", "POST", "DELETE"].map(|method| Operation::of(method, case.url())).to_vec(),
    };
    let actions = operations.into_iter().map(|operation| operation.action.map(str::to_owned));
    actions.collect::<Option<_>>().unwrap_or_default()
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
            match case.stated(BODY_HASH) {
                Some(hash) => context.state("s3:x-amz-content-sha256", hash),
                None if !case.states(BODY_HASH) => context.state("s3:x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
                None => {}
            }
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
            // How S3 writes it for a policy is not told, nor how it goes on.
            Some(value) if name == COPY_SOURCE && (value.starts_with('/') || value.contains(['%', '+', '?', '…'])) => {
            }
            Some(value) => context.state(&key, value),
            // S3 heeds this one unsigned: only the request itself tells that it was not sent.
            None if name == IF_NONE_MATCH && case.request().is_none() => {}
            None if !case.states(name) => context.state_absent(&key),
            // What must be sent has a value that is not known here; and so has what is secret.
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
