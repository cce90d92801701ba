use jiff::{SignedDuration, Timestamp};

use super::{as_sure_as_the_signer, when_found};
use crate::answers::{Denial, PolicyKind, Reason};
use crate::case::Case;
use crate::check::Outcome;
use crate::facts::{Facts, Revocation, Revocations};
use crate::finding::{Certainty, Finding, Source};
use crate::text::quotable;

/// The longest that a role's session lives: what one from before a cut-off has signed may be as much younger than that.
///
/// Source: IAM user guide, "Update the maximum session duration for a role".
const LONGEST_SESSION: SignedDuration = SignedDuration::from_hours(12);

/// Revocations that are named; of tenants a role may have many.
const NAMED: usize = 5;

pub(super) fn session_revoked(case: &Case) -> Outcome {
    // A user's key is no session.
    if case.url().access_key_id().is_some_and(|id| id.starts_with("AKIA")) {
        return Outcome::NotApplicable;
    }
    let outcome = when_found(case, |facts| &facts.revocations, |revocations, facts| revoked(case, revocations, facts));
    let dated = case.url().v4().is_some_and(|v4| v4.date.is_some());
    let some = case.facts().and_then(|facts| facts.revocations.found()).is_some_and(|found| !found.read.is_empty());
    if some && !dated {
        return Outcome::CouldNotLook(
            "the URL does not tell when it was signed, and some sessions were revoked".to_owned(),
        );
    }
    let unread = case.facts().and_then(|facts| facts.revocations.found()?.unread.as_ref());
    match (outcome, unread) {
        (Outcome::Fine, Some(reason)) => Outcome::CouldNotLook(reason.clone()),
        (outcome, _) => outcome,
    }
}

fn revoked(case: &Case, revocations: &Revocations, facts: &Facts) -> Option<Finding> {
    let signed_at = case.url().v4().and_then(|v4| v4.date)?;
    let said = case.denial();
    let mut hits: Vec<_> =
        revocations.read.iter().filter_map(|it| Some((certainty(it, signed_at, said.as_ref())?, it))).collect();
    hits.sort_by_key(|(certainty, revocation)| (*certainty, std::cmp::Reverse(revocation.before)));
    let (surest, first) = *hits.first()?;
    let mut finding = Finding::new(surest, cause(first, signed_at));
    for (_, revocation) in hits.iter().take(NAMED) {
        finding = finding.seen(Source::Account, described(revocation));
    }
    if let Some(reason) = &revocations.unread {
        finding = finding.seen(Source::Account, format!("not all of the role's revocations could be read: {reason}"));
    }
    if let Some(reason) = said.as_ref().and_then(other_reason) {
        finding = finding.seen(Source::Error, reason);
    }
    let finding = finding
        .seen(Source::Url, format!("it was signed at {signed_at}"))
        .fix("sign again: a session made after that time works");
    let mut finding = as_sure_as_the_signer(facts, finding);
    finding.explains = said.and_then(|denial| denial.check_if(PolicyKind::Identity, Reason::ExplicitDeny));
    Some(finding.rules_out_if_certain(&["signature and expiry: S3 had accepted them"]))
}

/// What S3's own reason is, where it is no Deny statement.
fn other_reason(denial: &Denial) -> Option<&'static str> {
    match denial.reason {
        Reason::NoAllow => Some("S3 said that nothing allows it, and not that a statement denies it"),
        // S3 asks KMS only when the signer may do what the request is for.
        Reason::Untold if denial.policy.is_some() || denial.action.starts_with("kms:") => {
            Some("S3 named another reason than a statement that denies it")
        }
        Reason::ExplicitDeny | Reason::Untold => None,
    }
}

/// None where the revocation cannot have hit the session. A revocation is a Deny statement of the signer's own policies: where
/// S3's answer tells of none, it may have come after it.
fn certainty(revocation: &Revocation, signed_at: Timestamp, said: Option<&Denial>) -> Option<Certainty> {
    let since = signed_at.duration_since(revocation.before);
    let denied =
        said.is_some_and(|denial| denial.reason == Reason::ExplicitDeny && denial.policy == Some(PolicyKind::Identity));
    let not_denied = said.and_then(other_reason).is_some();
    match (since < SignedDuration::ZERO, revocation.of_all) {
        (true, true) if not_denied => Some(Certainty::Possible),
        (true, true) => Some(Certainty::Certain),
        (true, false) if denied => Some(Certainty::Likely),
        (true, false) => Some(Certainty::Possible),
        (false, _) => (since < LONGEST_SESSION).then_some(Certainty::Possible),
    }
}

fn cause(revocation: &Revocation, signed_at: Timestamp) -> &'static str {
    match (signed_at < revocation.before, revocation.of_all) {
        (true, true) => {
            "the session that signed the URL was revoked: its role denies everything to sessions from before a time"
        }
        (true, false) => {
            "the session that signed the URL may be among those that were revoked: its role denies some of the sessions from before a time, such as those of one tenant or caller"
        }
        (false, _) => {
            "the session that signed the URL may be older than the URL, and have been revoked before it signed: its role denies sessions from before a time, and a session lives for up to 12 h"
        }
    }
}

fn described(revocation: &Revocation) -> String {
    let Revocation { policy, before, of_all } = revocation;
    let whose = if *of_all { "sessions" } else { "some sessions" };
    format!("the role's policy `{}` denies {whose} issued before {before}", quotable(policy))
}
