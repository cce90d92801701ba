/// How an event names what it affects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// `roleName`: what the role signs.
    Role,
    /// `roleName`: only sessions yet to be made.
    RoleSessions,
    /// `userName`.
    User,
    /// `userName`, or the caller itself where it is left out.
    AccessKeyOwner,
    /// `bucketName`, the bucket of `resourceArn`, or a resource of type `AWS::S3::Bucket`.
    Bucket,
    /// A resource's ARN, or `keyId`.
    KmsKey,
    /// `groupName`: the users in it, whom the event does not tell.
    Group,
    /// `policyArn`: whoever has the policy, whom the event does not tell.
    ManagedPolicy,
    /// As `ManagedPolicy`, but only if `setAsDefault` was given.
    ManagedPolicyIfDefault,
    /// Nothing in particular: everything that something of the account's may allow.
    Account,
    /// Accounts that the event, which is the management account's, does not tell: everything, whoever signs it.
    Organization,
}

/// The events of a source that name what they affect in the same way.
#[derive(Debug, Clone, Copy)]
pub struct TableRow {
    pub source: &'static str,
    pub events: &'static [&'static str],
    pub names: Names,
}

const IAM: &str = "iam.amazonaws.com";
const S3: &str = "s3.amazonaws.com";
const S3_CONTROL: &str = "s3-control.amazonaws.com";
const KMS: &str = "kms.amazonaws.com";
const ORGANIZATIONS: &str = "organizations.amazonaws.com";
const EC2: &str = "ec2.amazonaws.com";

const ACCOUNT_PUBLIC_ACCESS: &[&str] = &["PutAccountPublicAccessBlock", "DeleteAccountPublicAccessBlock"];
/// The only way to a bucket's tags once policies may ask for them (`PutBucketAbac`).
/// Source: Amazon S3 user guide, "Enabling ABAC in general purpose buckets".
const TAGS: &[&str] = &["TagResource", "UntagResource"];

/// Every event that can end, or bring back, what an issued URL may do.
pub const TABLE: &[TableRow] = &[
    TableRow {
        source: IAM,
        events: &[
            "PutRolePolicy",
            "DeleteRolePolicy",
            "AttachRolePolicy",
            "DetachRolePolicy",
            "PutRolePermissionsBoundary",
            "DeleteRolePermissionsBoundary",
            "DeleteRole",
            "TagRole",
            "UntagRole",
        ],
        names: Names::Role,
    },
    TableRow { source: IAM, events: &["UpdateAssumeRolePolicy", "UpdateRole"], names: Names::RoleSessions },
    TableRow {
        source: IAM,
        events: &[
            "PutUserPolicy",
            "DeleteUserPolicy",
            "AttachUserPolicy",
            "DetachUserPolicy",
            "PutUserPermissionsBoundary",
            "DeleteUserPermissionsBoundary",
            "DeleteUser",
            "UpdateUser",
            "TagUser",
            "UntagUser",
            "AddUserToGroup",
            "RemoveUserFromGroup",
        ],
        names: Names::User,
    },
    TableRow { source: IAM, events: &["UpdateAccessKey", "DeleteAccessKey"], names: Names::AccessKeyOwner },
    TableRow {
        source: IAM,
        events: &[
            "PutGroupPolicy",
            "DeleteGroupPolicy",
            "AttachGroupPolicy",
            "DetachGroupPolicy",
            "UpdateGroup",
            "DeleteGroup",
        ],
        names: Names::Group,
    },
    TableRow { source: IAM, events: &["SetDefaultPolicyVersion"], names: Names::ManagedPolicy },
    TableRow { source: IAM, events: &["CreatePolicyVersion"], names: Names::ManagedPolicyIfDefault },
    TableRow {
        source: S3,
        events: &[
            "PutBucketPolicy",
            "DeleteBucketPolicy",
            "PutBucketPublicAccessBlock",
            "DeleteBucketPublicAccessBlock",
            "PutPublicAccessBlock",
            "DeletePublicAccessBlock",
            "PutBucketAcl",
            "PutBucketOwnershipControls",
            "DeleteBucketOwnershipControls",
            "PutBucketEncryption",
            "DeleteBucketEncryption",
            "PutBucketTagging",
            "DeleteBucketTagging",
            "PutBucketAbac",
            "PutBucketCors",
            "DeleteBucketCors",
            "PutBucketRequestPayment",
            // The API's name of it, and the one that its permission has: either may be CloudTrail's.
            "PutObjectLockConfiguration",
            "PutBucketObjectLockConfiguration",
            "DeleteBucket",
        ],
        names: Names::Bucket,
    },
    // Other things than buckets have tags too: an access point's may decide as much, and stand for anything in the account.
    TableRow { source: S3, events: TAGS, names: Names::Bucket },
    TableRow { source: S3_CONTROL, events: TAGS, names: Names::Bucket },
    TableRow { source: S3, events: ACCOUNT_PUBLIC_ACCESS, names: Names::Account },
    // They name the access point, but not its bucket.
    TableRow {
        source: S3,
        events: &["PutAccessPointPolicy", "DeleteAccessPointPolicy", "DeleteAccessPoint"],
        names: Names::Account,
    },
    TableRow { source: S3_CONTROL, events: ACCOUNT_PUBLIC_ACCESS, names: Names::Account },
    TableRow {
        source: KMS,
        events: &[
            "PutKeyPolicy",
            "DisableKey",
            "EnableKey",
            "ScheduleKeyDeletion",
            "CancelKeyDeletion",
            "CreateGrant",
            "RevokeGrant",
            "RetireGrant",
            "ImportKeyMaterial",
            "DeleteImportedKeyMaterial",
            "UpdateAlias",
            "DeleteAlias",
            "TagResource",
            "UntagResource",
            // What KMS does by itself, as "AWS Service Event via CloudTrail". A rotated key (`RotateKey`) goes on decrypting.
            "DeleteExpiredKeyMaterial",
            "DeleteKey",
        ],
        names: Names::KmsKey,
    },
    // They name the store, but none of the keys in it, which can be used only while it is connected.
    TableRow {
        source: KMS,
        events: &["DisconnectCustomKeyStore", "ConnectCustomKeyStore", "DeleteCustomKeyStore"],
        names: Names::Account,
    },
    TableRow {
        source: ORGANIZATIONS,
        events: &[
            "AttachPolicy",
            "DetachPolicy",
            "UpdatePolicy",
            "DeletePolicy",
            "EnablePolicyType",
            "DisablePolicyType",
            "MoveAccount",
            "RemoveAccountFromOrganization",
            "CloseAccount",
            "LeaveOrganization",
            // Of an invitation, in the account that joins: the organization's policies are in force there from then on.
            "AcceptHandshake",
            // What the management account is told, by whatever way an account came or went, as "AWS Service Event via CloudTrail".
            "AccountJoinedOrganization",
            "AccountDepartedOrganization",
        ],
        names: Names::Organization,
    },
    TableRow { source: EC2, events: &["ModifyVpcEndpoint", "DeleteVpcEndpoints"], names: Names::Account },
];

/// Whether `event` of `source` can change what a URL depends on.
#[must_use]
pub fn knows(source: &str, event: &str) -> bool {
    names(source, event).is_some()
}

/// How `event` of `source` names what it affects; none when it changes nothing that a URL depends on.
pub(super) fn names(source: &str, event: &str) -> Option<Names> {
    TABLE.iter().find(|row| row.source == source && row.events.contains(&event)).map(|row| row.names)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_event_stands_twice() {
        let mut seen = BTreeSet::new();
        for row in TABLE {
            for event in row.events {
                assert!(seen.insert((row.source, event)), "{} {event}", row.source);
            }
        }
    }
}
