//! Grants of a KMS key, which may be many.

use crate::aws::{account, answer, key_policy, simulated};
use crate::{READ, SESSION, now, report, url};

const GRANT: &str = r#"{"Grants":[{"GranteePrincipal":"arn:aws:iam::123456789012:role/team/signer","Operations":["Decrypt"]}],"Truncated":false}"#;

#[tokio::test]
async fn a_grant_admits_a_signer_whom_the_key_policy_does_not() {
    let other = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/admin"},"Action":"kms:*","Resource":"*"}"#;
    let changes = vec![key_policy(other), answer("TrentService.ListGrants", 200, GRANT)];
    let report = report(account(changes), &url(SESSION, READ), now).await;
    assert!(!report.has_cause() && report.findings.iter().any(|finding| finding.check == "kms-grants"), "{report:?}");
}

/// KMS gives 50 grants at once, and a key may have thousands.
#[tokio::test]
async fn a_grant_on_a_later_page_counts() {
    let other = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/admin"},"Action":"kms:*","Resource":"*"}"#;
    let first = r#"{"Grants":[{"GranteePrincipal":"arn:aws:iam::123456789012:role/other","Operations":["Decrypt"]}],"Truncated":true,"NextMarker":"second-page"}"#;
    let changes =
        vec![key_policy(other), answer("second-page", 200, GRANT), answer("TrentService.ListGrants", 200, first)];
    let report = report(account(changes), &url(SESSION, READ), now).await;
    assert!(!report.has_cause() && report.findings.iter().any(|finding| finding.check == "kms-grants"), "{report:?}");
}

#[tokio::test]
async fn a_page_of_grants_that_is_refused_hides_none_before_it() {
    let other = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/admin"},"Action":"kms:*","Resource":"*"}"#;
    let more = r#""Truncated":true,"NextMarker":"second-page""#;
    let of_another = r#"{"Grants":[{"GranteePrincipal":"arn:aws:iam::123456789012:role/other","Operations":["Decrypt"]}],"Truncated":false}"#;
    for (first, check, certainty) in [(GRANT, "kms-grants", "hint"), (of_another, "kms-key-policy", "possible")] {
        let refused = answer("second-page", 400, r#"{"__type":"ThrottlingException","message":"no"}"#);
        let first = first.replace(r#""Truncated":false"#, more);
        let changes = vec![key_policy(other), refused, answer("TrentService.ListGrants", 200, first)];
        let report = report(account(changes), &url(SESSION, READ), now).await;
        let found = report.findings.iter().find(|finding| finding.check == check);
        assert_eq!(found.map(|finding| finding.certainty.as_str()), Some(certainty), "{report:?}");
        let unread = report.could_not_look.iter().any(|unseen| unseen.check == "kms-grants");
        assert_eq!(unread, check != "kms-grants", "{report:?}");
        assert!(!report.has_cause(), "{report:?}");
    }
}

#[tokio::test]
async fn a_grant_with_constraints_does_not_hide_what_the_signer_may_not() {
    let constrained = GRANT.replace(
        r#""Operations""#,
        r#""Constraints":{"EncryptionContextEquals":{"aws:s3:arn":"arn:aws:s3:::other"}},"Operations""#,
    );
    let denied = || simulated("implicitDeny", "").of("kms%3ADecrypt");
    let root =
        r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"kms:*","Resource":"*"}"#;
    for (grants, found) in [(GRANT.to_owned(), None), (constrained, Some("possible"))] {
        let changes = vec![denied(), key_policy(root), answer("TrentService.ListGrants", 200, grants)];
        let report = report(account(changes), &url(SESSION, READ), now).await;
        let finding = report.findings.iter().find(|finding| finding.check == "signer-may-decrypt");
        assert_eq!(finding.map(|finding| finding.certainty.as_str()), found, "{report:?}");
    }
}

/// Pages of grants that are read while someone waits.
const MOST_PAGES: usize = 5;

/// Someone waits: of a key with tens of thousands of grants not all are read, and what was read counts.
#[tokio::test]
async fn of_very_many_grants_the_first_are_read() {
    let other = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/admin"},"Action":"kms:*","Resource":"*"}"#;
    let page = |at: usize, role: &str| {
        let grant =
            format!(r#"{{"GranteePrincipal":"arn:aws:iam::123456789012:role/{role}","Operations":["Decrypt"]}}"#);
        let next = if at < 100 { format!(r#","NextMarker":"page-{at}-""#) } else { String::new() };
        format!(r#"{{"Grants":[{grant}],"Truncated":{}{next}}}"#, at < 100)
    };
    // No other page is answered than those that are read.
    let later = || (1..MOST_PAGES).map(|at| answer(format!("page-{at}-").leak(), 200, page(at + 1, "other")));
    for (role, admitted) in [("other", false), ("team/signer", true)] {
        let first = answer("TrentService.ListGrants", 200, page(1, role));
        let changes = std::iter::once(key_policy(other)).chain(later()).chain([first]).collect();
        let report = report(account(changes), &url(SESSION, READ), now).await;
        let certainty =
            |check: &str| report.findings.iter().find(|it| it.check == check).map(|it| it.certainty.as_str());
        assert_eq!(certainty("kms-grants"), admitted.then_some("hint"), "{report:?}");
        assert_eq!(certainty("kms-key-policy"), (!admitted).then_some("possible"), "{report:?}");
        let unseen = report.could_not_look.iter().find(|unseen| unseen.check == "kms-grants");
        let told = unseen.is_some_and(|unseen| unseen.reason == "kms:ListGrants: of its grants the first 5 were read");
        assert_eq!(told, !admitted, "{report:?}");
    }
}
