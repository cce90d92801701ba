//! What a signing role's policies have revoked.

use crate::aws::{account, answer, policy_names, refusal, result, revocation};
use crate::{READ, SESSION, now, report, url};

#[tokio::test]
async fn whichever_way_a_session_was_revoked_it_is_seen() {
    let time = r#""DateLessThan":{"aws:TokenIssueTime":"2026-05-01T10:00:30Z"}"#;
    let all = format!("{{{time}}}");
    let day = r#"{"DateLessThan":{"aws:TokenIssueTime":"2026-05-02"}}"#.to_owned();
    let tagged = format!(r#"{{{time},"StringEquals":{{"aws:PrincipalTag/tenant":["acme","umbrella"]}}}}"#);
    for (name, condition, certainty) in [
        ("AWSRevokeOlderSessions", &all, "certain"),
        ("AWSRevokeOlderSessions-all-1777629630", &all, "certain"),
        ("AWSRevokeOlderSessions", &day, "certain"),
        ("AWSRevokeOlderSessions", &tagged, "possible"),
        ("AWSRevokeOlderSessions-tenant-2a97516c354b68848cdbd8f5-1777629630", &tagged, "possible"),
        ("AWSRevokeOlderSessions-tenants-8-2a97516c354b68848cdbd8f5-1777629630", &tagged, "possible"),
    ] {
        let report = report(account(revocation(name, condition)), &url(SESSION, READ), now).await;
        let found = report.findings.iter().find(|finding| finding.check == "session-revoked");
        assert_eq!(found.map(|finding| finding.certainty.as_str()), Some(certainty), "{name}: {report:?}");
        assert!(found.is_some_and(|finding| finding.evidence[0].text.contains(name)), "{found:?}");
    }
}

/// The one that hits counts, whatever else could not be read.
#[tokio::test]
async fn a_revocation_that_cannot_be_read_hides_none_that_can() {
    let all = r#"{"DateLessThan":{"aws:TokenIssueTime":"2026-05-01T10:00:30Z"}}"#;
    let [_, readable] = revocation("AWSRevokeOlderSessions", all).try_into().unwrap();
    let names = ["AWSRevokeOlderSessions-tenant-1", "AWSRevokeOlderSessions"];
    let changes = vec![
        answer("Action=ListRolePolicies&", 200, result("ListRolePolicies", &policy_names(&names))),
        answer("PolicyName=AWSRevokeOlderSessions-tenant-1&", 403, refusal("AccessDenied")),
        readable,
    ];
    let report = report(account(changes), &url(SESSION, READ), now).await;
    let first = report.findings.first().unwrap();
    assert_eq!((first.check, first.certainty.as_str()), ("session-revoked", "certain"), "{report:?}");
    assert!(first.evidence.iter().any(|evidence| evidence.text.contains("iam:GetRolePolicy")), "{first:?}");
}

#[tokio::test]
async fn a_date_that_cannot_be_read_may_be_of_this_session() {
    let unread = r#"{"DateLessThan":{"aws:TokenIssueTime":"next May"}}"#;
    let report = report(account(revocation("AWSRevokeOlderSessions", unread)), &url(SESSION, READ), now).await;
    assert!(!report.passed.contains(&"session-revoked"), "{report:?}");
    assert!(report.could_not_look.iter().any(|unseen| unseen.check == "session-revoked"), "{report:?}");
}
