//! What a look into the account tells. A look that was refused is reported as such.

mod archive;
mod bucket;
mod bucket_policy;
mod clients;
mod key_policy;
mod kms;
mod permission;
mod request_context;
mod session_revoked;
mod signer;

use super::checked;
use crate::case::Case;
use crate::check::{Check, Needs, Outcome, Symptom};
use crate::facts::{Facts, Looked, Principal};
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

/// Reasons about what one look showed. Where there is nothing, nothing is wrong.
fn when_found<T, R: Into<Outcome>>(
    case: &Case,
    of: fn(&Facts) -> &Looked<T>,
    found: impl FnOnce(&T, &Facts) -> R,
) -> Outcome {
    when_found_or(case, of, || Outcome::Fine, found)
}

/// The same, where that there is nothing may be what is wrong.
fn when_found_or<T, R: Into<Outcome>>(
    case: &Case,
    of: fn(&Facts) -> &Looked<T>,
    nothing: impl FnOnce() -> Outcome,
    found: impl FnOnce(&T, &Facts) -> R,
) -> Outcome {
    let Some(facts) = case.facts() else { return Outcome::NotApplicable };
    match of(facts) {
        Looked::Found(value) => found(value, facts).into(),
        Looked::Nothing => nothing(),
        Looked::CouldNot(reason) => Outcome::CouldNotLook(reason.clone()),
        Looked::NotAsked => Outcome::NotApplicable,
    }
}

/// Who signed; else what becomes of a check that must know it.
fn signer(facts: &Facts) -> Result<&Principal, Outcome> {
    match &facts.signer {
        Looked::Found(signer) => Ok(signer),
        Looked::CouldNot(reason) => Err(Outcome::CouldNotLook(reason.clone())),
        Looked::Nothing | Looked::NotAsked => Err(Outcome::NotApplicable),
    }
}

/// What rests on who signed is no surer than that, and rules nothing out.
fn as_sure_as_the_signer(facts: &Facts, mut finding: Finding) -> Finding {
    if !facts.signer_is_guessed || finding.certainty > Certainty::Likely {
        return finding;
    }
    finding.certainty = Certainty::Likely;
    finding.rules_out.clear();
    let signer = facts.signer.found().map(|signer| format!(" `{}`", quotable(&signer.arn))).unwrap_or_default();
    finding.seen(
        Source::Account,
        format!("nothing tells that the signer{signer} made the session: it is who usually signs"),
    )
}

/// What rests on what the request does is no surer than its method is known.
fn as_sure_as_the_method(case: &Case, outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Found(finding) if case.known_method().is_none() => finding
            .at_most(
                Certainty::Possible,
                Source::Url,
                "nothing tells which method the URL is for: it was looked at as one for GET",
            )
            .into(),
        outcome => outcome,
    }
}

/// What is fine for the method that was looked at may not be for the URL's own.
fn as_fine_as_the_method(case: &Case, outcome: Outcome) -> Outcome {
    match as_sure_as_the_method(case, outcome) {
        Outcome::Fine if case.known_method().is_none() => Outcome::CouldNotLook(
            "nothing tells which method the URL is for: it was looked at as one for GET, for which it is fine"
                .to_owned(),
        ),
        outcome => outcome,
    }
}
