//! What a look into the account tells. A look that was refused is reported as such.

mod archive;
mod bucket;
mod bucket_policy;
mod clients;
mod kms;
mod permission;
mod request_context;
mod session_revoked;
mod signer;

pub(crate) use request_context::action;

use super::checked;
use crate::case::Case;
use crate::check::{Check, Needs, Outcome, Symptom};
use crate::facts::{Facts, Looked};
use crate::finding::{Certainty, Finding, Source};
use crate::text::quotable;

pub(super) const FAMILIES: [&[Check]; 5] =
    [signer::CHECKS, bucket::CHECKS, bucket_policy::CHECKS, kms::CHECKS, clients::CHECKS];

const DENIED: Symptom = Symptom::code("AccessDenied");

const fn looked(
    name: &'static str,
    concludes: &'static str,
    brings: &'static [Symptom],
    checklist: &'static [&'static str],
    run: fn(&Case) -> Outcome,
) -> Check {
    Check { needs: Needs::Account, checklist, ..checked(name, concludes, brings, run) }
}

/// Reasons about what one look showed.
fn when_found<T>(
    case: &Case,
    of: fn(&Facts) -> &Looked<T>,
    nothing: fn() -> Outcome,
    found: impl FnOnce(&T, &Facts) -> Option<Finding>,
) -> Outcome {
    let Some(facts) = case.facts() else { return Outcome::NotApplicable };
    match of(facts) {
        Looked::Found(value) => found(value, facts).into(),
        Looked::Nothing => nothing(),
        Looked::CouldNot(reason) => Outcome::CouldNotLook(reason.clone()),
        Looked::NotAsked => Outcome::NotApplicable,
    }
}

/// What rests on who signed is no surer than that.
fn as_sure_as_the_signer(facts: &Facts, mut finding: Finding) -> Finding {
    if !facts.signer_is_guessed || finding.certainty > Certainty::Likely {
        return finding;
    }
    finding.certainty = Certainty::Likely;
    let signer = facts.signer.found().map(|signer| format!(" `{}`", quotable(signer))).unwrap_or_default();
    finding.seen(
        Source::Account,
        format!("nothing tells that the signer{signer} made the session: it is who usually signs"),
    )
}

fn fine() -> Outcome {
    Outcome::Fine
}
