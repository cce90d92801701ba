use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use presign::cache::LookUp;
use presign::generation::{Generations, Scope};
use presign::names::BucketName;
use presign::operation::{Operation, OperationClass};

use crate::steps::Prepared;

/// Under which generations URLs of a bucket were found to work, by what they are for. Each instance has its own, so that each tries
/// its first URL after an invalidation; before one, it tries none.
#[derive(Debug, Default)]
pub struct VerifiedGenerations(Mutex<HashMap<(BucketName, OperationClass), Generations>>);

impl VerifiedGenerations {
    /// Whether the profile has the first URL after an invalidation tried, and this is it. It takes down the generations that it sees first,
    /// for what was invalidated before them is none of this instance's.
    pub(super) fn is_due(&self, prepared: &Prepared<'_>, found: Option<&LookUp>) -> bool {
        let Some((key, generations)) = key_and_generations(prepared, found) else { return false };
        let mut verified = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *verified.entry(key).or_insert_with(|| generations.clone()) != generations
    }

    /// What was found to work under these generations need not be tried again.
    pub(super) fn note(&self, prepared: &Prepared<'_>, found: Option<&LookUp>) {
        if let Some((key, generations)) = key_and_generations(prepared, found) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, generations);
        }
    }
}

/// None where the profile does not ask for it, the operation cannot be tried, or the generations are not known.
fn key_and_generations(
    prepared: &Prepared<'_>,
    found: Option<&LookUp>,
) -> Option<((BucketName, OperationClass), Generations)> {
    let (profile, operation) = (prepared.bound.profile(), prepared.bound.request().operation());
    let tried = matches!(operation, Operation::GetObject | Operation::HeadObject | Operation::PutObject);
    let found = found.filter(|_| profile.verifies_after_invalidation() && tried)?;
    // Keys that a request names are its own: what is noted is the profile's.
    let of_profile: Vec<Scope> = profile.scopes().collect();
    let scopes = prepared.terms.scopes.of_url.iter();
    let scopes = scopes.filter(|scope| !matches!(scope, Scope::KmsKey(_)) || of_profile.contains(scope));
    Some(((profile.bucket().clone(), operation.class()), found.generations(scopes)))
}
