use super::{as_sure_as_the_method, when_found};
use crate::case::Case;
use crate::check::Outcome;
use crate::facts::{Looked, ObjectFacts};
use crate::finding::{Finding, Source};
use crate::text::quotable;

/// Whether the object must be restored before GET can have it; every other method works all the same.
///
/// Source: Amazon S3 API reference, "HeadObject": `x-amz-restore`, `x-amz-archive-status`.
pub(super) fn archived_object(case: &Case) -> Outcome {
    let reads = matches!(case.operation().action, Some("s3:GetObject" | "s3:GetObjectVersion"));
    if case.method() != "GET" || !reads {
        return Outcome::NotApplicable;
    }
    if let Some(reason) = hidden(case) {
        return Outcome::CouldNotLook(reason);
    }
    as_sure_as_the_method(case, when_found(case, |facts| &facts.object, |object, _| finding(object)))
}

/// A listing tells that `INTELLIGENT_TIERING` has the object, and not in which of its tiers.
fn hidden(case: &Case) -> Option<String> {
    let object = case.facts()?.object.found()?;
    let tiered = object.only_listed && object.storage_class.as_deref() == Some("INTELLIGENT_TIERING");
    match &object.encryption {
        Looked::CouldNot(reason) if tiered => Some(reason.clone()),
        _ => None,
    }
}

fn finding(object: &ObjectFacts) -> Option<Finding> {
    let class = object.storage_class.as_deref().filter(|class| matches!(*class, "GLACIER" | "DEEP_ARCHIVE"));
    let status = object.archive_status.as_deref();
    let seen = match (status, class) {
        (Some(status), _) => format!("its archive status is `{}`", quotable(status)),
        (None, Some(class)) => format!("its storage class is `{}`", quotable(class)),
        (None, None) => return None,
    };
    let ongoing =
        |is: &str| object.restore.as_deref().is_some_and(|it| it.contains(&format!("ongoing-request=\"{is}\"")));
    if ongoing("false") {
        return None;
    }
    let (cause, fix) = if ongoing("true") {
        (
            "the object is archived, and is being restored: it cannot be read before that is done",
            "use the URL once it is done",
        )
    } else {
        (
            "the object is archived, and must be restored before it can be read",
            "restore it, and use the URL once that is done",
        )
    };
    let finding = if object.only_listed { Finding::possible(cause) } else { Finding::certain(cause) };
    let finding = finding.seen(Source::Account, seen).fix(fix);
    let finding = if object.only_listed {
        finding.seen(Source::Account, "whether it was restored a listing does not tell")
    } else {
        finding
    };
    // Who tiers by access restores for good: S3 takes no `Days` then.
    let days = if status.is_some() { "'{}'" } else { "Days=1" };
    Some(finding.paste(format!("aws s3api restore-object --bucket BUCKET --key KEY --restore-request {days}")))
}
