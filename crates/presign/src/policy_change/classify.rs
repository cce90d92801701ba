use super::table::names;
use super::{ApiCall, Names};
use crate::generation::Scope;
use crate::names::{AccountId, BucketName, KmsKeyArn, Principal, PrincipalError};

/// What an API call means for issued URLs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// These generations are to be advanced.
    Advances(Vec<Scope>),
    /// Users of this account may sign under other permissions now; roles are in no group.
    ConcernsUsersOf(AccountId),
    /// Everyone may sign under other permissions now.
    ConcernsEveryone,
    /// The call is known, but has changed nothing: it failed, or set up a version that is not in force.
    Nothing,
    /// The table does not know the event.
    Unknown,
}

/// A known event that lacks what it must name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MalformedChange {
    #[error("`{event}` has no `requestParameters.{parameter}`")]
    Missing { event: String, parameter: &'static str },
    #[error("`{event}` names a principal that cannot be: {source}")]
    Principal { event: String, source: PrincipalError },
}

/// Reads from the table which generations `call` advances.
///
/// # Errors
/// When the table knows the event, but it does not name what it affects.
pub fn classify(call: &ApiCall) -> Result<Change, MalformedChange> {
    let Some(named) = names(&call.event_source, &call.event_name) else { return Ok(Change::Unknown) };
    if call.error_code.is_some() {
        return Ok(Change::Nothing);
    }
    let account = || Scope::Account(call.account.clone());
    let scopes = match named {
        Names::Role => vec![Scope::Principal(role(call)?)],
        Names::RoleSessions => vec![Scope::Sessions(role(call)?)],
        Names::User => vec![Scope::Principal(user(call, required(call, "userName")?)?)],
        Names::AccessKeyOwner => {
            let owner = call.parameter("userName").or(call.calling_user.as_deref());
            match owner {
                Some(owner) => vec![Scope::Principal(user(call, owner)?)],
                None if call.called_by_root => vec![account()],
                None => return Err(missing(call, "userName")),
            }
        }
        Names::Bucket => {
            let buckets = buckets(call);
            if buckets.is_empty() { vec![account()] } else { buckets }
        }
        Names::KmsKey => {
            let keys = kms_keys(call);
            if keys.is_empty() { vec![account()] } else { keys }
        }
        Names::Group => return Ok(Change::ConcernsUsersOf(call.account.clone())),
        Names::Account => vec![account()],
        Names::AccountIfDefault if call.request_parameters.get("setAsDefault").is_some_and(is_true) => vec![account()],
        Names::AccountIfDefault => return Ok(Change::Nothing),
        Names::Organization => return Ok(Change::ConcernsEveryone),
    };
    Ok(Change::Advances(scopes))
}

fn missing(call: &ApiCall, parameter: &'static str) -> MalformedChange {
    MalformedChange::Missing { event: call.event_name.clone(), parameter }
}

fn required<'a>(call: &'a ApiCall, parameter: &'static str) -> Result<&'a str, MalformedChange> {
    call.parameter(parameter).ok_or_else(|| missing(call, parameter))
}

fn role(call: &ApiCall) -> Result<Principal, MalformedChange> {
    Principal::role(call.account.clone(), required(call, "roleName")?)
        .map_err(|source| MalformedChange::Principal { event: call.event_name.clone(), source })
}

fn user(call: &ApiCall, name: &str) -> Result<Principal, MalformedChange> {
    Principal::user(call.account.clone(), name)
        .map_err(|source| MalformedChange::Principal { event: call.event_name.clone(), source })
}

/// `bucketName` is not always there: the console has been seen to leave it out.
fn buckets(call: &ApiCall) -> Vec<Scope> {
    let of_type = call.resources.iter().filter(|resource| resource.kind.as_deref() == Some("AWS::S3::Bucket"));
    let from_resources = || of_type.filter_map(|resource| resource.arn.as_deref()?.rsplit(':').next());
    let names: Vec<&str> = match call.parameter("bucketName") {
        Some(name) => vec![name],
        None => from_resources().collect(),
    };
    names.into_iter().filter_map(|name| name.parse::<BucketName>().ok()).map(Scope::Bucket).collect()
}

/// `keyId` may be a bare id or an alias, and is missing from `RetireGrant`: the resource's ARN says which key was meant.
fn kms_keys(call: &ApiCall) -> Vec<Scope> {
    let from_resources: Vec<KmsKeyArn> =
        call.resources.iter().filter_map(|resource| resource.arn.as_deref()?.parse().ok()).collect();
    let keys = if from_resources.is_empty() { key_of_parameters(call).into_iter().collect() } else { from_resources };
    keys.into_iter().map(Scope::KmsKey).collect()
}

fn key_of_parameters(call: &ApiCall) -> Option<KmsKeyArn> {
    // `UpdateAlias` calls it `targetKeyId`; the tagging events too have `keyId`.
    let id = call.parameter("keyId").or_else(|| call.parameter("targetKeyId"))?;
    if let Ok(arn) = id.parse() {
        return Some(arn);
    }
    let region = call.region.as_ref()?;
    let partition = match region.dns_suffix() {
        "amazonaws.com.cn" => "aws-cn",
        _ if region.as_str().starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    KmsKeyArn::from_id(partition, region, &call.account, id).ok()
}

/// CloudTrail writes booleans as booleans, but has been seen to write them as text.
fn is_true(value: &serde_json::Value) -> bool {
    value.as_bool() == Some(true) || value.as_str() == Some("true")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn call(source: &str, event: &str, parameters: &Value) -> Value {
        json!({
            "eventSource": source, "eventName": event, "awsRegion": "eu-central-1",
            "recipientAccountId": "123456789012", "requestParameters": parameters,
        })
    }

    fn classified(detail: &Value) -> Result<Vec<String>, String> {
        let call = ApiCall::from_detail(detail, None).map_err(|e| e.to_string())?;
        match classify(&call).map_err(|e| e.to_string())? {
            Change::Advances(scopes) => Ok(scopes.iter().map(ToString::to_string).collect()),
            Change::ConcernsUsersOf(account) => Ok(vec![format!("users of {account}")]),
            Change::ConcernsEveryone => Ok(vec!["everyone".to_owned()]),
            Change::Nothing => Ok(vec!["nothing".to_owned()]),
            Change::Unknown => Ok(vec!["unknown".to_owned()]),
        }
    }

    #[test]
    fn each_way_of_naming_leads_to_its_scope() {
        let arn = "arn:aws:kms:eu-central-1:123456789012:key/k1";
        for (source, event, parameters, scope) in [
            ("iam", "PutRolePolicy", json!({"roleName": "Signer"}), "role/123456789012/signer"),
            ("iam", "UpdateAssumeRolePolicy", json!({"roleName": "signer"}), "sessions/role/123456789012/signer"),
            ("iam", "DeleteUserPolicy", json!({"userName": "bob"}), "user/123456789012/bob"),
            ("iam", "DeleteAccessKey", json!({"accessKeyId": "AKIA1", "userName": "bob"}), "user/123456789012/bob"),
            ("iam", "DetachGroupPolicy", json!({"groupName": "g"}), "users of 123456789012"),
            ("iam", "CreatePolicyVersion", json!({"policyArn": "p", "setAsDefault": true}), "account/123456789012"),
            ("iam", "CreatePolicyVersion", json!({"policyArn": "p"}), "nothing"),
            ("s3", "PutBucketPolicy", json!({"bucketName": "demo"}), "bucket/demo"),
            ("s3", "PutBucketPolicy", json!(null), "account/123456789012"),
            ("s3-control", "PutAccountPublicAccessBlock", json!({}), "account/123456789012"),
            ("kms", "DisableKey", json!({"keyId": "k1"}), &format!("key/{arn}")),
            ("kms", "DisableKey", json!({"keyId": arn}), &format!("key/{arn}")),
            ("kms", "DisableKey", json!({"keyId": "alias/a"}), "account/123456789012"),
            ("s3", "DeleteAccessPoint", json!({"name": "ap"}), "account/123456789012"),
            ("organizations", "UpdatePolicy", json!({"policyId": "p-1"}), "everyone"),
            ("ec2", "DeleteVpcEndpoints", json!({}), "account/123456789012"),
            ("ec2", "RunInstances", json!({}), "unknown"),
            ("iam", "CreateRole", json!({"roleName": "x"}), "unknown"),
        ] {
            let detail = call(&format!("{source}.amazonaws.com"), event, &parameters);
            assert_eq!(classified(&detail), Ok(vec![scope.to_owned()]), "{event} {parameters}");
        }
    }

    #[test]
    fn resources_tell_what_parameters_leave_out() {
        let arn = "arn:aws:kms:eu-central-1:123456789012:key/k1";
        let mut retire = call("kms.amazonaws.com", "RetireGrant", &Value::Null);
        retire["resources"] = json!([{"ARN": arn, "type": "AWS::KMS::Key", "accountId": "123456789012"}]);
        assert_eq!(classified(&retire), Ok(vec![format!("key/{arn}")]));

        let mut block = call("s3.amazonaws.com", "PutBucketPublicAccessBlock", &json!({"publicAccessBlock": [""]}));
        block["resources"] = json!([{"ARN": "arn:aws:s3:::demo", "type": "AWS::S3::Bucket"}]);
        assert_eq!(classified(&block), Ok(vec!["bucket/demo".to_owned()]));
    }

    #[test]
    fn a_user_who_changes_its_own_key_need_not_be_named() {
        let mut update = call("iam.amazonaws.com", "UpdateAccessKey", &json!({"accessKeyId": "AKIA1"}));
        update["userIdentity"] = json!({"type": "IAMUser", "userName": "bob"});
        assert_eq!(classified(&update), Ok(vec!["user/123456789012/bob".to_owned()]));
        update["userIdentity"] = json!({"type": "Root", "accountId": "123456789012"});
        assert_eq!(classified(&update), Ok(vec!["account/123456789012".to_owned()]));
    }

    #[test]
    fn a_call_that_failed_changed_nothing() {
        let mut failed = call("iam.amazonaws.com", "PutRolePolicy", &Value::Null);
        failed["errorCode"] = json!("AccessDenied");
        assert_eq!(classified(&failed), Ok(vec!["nothing".to_owned()]));
    }

    #[test]
    fn a_known_event_without_its_name_is_an_error() {
        let error = classified(&call("iam.amazonaws.com", "PutRolePolicy", &json!({}))).unwrap_err();
        assert_eq!(error, "`PutRolePolicy` has no `requestParameters.roleName`");
        assert!(classified(&json!({"eventName": "PutRolePolicy"})).is_err());
        assert!(classified(&json!({"eventSource": "iam.amazonaws.com", "eventName": "PutRolePolicy"})).is_err());
    }
}
