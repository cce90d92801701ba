//! Looks into the account for [`diagnosis`], with the engineer's own credentials.
//!
//! [`gather`] asks an [`Account`] what a URL's case needs, and nothing else; [`AwsAccount`] is AWS. Every look is a reading one,
//! and one that AWS refuses is reported as [`Looked::CouldNot`](diagnosis::facts::Looked::CouldNot), never as fine.
//!
//! What the looks need, in the account of signer and bucket:
//! - of STS `sts:GetAccessKeyInfo` (`sts:GetCallerIdentity` needs no permission);
//! - of IAM `iam:GetAccessKeyLastUsed`, `iam:ListAccessKeys`, `iam:GetUser`, `iam:GetRole`, `iam:ListRolePolicies`,
//!   `iam:GetRolePolicy` and `iam:SimulatePrincipalPolicy`, on any user or role that may have signed;
//! - of the bucket `s3:ListBucket`, `s3:GetBucketPolicy`, `s3:GetBucketPublicAccessBlock`, `s3:GetEncryptionConfiguration` and
//!   `s3:GetBucketCORS`;
//! - of its objects `s3:GetObject`, and `s3:GetObjectVersion` for URLs that name a version; for the head of an object that KMS
//!   encrypts no `kms:Decrypt`;
//! - of the KMS key `kms:DescribeKey`, `kms:GetKeyPolicy` and `kms:ListGrants`.

mod account;
mod aws;
mod gather;
mod key_met;
mod patience;
mod revocations;

pub use account::Account;
pub use aws::{AwsAccount, Clock};
pub use gather::{Asked, gather};
pub use patience::Patient;
