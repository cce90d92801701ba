//! The table of checks, and the checks by family. What stands first in the table is first among findings of one certainty.

mod account;
mod added_parameter;
mod blocked;
mod canonical;
mod checksum;
mod cloudfront;
mod credential;
mod damage;
mod form;
mod headers;
mod place;
mod region;
mod time;
mod version_2;

pub(crate) use checksum::{EMPTY_CHECKSUM, is_empty_checksum};
pub(crate) use headers::hinted_method;
pub(crate) use region::{REGIONAL_SIGNATURE, SIGN_FOR_ALL};

use crate::case::Case;
use crate::check::{Check, Needs, Outcome, Symptom};

/// What S3 answers to whatever was changed after signing.
const SIGNATURE: Symptom = Symptom::code("SignatureDoesNotMatch");

/// Under which it is told that `host` is not signed: by the URL, or by S3.
const HOST_NOT_SIGNED: &str = "host-not-signed";

/// The families, in the order in which one would look.
const FAMILIES: [&[Check]; 11] = [
    blocked::CHECKS,
    damage::CHECKS,
    form::CHECKS,
    cloudfront::CHECKS,
    time::CHECKS,
    credential::CHECKS,
    place::CHECKS,
    checksum::CHECKS,
    headers::CHECKS,
    version_2::CHECKS,
    canonical::CHECKS,
];

/// Every check.
pub fn all() -> impl Iterator<Item = &'static Check> {
    FAMILIES.into_iter().chain(account::FAMILIES).flatten()
}

/// A check that needs nothing but the URL.
const fn checked(
    name: &'static str,
    concludes: &'static str,
    brings: &'static [Symptom],
    run: fn(&Case) -> Outcome,
) -> Check {
    Check { name, needs: Needs::Url, concludes, brings, checklist: &[], run }
}
