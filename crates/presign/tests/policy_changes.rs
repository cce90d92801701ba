//! Every event of the table, with request parameters as CloudTrail writes them, and what each advances.
#![cfg(test)]

use std::collections::BTreeSet;

use presign::policy_change::{ApiCall, Change, TABLE, classify};
use serde_json::{Value, json};

const ROLE: &str = "role/123456789012/signer";
const SESSIONS: &str = "sessions/role/123456789012/signer";
const USER: &str = "user/123456789012/bob";
const GROUP: &str = "the members of the group `signers` of 123456789012";
const POLICY: &str = "the holders of `arn:aws:iam::123456789012:policy/team/signers`";
const ACCOUNT: &str = "anything in 123456789012";
const BUCKET: &str = "bucket/demo";
const KEY: &str = "key/arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const EVERYONE: &str = "everyone";

/// Source, event, `requestParameters`, and what is advanced.
type Event = (&'static str, &'static str, Value, &'static str);

const DOCUMENT: &str = r#"{"Version":"2012-10-17","Statement":[]}"#;

fn events() -> Vec<Event> {
    [events_of_iam(), events_of_others()].concat()
}

#[rustfmt::skip]
fn events_of_iam() -> Vec<Event> {
    let policy = "arn:aws:iam::123456789012:policy/team/signers";
    vec![
        ("iam", "PutRolePolicy", json!({"roleName": "signer", "policyName": "p", "policyDocument": DOCUMENT}), ROLE),
        ("iam", "DeleteRolePolicy", json!({"roleName": "signer", "policyName": "p"}), ROLE),
        ("iam", "AttachRolePolicy", json!({"roleName": "signer", "policyArn": policy}), ROLE),
        ("iam", "DetachRolePolicy", json!({"roleName": "signer", "policyArn": policy}), ROLE),
        ("iam", "PutRolePermissionsBoundary", json!({"roleName": "signer", "permissionsBoundary": policy}), ROLE),
        ("iam", "DeleteRolePermissionsBoundary", json!({"roleName": "signer"}), ROLE),
        ("iam", "DeleteRole", json!({"roleName": "signer"}), ROLE),
        ("iam", "TagRole", json!({"roleName": "signer", "tags": [{"key": "team", "value": "a"}]}), ROLE),
        ("iam", "UntagRole", json!({"roleName": "signer", "tagKeys": ["team"]}), ROLE),
        ("iam", "UpdateAssumeRolePolicy", json!({"roleName": "signer", "policyDocument": DOCUMENT}), SESSIONS),
        ("iam", "UpdateRole", json!({"roleName": "signer", "maxSessionDuration": 3600}), SESSIONS),
        ("iam", "PutUserPolicy", json!({"userName": "bob", "policyName": "p", "policyDocument": DOCUMENT}), USER),
        ("iam", "DeleteUserPolicy", json!({"userName": "bob", "policyName": "p"}), USER),
        ("iam", "AttachUserPolicy", json!({"userName": "bob", "policyArn": policy}), USER),
        ("iam", "DetachUserPolicy", json!({"userName": "bob", "policyArn": policy}), USER),
        ("iam", "PutUserPermissionsBoundary", json!({"userName": "bob", "permissionsBoundary": policy}), USER),
        ("iam", "DeleteUserPermissionsBoundary", json!({"userName": "bob"}), USER),
        ("iam", "DeleteUser", json!({"userName": "bob"}), USER),
        ("iam", "UpdateUser", json!({"userName": "bob", "newUserName": "rob"}), USER),
        ("iam", "TagUser", json!({"userName": "bob", "tags": [{"key": "team", "value": "a"}]}), USER),
        ("iam", "UntagUser", json!({"userName": "bob", "tagKeys": ["team"]}), USER),
        ("iam", "AddUserToGroup", json!({"groupName": "signers", "userName": "bob"}), USER),
        ("iam", "RemoveUserFromGroup", json!({"groupName": "signers", "userName": "bob"}), USER),
        ("iam", "UpdateAccessKey", json!({"accessKeyId": "AKIA1", "status": "Inactive", "userName": "bob"}), USER),
        ("iam", "DeleteAccessKey", json!({"accessKeyId": "AKIA1", "userName": "bob"}), USER),
        ("iam", "PutGroupPolicy", json!({"groupName": "signers", "policyName": "p", "policyDocument": DOCUMENT}), GROUP),
        ("iam", "DeleteGroupPolicy", json!({"groupName": "signers", "policyName": "p"}), GROUP),
        ("iam", "AttachGroupPolicy", json!({"groupName": "signers", "policyArn": policy}), GROUP),
        ("iam", "DetachGroupPolicy", json!({"groupName": "signers", "policyArn": policy}), GROUP),
        ("iam", "UpdateGroup", json!({"groupName": "former", "newGroupName": "signers"}), GROUP),
        ("iam", "DeleteGroup", json!({"groupName": "signers"}), GROUP),
        ("iam", "CreatePolicyVersion", json!({"policyArn": policy, "policyDocument": DOCUMENT, "setAsDefault": true}), POLICY),
        ("iam", "SetDefaultPolicyVersion", json!({"policyArn": policy, "versionId": "v2"}), POLICY),
    ]
}

#[rustfmt::skip]
fn events_of_others() -> Vec<Event> {
    let id = "1234abcd-12ab-34cd-56ef-1234567890ab";
    let grant = "1ea8e6c7d4d49ecf7e4461c792f6a0a4ae5ee7ce8e2ffd1c2e9a2f7ee1e3d5a1";
    vec![
        ("s3", "PutBucketPolicy", json!({"bucketName": "demo", "Host": "demo.s3.amazonaws.com", "policy": "", "bucketPolicy": {}}), BUCKET),
        ("s3", "DeleteBucketPolicy", json!({"bucketName": "demo", "policy": ""}), BUCKET),
        ("s3", "PutBucketPublicAccessBlock", json!({"bucketName": "demo", "publicAccessBlock": "", "PublicAccessBlockConfiguration": {}}), BUCKET),
        ("s3", "DeleteBucketPublicAccessBlock", json!({"bucketName": "demo", "publicAccessBlock": ""}), BUCKET),
        ("s3", "PutPublicAccessBlock", json!({"bucketName": "demo"}), BUCKET),
        ("s3", "DeletePublicAccessBlock", json!({"bucketName": "demo"}), BUCKET),
        ("s3", "PutBucketAcl", json!({"bucketName": "demo", "acl": "", "AccessControlPolicy": {}}), BUCKET),
        ("s3", "PutBucketOwnershipControls", json!({"bucketName": "demo", "ownershipControls": ""}), BUCKET),
        ("s3", "DeleteBucketOwnershipControls", json!({"bucketName": "demo", "ownershipControls": ""}), BUCKET),
        ("s3", "PutBucketEncryption", json!({"bucketName": "demo", "encryption": "", "ServerSideEncryptionConfiguration": {}}), BUCKET),
        ("s3", "DeleteBucketEncryption", json!({"bucketName": "demo", "encryption": ""}), BUCKET),
        ("s3", "PutBucketTagging", json!({"bucketName": "demo", "tagging": ""}), BUCKET),
        ("s3", "DeleteBucketTagging", json!({"bucketName": "demo", "tagging": ""}), BUCKET),
        ("s3", "PutBucketAbac", json!({"bucketName": "demo", "abac": "", "AbacStatus": {"Status": "Enabled"}}), BUCKET),
        ("s3", "TagResource", json!({"accountId": "123456789012", "resourceArn": "arn:aws:s3:::demo"}), BUCKET),
        ("s3", "UntagResource", json!({"accountId": "123456789012", "resourceArn": "arn:aws:s3:::demo"}), BUCKET),
        ("s3-control", "TagResource", json!({"accountId": "123456789012", "resourceArn": "arn:aws:s3:::demo"}), BUCKET),
        ("s3-control", "UntagResource", json!({"accountId": "123456789012", "resourceArn": "arn:aws:s3:::demo"}), BUCKET),
        ("s3", "PutBucketCors", json!({"bucketName": "demo", "cors": ""}), BUCKET),
        ("s3", "DeleteBucketCors", json!({"bucketName": "demo", "cors": ""}), BUCKET),
        ("s3", "PutBucketRequestPayment", json!({"bucketName": "demo", "requestPayment": ""}), BUCKET),
        ("s3", "PutObjectLockConfiguration", json!({"bucketName": "demo", "object-lock": ""}), BUCKET),
        ("s3", "PutBucketObjectLockConfiguration", json!({"bucketName": "demo", "object-lock": ""}), BUCKET),
        ("s3", "DeleteBucket", json!({"bucketName": "demo", "Host": "demo.s3.amazonaws.com"}), BUCKET),
        ("s3", "PutAccountPublicAccessBlock", json!({"accountId": "123456789012", "publicAccessBlock": ""}), ACCOUNT),
        ("s3", "DeleteAccountPublicAccessBlock", json!({"accountId": "123456789012"}), ACCOUNT),
        ("s3-control", "PutAccountPublicAccessBlock", json!({"accountId": "123456789012"}), ACCOUNT),
        ("s3-control", "DeleteAccountPublicAccessBlock", json!({"accountId": "123456789012"}), ACCOUNT),
        ("s3", "PutAccessPointPolicy", json!({"name": "ap", "policy": DOCUMENT}), ACCOUNT),
        ("s3", "DeleteAccessPointPolicy", json!({"name": "ap"}), ACCOUNT),
        ("s3", "DeleteAccessPoint", json!({"name": "ap"}), ACCOUNT),
        ("kms", "PutKeyPolicy", json!({"keyId": id, "policyName": "default", "policy": DOCUMENT}), KEY),
        ("kms", "DisableKey", json!({"keyId": id}), KEY),
        ("kms", "EnableKey", json!({"keyId": id}), KEY),
        ("kms", "ScheduleKeyDeletion", json!({"keyId": id, "pendingWindowInDays": 30}), KEY),
        ("kms", "CancelKeyDeletion", json!({"keyId": id}), KEY),
        ("kms", "CreateGrant", json!({"keyId": id, "granteePrincipal": "x", "operations": ["Decrypt"]}), KEY),
        ("kms", "RevokeGrant", json!({"keyId": id, "grantId": grant}), KEY),
        ("kms", "RetireGrant", Value::Null, KEY),
        ("kms", "ImportKeyMaterial", json!({"keyId": id, "expirationModel": "KEY_MATERIAL_EXPIRES"}), KEY),
        ("kms", "DeleteImportedKeyMaterial", json!({"keyId": id}), KEY),
        ("kms", "UpdateAlias", json!({"aliasName": "alias/mine", "targetKeyId": id}), KEY),
        ("kms", "DeleteAlias", json!({"aliasName": "alias/mine"}), KEY),
        ("kms", "TagResource", json!({"keyId": id, "tags": [{"tagKey": "team", "tagValue": "a"}]}), KEY),
        ("kms", "UntagResource", json!({"keyId": id, "tagKeys": ["team"]}), KEY),
        ("kms", "DeleteExpiredKeyMaterial", Value::Null, KEY),
        ("kms", "DeleteKey", Value::Null, KEY),
        ("kms", "DisconnectCustomKeyStore", json!({"customKeyStoreId": "cks-1"}), ACCOUNT),
        ("kms", "ConnectCustomKeyStore", json!({"customKeyStoreId": "cks-1"}), ACCOUNT),
        ("kms", "DeleteCustomKeyStore", json!({"customKeyStoreId": "cks-1"}), ACCOUNT),
        ("organizations", "AttachPolicy", json!({"policyId": "p-1", "targetId": "ou-1"}), EVERYONE),
        ("organizations", "DetachPolicy", json!({"policyId": "p-1", "targetId": "123456789012"}), EVERYONE),
        ("organizations", "UpdatePolicy", json!({"policyId": "p-1", "content": DOCUMENT}), EVERYONE),
        ("organizations", "DeletePolicy", json!({"policyId": "p-1"}), EVERYONE),
        ("organizations", "EnablePolicyType", json!({"rootId": "r-1", "policyType": "SERVICE_CONTROL_POLICY"}), EVERYONE),
        ("organizations", "DisablePolicyType", json!({"rootId": "r-1", "policyType": "SERVICE_CONTROL_POLICY"}), EVERYONE),
        ("organizations", "MoveAccount", json!({"accountId": "123456789012", "sourceParentId": "r-1"}), EVERYONE),
        ("organizations", "RemoveAccountFromOrganization", json!({"accountId": "123456789012"}), EVERYONE),
        ("organizations", "CloseAccount", json!({"accountId": "123456789012"}), EVERYONE),
        ("organizations", "LeaveOrganization", Value::Null, EVERYONE),
        ("organizations", "AcceptHandshake", json!({"handshakeId": "h-1"}), EVERYONE),
        ("organizations", "AccountJoinedOrganization", Value::Null, EVERYONE),
        ("organizations", "AccountDepartedOrganization", Value::Null, EVERYONE),
        ("ec2", "ModifyVpcEndpoint", json!({"ModifyVpcEndpointRequest": {"VpcEndpointId": "vpce-1"}}), ACCOUNT),
        ("ec2", "DeleteVpcEndpoints", json!({"DeleteVpcEndpointsRequest": {"VpcEndpointId": {"tag": 1, "content": "vpce-1"}}}), ACCOUNT),
    ]
}

fn record(source: &str, event: &str, parameters: &Value) -> Value {
    let mut record = json!({
        "eventVersion": "1.11", "eventSource": format!("{source}.amazonaws.com"), "eventName": event,
        "eventTime": "2026-11-22T12:00:00Z", "awsRegion": "eu-central-1", "eventID": "b25f9cda-74e1-4458-847b-4972a0bf9668",
        "eventType": "AwsApiCall", "recipientAccountId": "123456789012", "requestParameters": parameters,
        "userIdentity": {"type": "AssumedRole", "accountId": "123456789012"},
    });
    if source == "kms" {
        record["resources"] = json!([
            {"accountId": "123456789012", "type": "AWS::KMS::Alias", "ARN": "arn:aws:kms:eu-central-1:123456789012:alias/mine"},
            {"accountId": "123456789012", "type": "AWS::KMS::Key", "ARN": KEY.replace("key/arn", "arn")},
        ]);
    }
    record
}

fn concerned(change: &Change) -> String {
    match change {
        Change::Advances(scopes) => scopes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and "),
        Change::Concerns(unnamed) => unnamed.to_string(),
        Change::ConcernsAnythingIn(account) => format!("anything in {account}"),
        Change::ConcernsEveryone => EVERYONE.to_owned(),
        Change::Nothing => "nothing".to_owned(),
        Change::Unknown => "unknown".to_owned(),
    }
}

#[test]
fn each_event_of_the_table_advances_what_it_concerns() {
    for (source, event, parameters, expected) in events() {
        let call = ApiCall::from_detail(&record(source, event, &parameters), None).unwrap();
        assert_eq!(concerned(&classify(&call).unwrap()), expected, "{event}");
    }
}

#[test]
fn no_event_of_the_table_is_untested() {
    let tested: BTreeSet<_> =
        events().into_iter().map(|(source, event, ..)| (format!("{source}.amazonaws.com"), event)).collect();
    for row in TABLE {
        for event in row.events {
            assert!(tested.contains(&(row.source.to_owned(), event)), "{event} of {} has no test event", row.source);
        }
    }
    assert_eq!(tested.len(), TABLE.iter().map(|row| row.events.len()).sum::<usize>());
}

#[test]
fn in_every_partition_the_key_is_the_one_of_the_event() {
    for (region, partition) in [
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("eusc-de-east-1", "aws-eusc"),
        ("eu-central-1", "aws"),
    ] {
        let mut disabled = record("kms", "DisableKey", &json!({"keyId": "1234abcd"}));
        disabled["awsRegion"] = json!(region);
        disabled["resources"] = json!([]);
        let call = ApiCall::from_detail(&disabled, None).unwrap();
        let key = format!("key/arn:{partition}:kms:{region}:123456789012:key/1234abcd");
        assert_eq!(concerned(&classify(&call).unwrap()), key);

        let policy = format!("arn:{partition}:iam::123456789012:policy/signers");
        let set = record("iam", "SetDefaultPolicyVersion", &json!({"policyArn": policy}));
        let call = ApiCall::from_detail(&set, None).unwrap();
        assert_eq!(concerned(&classify(&call).unwrap()), format!("the holders of `{policy}`"));
    }
}

#[test]
fn a_call_that_failed_changed_nothing_whatever_it_was() {
    for (source, event, parameters, _) in events() {
        let mut failed = record(source, event, &parameters);
        failed["errorCode"] = json!("AccessDenied");
        failed["requestParameters"] = Value::Null;
        let call = ApiCall::from_detail(&failed, None).unwrap();
        assert_eq!(classify(&call), Ok(Change::Nothing), "{event}");
    }
}
