use std::collections::HashSet;

use super::{BucketProfile, Encryption};
use crate::generation::Scope;
use crate::names::BucketName;
use crate::operation::Operation;

/// What the URLs of some profiles can depend on.
#[derive(Debug, Clone, Default)]
pub(super) struct Watched {
    scopes: HashSet<Scope>,
    /// Some bucket is signed for by whoever the issuer runs as, which a profile does not tell.
    any_principal: bool,
    /// Some bucket's uploads are cached, and encrypted with whatever key their requests name.
    any_key: bool,
}

impl Watched {
    pub(super) fn extend(&mut self, profile: &BucketProfile) {
        self.scopes.extend(profile.scopes());
        let uploads_cached = profile.caches(Operation::PutObject) || profile.caches(Operation::CopyObject);
        self.any_key |= uploads_cached && *profile.encryption() == Encryption::AsRequested;
        match profile.signer().role() {
            Some(arn) => {
                let principal = arn.principal().clone();
                self.scopes.insert(Scope::Account(principal.account().clone()));
                self.scopes.insert(Scope::Sessions(principal.clone()));
                self.scopes.insert(Scope::Principal(principal));
            }
            None => self.any_principal = true,
        }
    }

    /// With a bucket of which nothing else is known.
    pub(super) fn extend_unknown(&mut self, bucket: &BucketName) {
        self.scopes.insert(Scope::Bucket(bucket.clone()));
        (self.any_principal, self.any_key) = (true, true);
    }

    pub(super) fn any_principal(&self) -> bool {
        self.any_principal
    }

    pub(super) fn has(&self, scope: &Scope) -> bool {
        let of_a_principal = matches!(scope, Scope::Principal(_) | Scope::Sessions(_) | Scope::Account(_));
        let of_a_key = matches!(scope, Scope::KmsKey(_));
        self.scopes.contains(scope) || (self.any_principal && of_a_principal) || (self.any_key && of_a_key)
    }
}
