//! The proof: URLs broken in known ways, and real answers, each with the cause that must come first.
#![cfg(test)]

mod account;
mod answers;
mod broken;
mod buckets;
mod cloudfront;
mod cors;
mod further;
mod in_hand;
mod one_cause;
mod operations;
mod policies;
mod ranking;
mod secrecy;
mod seen_by_s3;
mod signer;
mod signers;
mod threads;

use diagnosis::{Case, Input, Report};

use broken::Broken;
use signer::{Signer, after};

fn report(broken: &Broken) -> Report {
    let input =
        Input { url: &broken.url, error: broken.error.as_deref(), request: broken.request.as_deref(), now: broken.now };
    let case = Case::read(input).unwrap_or_else(|error| panic!("{}: {error}", broken.how));
    Report::of(&case)
}

fn all() -> Vec<Broken> {
    [
        broken::damaged(),
        broken::signed_wrongly(),
        broken::sent_otherwise(),
        broken::seen_otherwise(),
        answers::answered(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn each_broken_url_has_the_cause_first_that_it_was_broken_with() {
    let all = all();
    assert!(all.len() >= 60, "{} are too few to prove anything", all.len());
    let mut wrong = Vec::new();
    for broken in &all {
        let report = report(broken);
        let found: Vec<String> =
            report.findings.iter().map(|f| format!("{} ({})", f.check, f.certainty.as_str())).collect();
        if !report.findings.first().is_some_and(|first| first.check == broken.first && first.certainty.is_cause()) {
            wrong.push(format!("{}: expected {}, found {}", broken.how, broken.first, found.join(", ")));
        }
    }
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), all.len(), wrong.join("\n"));
}

#[test]
fn every_cause_has_evidence_and_a_fix() {
    for broken in all() {
        for finding in report(&broken).findings {
            assert!(!finding.cause.is_empty() && !finding.fix.text.is_empty(), "{}: {}", broken.how, finding.check);
            let inferred = finding.check == "session-revoked";
            assert!(inferred || !finding.evidence.is_empty(), "{}: {} without evidence", broken.how, finding.check);
        }
    }
}

#[test]
fn a_working_url_has_no_cause_to_fail() {
    for signer in [Signer::user(), Signer::session(), Signer::upload()] {
        let sound = Broken { now: after(60), ..broken::broken("sound", "", signer.url()) };
        let report = report(&sound);
        let causes: Vec<_> = report.findings.iter().filter(|finding| finding.certainty.is_cause()).collect();
        assert!(causes.is_empty(), "{causes:?}");
        assert!(report.passed.contains(&"expired"));
    }
}

#[test]
fn the_canonical_request_of_s3_is_rebuilt_to_the_byte() {
    let unchanged = broken::seen_otherwise().into_iter().filter(|broken| broken.first == "signed-otherwise");
    for broken in unchanged {
        let case = Case::read(Input {
            url: &broken.url,
            error: broken.error.as_deref(),
            request: broken.request.as_deref(),
            now: broken.now,
        })
        .unwrap();
        assert_eq!(case.differences(), Some([].as_slice()), "{}", broken.how);
    }
}
