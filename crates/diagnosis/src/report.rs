use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::answers;
use crate::case::Case;
use crate::check::{Check, Outcome};
use crate::checks;
use crate::error_document::{Bodyless, ErrorDocument};
use crate::finding::{Certainty, Finding};
use crate::text::pasteable;
use crate::url::Signing;

/// Why a URL fails, as far as can be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub url: UrlSummary,
    /// What S3 answered, if that was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<AnswerSummary>,
    /// The likeliest cause first.
    pub findings: Vec<Finding>,
    /// Checks that would have needed a look which was refused, with the reason. They are not fine, they are unknown.
    pub could_not_look: Vec<Unseen>,
    /// The names of the checks that were made, and found nothing.
    pub passed: Vec<&'static str>,
}

/// What a URL says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UrlSummary {
    /// Without the query.
    pub address: String,
    pub signature_version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
    pub key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    pub has_session_token: bool,
    /// What the client must send, besides `host`.
    pub headers_to_send: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AnswerSummary {
    pub code: String,
    pub message: String,
    /// For AWS's support.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// A check that could not be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unseen {
    pub check: &'static str,
    pub reason: String,
}

/// Where a finding stands among the others: the lowest is the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    certainty: Certainty,
    /// What only repeats what S3 said comes after what explains it.
    generic: bool,
    place: usize,
}

/// The check that finds no signature.
const UNSIGNED: &str = "not-presigned";

impl Report {
    /// Whether a cause was found.
    #[must_use]
    pub fn has_cause(&self) -> bool {
        self.findings.iter().any(|finding| finding.certainty.is_cause())
    }

    /// Makes every check that what is known allows.
    #[must_use]
    pub fn of(case: &Case) -> Self {
        let Made { mut found, mut could_not_look, mut passed } = Made::of(case);
        add_answers(case, &mut found);
        found.sort_by_key(|(rank, _)| *rank);
        let mut findings = merged(found.into_iter().map(|(_, finding)| finding));
        passed.retain(|name| findings.iter().all(|finding| finding.check != *name));
        findings.iter_mut().filter_map(|it| it.fix.paste.as_mut()).for_each(|paste| *paste = filled_in(paste, case));
        let redactor = &case.redactor;
        findings.iter_mut().flat_map(Finding::texts_mut).for_each(|text| *text = redactor.clean(text));
        for unseen in &mut could_not_look {
            unseen.reason = redactor.clean(&unseen.reason);
        }
        Self { url: UrlSummary::of(case), answer: AnswerSummary::of(case), findings, could_not_look, passed }
    }
}

/// A command with what the URL tells in place of words, where it can stand in one.
fn filled_in(paste: &str, case: &Case) -> String {
    let place = case.url().place();
    let bucket = place.bucket.as_deref().filter(|_| !place.access_point).unwrap_or_default();
    let folder = place.key.rfind('/').and_then(|at| place.key.get(..=at)).unwrap_or_default();
    let object = if bucket.is_empty() { String::new() } else { format!("{bucket}/{}", place.key) };
    [
        ("--bucket ", "BUCKET", bucket),
        ("s3://", "BUCKET/KEY", &object),
        ("--key ", "KEY", &place.key),
        ("--prefix ", "KEY", &place.key),
        ("--prefix ", "PREFIX", folder),
    ]
    .into_iter()
    .fold(paste.to_owned(), |paste, (before, word, told)| {
        paste.replace(&format!("{before}{word}"), &format!("{before}{}", pasteable(told, word)))
    })
}

/// What the checks came to.
#[derive(Default)]
struct Made {
    found: Vec<(Rank, Finding)>,
    could_not_look: Vec<Unseen>,
    passed: Vec<&'static str>,
}

impl Made {
    fn of(case: &Case) -> Self {
        let mut made = Self::default();
        for (place, check) in checks::all().enumerate().filter(|(_, check)| check.needs.are_met(case)) {
            match (check.run)(case) {
                Outcome::NotApplicable => {}
                Outcome::Fine => made.passed.push(check.name),
                Outcome::CouldNotLook(reason) => made.could_not_look.push(Unseen { check: check.name, reason }),
                Outcome::Found(finding) => {
                    let mut finding = finding.of(check.name);
                    demote(&mut finding, check, case.error());
                    made.found.push((Rank { certainty: finding.certainty, generic: false, place }, finding));
                }
            }
        }
        made
    }
}

/// Whether S3's answer says no more than that it refused.
fn tells_nothing(case: &Case, found: &[(Rank, Finding)]) -> bool {
    // Of a signature that does not match S3 tells no more than that, and CloudFront of nothing that it refuses; every other
    // answer is a fact of its own.
    let refused_by_cloudfront = case.is_for_cloudfront() && case.said("AccessDenied", "");
    // Nor does it tell more of a request that it takes for an anonymous one.
    let anonymous = found.iter().any(|(_, it)| it.check == UNSIGNED && it.certainty == Certainty::Certain);
    case.said("SignatureDoesNotMatch", "") || refused_by_cloudfront || anonymous && case.said("AccessDenied", "")
}

/// Adds what S3 said to what was found.
fn add_answers(case: &Case, found: &mut Vec<(Rank, Finding)>) {
    let explained = tells_nothing(case, found) && found.iter().any(|(_, finding)| finding.certainty.is_cause());
    let answers = answers::explain(case);
    let reasons: BTreeMap<_, _> = found
        .iter()
        .filter(|(_, it)| it.certainty == Certainty::Certain)
        .filter_map(|(_, it)| Some((it.explains?, it.check)))
        .collect();
    let reason_found = answers.iter().any(|(_, finding)| reasons.contains_key(finding.check));
    for (place, (generic, mut finding)) in answers.into_iter().enumerate() {
        // S3's words are about what was found in the account; what else they may mean need not be guessed then.
        match reasons.get(finding.check) {
            Some(check) => finding.check = check,
            None if reason_found && finding.certainty == Certainty::Possible => continue,
            None => {}
        }
        // What only repeats the answer is no second cause beside what explains it.
        if generic && explained && found.iter().all(|(_, other)| other.check != finding.check) {
            continue;
        }
        let place = usize::MAX / 2 + place;
        let certainty = if generic { finding.certainty.max(Certainty::Likely) } else { finding.certainty };
        found.push((Rank { certainty, generic, place }, finding));
    }
}

/// A check whose cause would have brought another answer than S3's has not found the cause of this one, and what S3 would have
/// said of it tells nothing of what it did say.
fn demote(finding: &mut Finding, check: &Check, error: Option<&ErrorDocument>) {
    let Some(error) = error.filter(|error| error.bodyless() != Some(Bodyless::Foreign)) else { return };
    let explains = check.brings.is_empty() || check.brings.iter().any(|symptom| symptom.is_of(error));
    if !explains && finding.certainty < Certainty::Possible {
        finding.certainty = Certainty::Possible;
        finding.rules_out.clear();
        finding.cause.push_str(" (S3's answer has another reason; this comes next)");
    }
}

/// One finding of each check: the surest, with the evidence of all.
fn merged(findings: impl Iterator<Item = Finding>) -> Vec<Finding> {
    let mut places: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut merged: Vec<Finding> = Vec::new();
    for finding in findings {
        if let Some(first) = places.get(finding.check).and_then(|place| merged.get_mut(*place)) {
            let new = |evidence: &_| !first.evidence.contains(evidence);
            let more: Vec<_> = finding.evidence.into_iter().filter(new).collect();
            first.evidence.extend(more);
            let more: Vec<_> = finding.rules_out.into_iter().filter(|what| !first.rules_out.contains(what)).collect();
            first.rules_out.extend(more);
            if first.fix.paste.is_none() {
                first.fix.paste = finding.fix.paste;
            }
        } else {
            places.insert(finding.check, merged.len());
            merged.push(finding);
        }
    }
    merged
}

impl UrlSummary {
    fn of(case: &Case) -> Self {
        let url = case.url();
        let clean = |text: &str| case.redactor.clean(&crate::text::quotable(text));
        let v4 = url.v4();
        Self {
            address: clean(&url.to_string()),
            signature_version: match url.signing() {
                Signing::V4(_) => "4",
                Signing::V2(_) => "2",
                Signing::CloudFront(_) => "CloudFront",
                Signing::Azure => "Azure",
                Signing::Google => "Google",
                Signing::None => "none",
            },
            bucket: url.place().bucket.as_deref().map(clean),
            key: clean(&url.place().key),
            region: v4.and_then(|v4| v4.region()).or(url.place().region.as_deref()).map(clean),
            access_key_id: url.access_key_id().map(clean),
            signed_at: v4.and_then(|v4| v4.date),
            expires_at: url.end(),
            has_session_token: url.has_token(),
            headers_to_send: v4.map(|v4| v4.headers_to_send().into_iter().map(clean).collect()).unwrap_or_default(),
        }
    }
}

impl AnswerSummary {
    fn of(case: &Case) -> Option<Self> {
        let error = case.error()?;
        let clean = |text: &str| case.redactor.clean(&crate::text::quotable(text));
        Some(Self {
            code: clean(error.code()),
            message: clean(error.message()),
            request_id: error.detail("RequestId").map(clean),
        })
    }
}
