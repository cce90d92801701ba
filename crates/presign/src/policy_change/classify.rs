use super::table::names;
use super::{ApiCall, Names, Unnamed};
use crate::generation::Scope;
use crate::names::{AccountId, BucketName, KmsKeyArn, Principal, PrincipalError};

/// What an API call means for issued URLs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// These generations are to be advanced.
    Advances(Vec<Scope>),
    /// The generations of these are to be advanced, once IAM has told who they are.
    Concerns(Unnamed),
    /// Some of the account's buckets, keys or ways to them may allow something else now, whoever signs for them.
    ConcernsAnythingIn(AccountId),
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
    let anything = || Change::ConcernsAnythingIn(call.account.clone());
    let scopes = match named {
        Names::Role => vec![Scope::Principal(role(call)?)],
        Names::RoleSessions => vec![Scope::Sessions(role(call)?)],
        Names::User => vec![Scope::Principal(user(call, required(call, "userName")?)?)],
        Names::AccessKeyOwner => {
            let owner = call.parameter("userName").or(call.calling_user.as_deref());
            match owner {
                Some(owner) => vec![Scope::Principal(user(call, owner)?)],
                None if call.called_by_root => vec![Scope::Account(call.account.clone())],
                None => return Err(missing(call, "userName")),
            }
        }
        Names::Bucket => {
            let buckets = buckets(call);
            if buckets.is_empty() {
                return Ok(anything());
            }
            buckets
        }
        Names::KmsKey => {
            let keys = kms_keys(call);
            if keys.is_empty() {
                return Ok(anything());
            }
            keys
        }
        Names::Account => return Ok(anything()),
        Names::Organization => return Ok(Change::ConcernsEveryone),
        Names::Group => return members(call),
        Names::ManagedPolicyIfDefault if !call.request_parameters.get("setAsDefault").is_some_and(is_true) => {
            return Ok(Change::Nothing);
        }
        Names::ManagedPolicy | Names::ManagedPolicyIfDefault => return holders(call),
    };
    Ok(Change::Advances(scopes))
}

/// Where the policy cannot be looked up, whoever has it stands for anyone in the account.
fn holders(call: &ApiCall) -> Result<Change, MalformedChange> {
    let account = call.account.clone();
    Ok(match required(call, "policyArn")?.parse() {
        Ok(policy) => Change::Concerns(Unnamed::Holders { account, policy }),
        Err(_) => Change::Advances(vec![Scope::Account(account)]),
    })
}

/// A group that was renamed is known by its new name only.
fn members(call: &ApiCall) -> Result<Change, MalformedChange> {
    let account = call.account.clone();
    let name = call.parameter("newGroupName").map_or_else(|| required(call, "groupName"), Ok)?;
    Ok(match name.parse() {
        Ok(group) => Change::Concerns(Unnamed::Members { account, group }),
        Err(_) => Change::Advances(vec![Scope::Account(account)]),
    })
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

/// `bucketName` is not always there: the console has been seen to leave it out, and who sets tags names an ARN.
fn buckets(call: &ApiCall) -> Vec<Scope> {
    let of_type = call.resources.iter().filter(|resource| resource.kind.as_deref() == Some("AWS::S3::Bucket"));
    let from_resources = || of_type.filter_map(|resource| resource.arn.as_deref()?.rsplit(':').next());
    let of_arn = || bucket_of_arn(call.parameter("resourceArn")?);
    let names: Vec<&str> = match call.parameter("bucketName").or_else(of_arn) {
        Some(name) => vec![name],
        None => from_resources().collect(),
    };
    names.into_iter().filter_map(|name| name.parse::<BucketName>().ok()).map(Scope::Bucket).collect()
}

/// Of S3's ARNs, a bucket's alone has neither region nor account.
fn bucket_of_arn(arn: &str) -> Option<&str> {
    match arn.splitn(6, ':').collect::<Vec<_>>()[..] {
        ["arn", _, "s3", "", "", name] => Some(name),
        _ => None,
    }
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
    KmsKeyArn::from_id(region.partition(), region, &call.account, id).ok()
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
            Change::Concerns(unnamed) => Ok(vec![unnamed.to_string()]),
            Change::ConcernsAnythingIn(account) => Ok(vec![format!("anything in {account}")]),
            Change::ConcernsEveryone => Ok(vec!["everyone".to_owned()]),
            Change::Nothing => Ok(vec!["nothing".to_owned()]),
            Change::Unknown => Ok(vec!["unknown".to_owned()]),
        }
    }

    #[test]
    fn what_is_not_in_force_or_not_in_the_table_changes_nothing() {
        for (source, event, parameters, scope) in [
            ("iam", "CreatePolicyVersion", json!({"policyArn": "p"}), "nothing"),
            ("iam", "CreatePolicyVersion", json!({"policyArn": "p", "setAsDefault": false}), "nothing"),
            ("iam", "CreateRole", json!({"roleName": "x"}), "unknown"),
            ("kms", "RotateKey", json!(null), "unknown"),
            ("ec2", "RunInstances", json!({}), "unknown"),
        ] {
            let detail = call(&format!("{source}.amazonaws.com"), event, &parameters);
            assert_eq!(classified(&detail), Ok(vec![scope.to_owned()]), "{event} {parameters}");
        }
    }

    #[test]
    fn who_cannot_be_looked_up_is_anyone_in_the_account() {
        for (event, parameters) in [
            ("SetDefaultPolicyVersion", json!({"policyArn": "no ARN"})),
            ("CreatePolicyVersion", json!({"policyArn": "no ARN", "setAsDefault": "true"})),
            ("PutGroupPolicy", json!({"groupName": "no name"})),
        ] {
            let detail = call("iam.amazonaws.com", event, &parameters);
            assert_eq!(classified(&detail), Ok(vec!["account/123456789012".to_owned()]), "{event} {parameters}");
        }
    }

    #[test]
    fn what_is_not_named_is_anything_in_the_account() {
        for (source, event, parameters) in [
            ("s3", "PutBucketPolicy", json!(null)),
            ("s3", "TagResource", json!({"resourceArn": "arn:aws:s3:eu-central-1:123456789012:accesspoint/ap"})),
            ("s3", "UntagResource", json!({"resourceArn": "arn%3Aaws%3As3%3A%3A%3Ademo"})),
            ("kms", "DisableKey", json!({"keyId": "alias/a"})),
        ] {
            let detail = call(&format!("{source}.amazonaws.com"), event, &parameters);
            assert_eq!(classified(&detail), Ok(vec!["anything in 123456789012".to_owned()]), "{event} {parameters}");
        }
    }

    #[test]
    fn names_are_the_same_whatever_their_case() {
        let put = call("iam.amazonaws.com", "PutRolePolicy", &json!({"roleName": "Signer"}));
        assert_eq!(classified(&put), Ok(vec!["role/123456789012/signer".to_owned()]));
    }

    #[test]
    fn a_key_is_told_by_its_arn_wherever_that_stands() {
        let arn = "arn:aws:kms:eu-central-1:123456789012:key/k1";
        for id in ["k1", arn] {
            let disabled = call("kms.amazonaws.com", "DisableKey", &json!({"keyId": id}));
            assert_eq!(classified(&disabled), Ok(vec![format!("key/{arn}")]), "{id}");
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
    fn a_bucket_whose_tags_change_is_told_by_its_arn() {
        for source in ["s3.amazonaws.com", "s3-control.amazonaws.com"] {
            for partition in ["aws", "aws-cn"] {
                let arn = format!("arn:{partition}:s3:::demo");
                let tagged = call(source, "TagResource", &json!({"accountId": "123456789012", "resourceArn": arn}));
                assert_eq!(classified(&tagged), Ok(vec!["bucket/demo".to_owned()]), "{source} {arn}");
            }
        }
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
    fn a_known_event_without_its_name_is_an_error() {
        let error = classified(&call("iam.amazonaws.com", "PutRolePolicy", &json!({}))).unwrap_err();
        assert_eq!(error, "`PutRolePolicy` has no `requestParameters.roleName`");
        assert!(classified(&call("iam.amazonaws.com", "SetDefaultPolicyVersion", &json!({}))).is_err());
        assert!(classified(&call("iam.amazonaws.com", "DeleteGroup", &json!(null))).is_err());
        assert!(classified(&json!({"eventName": "PutRolePolicy"})).is_err());
        assert!(classified(&json!({"eventSource": "iam.amazonaws.com", "eventName": "PutRolePolicy"})).is_err());
    }
}
