use std::collections::BTreeSet;

use crate::generation::Scope;
use crate::names::{AccountId, BucketName, KmsKeyArn, Region, RoleArn};
use crate::profile::Profiles;
use crate::words::words;

/// What is looked at: what one scope is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// What a signing role may.
    Permissions(RoleArn),
    /// Who may become a signing role, and for how long.
    Sessions(RoleArn),
    Bucket {
        bucket: BucketName,
        region: Region,
        /// The account of whoever signs for it: what stands for the bucket where an event names none.
        account: Option<AccountId>,
    },
    Key(KmsKeyArn),
}

words! {
    /// What of a subject is looked at; so it is called in the table and in the log.
    #[derive(PartialOrd, Ord)]
    Part {
        InlinePolicies = "inlinePolicies",
        AttachedPolicies = "attachedPolicies",
        PermissionsBoundary = "permissionsBoundary",
        /// IAM's own id, of which a role that is deleted and made again alike has another: what its former sessions signed is dead.
        /// Source: IAM user guide, "IAM identifiers".
        RoleId = "roleId",
        TrustPolicy = "trustPolicy",
        MaxSessionDuration = "maxSessionDuration",
        BucketPolicy = "bucketPolicy",
        PublicAccessBlock = "publicAccessBlock",
        Encryption = "encryption",
        KeyState = "keyState",
        KeyPolicy = "keyPolicy",
    }
}

impl Subject {
    /// What a change of it advances.
    #[must_use]
    pub fn scope(&self) -> Scope {
        match self {
            Self::Permissions(role) => Scope::Principal(role.principal().clone()),
            Self::Sessions(role) => Scope::Sessions(role.principal().clone()),
            Self::Bucket { bucket, .. } => Scope::Bucket(bucket.clone()),
            Self::Key(key) => Scope::KmsKey(key.clone()),
        }
    }

    /// The scope that an event advances which does not tell whom it concerns.
    #[must_use]
    pub fn wider_scope(&self) -> Option<Scope> {
        let account = match self {
            Self::Permissions(role) | Self::Sessions(role) => Some(role.principal().account().clone()),
            Self::Bucket { account, .. } => account.clone(),
            Self::Key(key) => key.account(),
        };
        account.map(Scope::Account)
    }

    #[must_use]
    pub fn parts(&self) -> &'static [Part] {
        match self {
            Self::Permissions(_) => {
                &[Part::InlinePolicies, Part::AttachedPolicies, Part::PermissionsBoundary, Part::RoleId]
            }
            Self::Sessions(_) => &[Part::TrustPolicy, Part::MaxSessionDuration],
            Self::Bucket { .. } => &[Part::BucketPolicy, Part::PublicAccessBlock, Part::Encryption],
            Self::Key(_) => &[Part::KeyState, Part::KeyPolicy],
        }
    }
}

/// Everything that is to be looked at, each once however many buckets share it. Of a bucket that is signed for by whoever the
/// issuer runs as, the signer cannot be told.
#[must_use]
pub fn subjects(profiles: &Profiles) -> Vec<Subject> {
    let mut seen = BTreeSet::new();
    let mut subjects = vec![];
    for profile in profiles.iter() {
        let role = profile.signer().role();
        let bucket = Subject::Bucket {
            bucket: profile.bucket().clone(),
            region: profile.region().clone(),
            account: role.map(|role| role.principal().account().clone()),
        };
        let of_role =
            role.into_iter().flat_map(|role| [Subject::Permissions(role.clone()), Subject::Sessions(role.clone())]);
        let of_key = profile.encryption().kms_key().cloned().map(Subject::Key);
        for subject in std::iter::once(bucket).chain(of_role).chain(of_key) {
            if seen.insert(subject.scope()) {
                subjects.push(subject);
            }
        }
    }
    subjects
}
