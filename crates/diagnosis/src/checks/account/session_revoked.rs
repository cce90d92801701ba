use jiff::{SignedDuration, Timestamp};

use super::{fine, when_found};
use crate::answers::{Denial, PolicyKind};
use crate::case::Case;
use crate::check::Outcome;
use crate::facts::Revocation;
use crate::finding::{Certainty, Finding, Source};
use crate::text::quotable;

/// The longest that a role's session lives: what one from before a cut-off has signed may be as much younger than that.
///
/// Source: IAM user guide, "Update the maximum session duration for a role".
const LONGEST_SESSION: SignedDuration = SignedDuration::from_hours(12);

/// Revocations that are named; of tenants a role may have many.
const NAMED: usize = 5;

pub(super) fn session_revoked(case: &Case) -> Outcome {
    when_found(
        case,
        |facts| &facts.revocations,
        fine,
        |revocations, _| {
            let signed_at = case.url().v4().and_then(|v4| v4.date)?;
            let denied = denies_by_identity(case);
            let mut hits: Vec<_> =
                revocations.iter().filter_map(|it| Some((certainty(it, signed_at, denied)?, it))).collect();
            hits.sort_by_key(|(certainty, revocation)| (*certainty, std::cmp::Reverse(revocation.before)));
            let (surest, first) = *hits.first()?;
            let finding = hits
                .iter()
                .take(NAMED)
                .fold(Finding::new(surest, cause(first, signed_at)), |finding, (_, revocation)| {
                    finding.seen(Source::Account, said(revocation))
                });
            let finding = finding
                .seen(Source::Url, format!("it was signed at {signed_at}"))
                .fix("sign again: a session made after that time works");
            // What is possible rules out nothing.
            let sure = surest == Certainty::Certain;
            Some(if sure { finding.rules_out(&["signature and expiry: S3 had accepted them"]) } else { finding })
        },
    )
}

/// Whether S3 said that a Deny statement of the signer's own policies forbids it, as a revocation is one.
fn denies_by_identity(case: &Case) -> bool {
    let denial = case.error().and_then(|error| Denial::read(error.message()));
    denial.is_some_and(|denial| denial.explicit && denial.policy == Some(PolicyKind::Identity))
}

/// None where the revocation cannot have hit the session.
fn certainty(revocation: &Revocation, signed_at: Timestamp, denied: bool) -> Option<Certainty> {
    let since = signed_at.duration_since(revocation.before);
    match (since < SignedDuration::ZERO, revocation.of_all) {
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

fn said(revocation: &Revocation) -> String {
    let Revocation { policy, before, of_all } = revocation;
    let whose = if *of_all { "sessions" } else { "some sessions" };
    format!("the role's policy `{}` denies {whose} issued before {before}", quotable(policy))
}
