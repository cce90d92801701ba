//! Bucket profiles: what the operator allows for a bucket, and how its URLs are made.

mod bucket_profile;
mod encryption;
mod endpoint;
mod key_prefix;
mod profiles;
mod session_policy;
mod signer;
mod unread;
mod watched;

pub use bucket_profile::{BucketProfile, NotAllowed, ProfileError, ProfileParts};
pub use encryption::Encryption;
pub use endpoint::{Address, AddressingStyle, S3Endpoint, S3EndpointError};
pub use key_prefix::{KeyPrefix, KeyPrefixError};
pub use profiles::{Profiles, ProfilesError};
pub use session_policy::LONGEST as LONGEST_SESSION_POLICY;
pub use signer::Signer;
pub use unread::UnreadProfiles;
