//! What is looked at for a URL, with an account made of given answers.
#![cfg(test)]

mod double;

use std::time::Duration;

use diagnosis::facts::{Circumstances, Decision, Looked};
use diagnosis::{Case, Input, Report};
use diagnosis_online::{Asked, Patient, gather};

use double::Double;

const KEY: &str = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn case(key_id: &str, method_hint: &str, error: Option<&str>) -> Case {
    case_of(key_id, method_hint, error, |url| url)
}

fn case_of(key_id: &str, method_hint: &str, error: Option<&str>, change: impl Fn(String) -> String) -> Case {
    let url = format!(
        "https://amzn-s3-demo-bucket.s3.eu-central-1.amazonaws.com/reports/q1.pdf?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={key_id}\
         %2F20260501%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Date=20260501T100000Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host\
         &X-Amz-Security-Token=token&X-Amz-Signature={}{method_hint}",
        "0".repeat(64)
    );
    let url = if key_id.starts_with("AKIA") { url.replace("&X-Amz-Security-Token=token", "") } else { url };
    let url = change(url);
    Case::read(Input { url: &url, error, request: None, now: "2026-05-01T10:01:00Z".parse().unwrap() }).unwrap()
}

async fn report(account: &Double, case: Case, asked: &Asked) -> Report {
    let facts = gather(account, &case, asked).await;
    Report::of(&case.with_facts(facts))
}

const ROLE: &str = "arn:aws:sts::123456789012:assumed-role/signer/s1";

#[tokio::test]
async fn a_users_key_leads_to_its_user_and_status() {
    let account = Double { user: Looked::Found("uploader".to_owned()), ..Double::new() };
    let report = report(&account, case("AKIAIOSFODNN7EXAMPLE", "", None), &Asked::default()).await;
    assert_eq!(report.findings[0].check, "access-key-status");
    assert!(account.was_asked("permission arn:aws:iam::123456789012:user/uploader s3:GetObject"));
}

#[tokio::test]
async fn a_sessions_role_is_the_one_that_s3s_answer_names() {
    let account = Double::new();
    let denied = format!(
        "<Error><Code>AccessDenied</Code><Message>User: {ROLE} is not authorized to perform: s3:GetObject on resource: \"x\" with an explicit deny in an identity-based policy</Message></Error>"
    );
    let report = report(&account, case("ASIAIOSFODNN7EXAMPLE", "", Some(&denied)), &Asked::default()).await;
    assert!(
        report.findings.iter().any(|finding| finding.check == "session-revoked" && finding.certainty.is_cause()),
        "{report:?}"
    );
    assert!(account.was_asked("permission arn:aws:iam::123456789012:role/team/signer s3:GetObject arn:aws:s3:::amzn-s3-demo-bucket/reports/q1.pdf"));
    assert!(account.was_asked("permission arn:aws:iam::123456789012:role/team/signer kms:Decrypt"));
}

#[tokio::test]
async fn a_session_that_no_one_names_is_not_called_fine() {
    let account = Double::new();
    let report = report(&account, case("ASIAIOSFODNN7EXAMPLE", "", None), &Asked::default()).await;
    let unseen: Vec<_> = report.could_not_look.iter().map(|unseen| unseen.check).collect();
    assert!(unseen.contains(&"signer-permission") && unseen.contains(&"session-revoked"), "{unseen:?}");
    assert!(report.could_not_look.iter().any(|unseen| unseen.reason.contains("--signer")));
    assert!(!account.was_asked("permission"));
}

/// The service's own role may not ask whose an access key is.
#[tokio::test]
async fn a_users_key_is_never_taken_for_a_session_of_who_usually_signs() {
    let usually =
        || Asked { usual_signer: Some("arn:aws:iam::123456789012:role/signer".to_owned()), ..Asked::default() };
    let refused = Looked::CouldNot("iam:GetAccessKeyLastUsed: AccessDenied".to_owned());
    for user in [refused, Looked::Nothing] {
        let account = Double { user, ..Double::new() };
        let report = report(&account, case("AKIAIOSFODNN7EXAMPLE", "", None), &usually()).await;
        assert!(report.findings.iter().all(|finding| finding.check != "session-revoked"), "{report:?}");
        assert!(report.could_not_look.iter().any(|unseen| unseen.check == "signer-permission"), "{report:?}");
        assert!(!account.was_asked("permission") && !account.was_asked("policies"));
    }
    let account = Double::new();
    let report = report(&account, case("ASIAIOSFODNN7EXAMPLE", "", None), &usually()).await;
    let revoked = report.findings.iter().find(|finding| finding.check == "session-revoked").unwrap();
    assert_eq!(revoked.certainty.as_str(), "likely");
    assert!(account.was_asked("permission arn:aws:iam::123456789012:role/team/signer"));
}

/// Who may ask about one bucket learns nothing of another's role by naming it in an answer of S3's.
#[tokio::test]
async fn an_answer_that_is_handed_in_makes_nobody_look_at_another_role() {
    let usual = |signer: Option<&str>| Asked {
        usual_signer: signer.map(str::to_owned),
        doubts_answer: true,
        ..Asked::default()
    };
    let error = format!(
        "<Error><Code>AccessDenied</Code><Message>User: {ROLE} is not authorized to perform: s3:GetObject</Message></Error>"
    );
    for (signer, looked) in [
        (Some("arn:aws:iam::123456789012:role/team/signer"), true),
        (Some("arn:aws:iam::123456789012:role/other"), false),
        (Some("arn:aws:iam::210987654321:role/signer"), false),
        (None, false),
    ] {
        let account = Double::new();
        let report = report(&account, case("ASIAIOSFODNN7EXAMPLE", "", Some(&error)), &usual(signer)).await;
        assert_eq!(account.was_asked("permission arn:aws:iam::123456789012:role/team/signer"), looked, "{signer:?}");
        assert_eq!(account.was_asked("policies"), looked, "{signer:?}");
        let unseen = report.could_not_look.iter().any(|unseen| unseen.check == "session-revoked");
        assert_eq!(unseen, !looked, "{report:?}");
    }
}

#[tokio::test]
async fn the_signer_and_the_page_can_be_named() {
    let account = Double { decision: Decision::ImplicitDeny, ..Double::new() };
    let circumstances =
        Circumstances { origin: Some("https://app.example.com".to_owned()), ..Circumstances::default() };
    let asked = Asked { signer: Some(ROLE.to_owned()), circumstances, ..Asked::default() };
    let case = case("ASIAIOSFODNN7EXAMPLE", "&x-id=GetObject", None);
    let facts = gather(&account, &case, &asked).await;
    let report = Report::of(&case.with_facts(diagnosis::facts::Facts { revocations: Looked::Nothing, ..facts }));
    let causes: Vec<_> =
        report.findings.iter().filter(|finding| finding.certainty.is_cause()).map(|finding| finding.check).collect();
    assert_eq!(causes, ["signer-permission", "signer-may-decrypt", "cors"]);
}

#[tokio::test]
async fn an_upload_asks_for_the_buckets_key_and_not_for_the_object() {
    let account = Double::new();
    let asked = Asked { signer: Some(ROLE.to_owned()), ..Asked::default() };
    report(&account, case("ASIAIOSFODNN7EXAMPLE", "&x-id=PutObject", None), &asked).await;
    assert!(!account.was_asked("object"));
    assert!(account.was_asked("kms key"));
    assert!(account.was_asked("permission arn:aws:iam::123456789012:role/team/signer kms:GenerateDataKey"));
}

/// S3's own words tell what was asked, where the URL does not.
#[tokio::test]
async fn what_s3_looked_for_is_asked_about() {
    let account = Double::new();
    let denied = format!(
        "<Error><Code>AccessDenied</Code><Message>User: {ROLE} is not authorized to perform: s3:PutObject on resource: \"x\" because no identity-based policy allows the s3:PutObject action</Message></Error>"
    );
    report(&account, case("ASIAIOSFODNN7EXAMPLE", "", Some(&denied)), &Asked::default()).await;
    assert!(!account.was_asked("object"));
    for action in ["s3:PutObject", "kms:GenerateDataKey"] {
        assert!(
            account.was_asked(&format!("permission arn:aws:iam::123456789012:role/team/signer {action}")),
            "{action}"
        );
    }
}

#[tokio::test]
async fn what_needs_neither_object_nor_key_asks_for_none() {
    for (query, action, object, key) in [
        ("&x-id=DeleteObject", "s3:DeleteObject", false, false),
        ("&uploadId=1&x-id=AbortMultipartUpload", "s3:AbortMultipartUpload", false, false),
        ("&uploadId=1&x-id=ListParts", "s3:ListMultipartUploadParts", false, false),
        ("&x-amz-server-side-encryption=AES256&x-id=PutObject", "s3:PutObject", false, false),
        ("&x-id=GetObject", "s3:GetObject", true, true),
    ] {
        let account = Double::new();
        let asked = Asked { signer: Some(ROLE.to_owned()), ..Asked::default() };
        report(&account, case("ASIAIOSFODNN7EXAMPLE", query, None), &asked).await;
        assert_eq!((account.was_asked("object"), account.was_asked("kms key")), (object, key), "{query}");
        assert!(
            account.was_asked(&format!("permission arn:aws:iam::123456789012:role/team/signer {action} ")),
            "{query}"
        );
    }
}

/// A bucket's own ACL is no object's.
#[tokio::test]
async fn without_a_key_no_object_is_looked_for() {
    let acl = |url: String| format!("{}&acl&x-id=PutObject", url.replace("/reports/q1.pdf", "/"));
    let account = Double::new();
    let asked = Asked { signer: Some(ROLE.to_owned()), ..Asked::default() };
    let report = report(&account, case_of("ASIAIOSFODNN7EXAMPLE", "", None, acl), &asked).await;
    assert!(!account.was_asked("object"), "{report:?}");
}

/// Of a key that the request never meets, whatever is wrong is no cause, and whatever is right clears nothing.
#[tokio::test]
async fn a_key_that_the_request_does_not_tell_is_not_taken_for_the_buckets() {
    const SSE: &str = "x-amz-server-side-encryption";
    let key_id = format!("{SSE}-aws-kms-key-id");
    let denied = format!(
        "<Error><Code>AccessDenied</Code><Message>User: {ROLE} is not authorized to perform: kms:Decrypt on resource: \"{KEY}\" because no identity-based policy allows the kms:Decrypt action</Message></Error>"
    );
    let part = "&uploadId=1&partNumber=1&x-id=UploadPart";
    for (signed, query, error, looked) in [
        (format!("host;{SSE};{key_id}"), "", None, false),
        (format!("host;{SSE}"), "", None, false),
        ("host".to_owned(), "&x-amz-server-side-encryption=aws:kms&x-id=PutObject", None, false),
        ("host".to_owned(), "&x-amz-server-side-encryption-aws-kms-key-id=1&x-id=PutObject", None, true),
        ("host".to_owned(), "&x-id=PutObject", None, true),
        ("host".to_owned(), part, None, false),
        ("host".to_owned(), "&uploadId=1&x-id=CompleteMultipartUpload", None, false),
        ("host".to_owned(), part, Some(denied.as_str()), true),
    ] {
        let signed = format!("SignedHeaders={}", signed.replace(';', "%3B"));
        let case = case_of("ASIAIOSFODNN7EXAMPLE", query, error, |url| url.replace("SignedHeaders=host", &signed));
        let account = Double { decision: Decision::ImplicitDeny, ..Double::new() };
        let asked = Asked { signer: Some(ROLE.to_owned()), ..Asked::default() };
        let report = report(&account, case, &asked).await;
        assert_eq!(account.was_asked("kms key"), looked, "{signed} {query}");
        let unseen = |check| report.could_not_look.iter().any(|unseen| unseen.check == check);
        for check in ["kms-key-state", "kms-key-region", "kms-key-policy", "kms-grants"] {
            assert_eq!(unseen(check), !looked, "{check} {signed} {query}: {report:?}");
        }
        let may = ["signer-may-decrypt", "signer-may-generate-data-key"];
        assert_eq!(may.into_iter().any(unseen), !looked, "{signed} {query}: {report:?}");
        assert_eq!(report.findings.iter().any(|it| may.contains(&it.check)), looked, "{signed} {query}: {report:?}");
    }
}

/// The path of another account's role is not to be had, and the session of one that is named is.
#[tokio::test]
async fn what_is_known_of_the_signer_is_kept() {
    for (signer, path_known, session) in [
        ("arn:aws:sts::123456789012:assumed-role/signer/s1", true, true),
        ("arn:aws:iam::123456789012:role/signer", true, false),
        ("arn:aws:sts::210987654321:assumed-role/signer/s1", false, true),
    ] {
        let asked = Asked { signer: Some(signer.to_owned()), ..Asked::default() };
        let facts = gather(&Double::new(), &case("ASIAIOSFODNN7EXAMPLE", "", None), &asked).await;
        let found = facts.signer.found().unwrap();
        assert_eq!((found.path_known, found.session.is_some()), (path_known, session), "{signer}: {found:?}");
    }
    let denied = format!(
        "<Error><Code>AccessDenied</Code><Message>User: {ROLE} is not authorized to perform: s3:GetObject</Message></Error>"
    );
    for (signer, session) in [("role/team/signer", Some(ROLE)), ("role/other", None)] {
        let asked = Asked { signer: Some(format!("arn:aws:iam::123456789012:{signer}")), ..Asked::default() };
        let facts = gather(&Double::new(), &case("ASIAIOSFODNN7EXAMPLE", "", Some(&denied)), &asked).await;
        assert_eq!(facts.signer.found().and_then(|found| found.session.as_deref()), session, "{signer}");
    }
}

#[tokio::test]
async fn behind_an_access_point_no_bucket_is_looked_for() {
    for host in [
        "finance-123456789012.s3-accesspoint.eu-central-1.amazonaws.com",
        "mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com",
        "finance-123456789012.accesspoint.vpce-1a2b-3c.s3.eu-central-1.vpce.amazonaws.com",
        "finance-1b2c3d4e5f-s3alias.s3.eu-central-1.amazonaws.com",
    ] {
        let account = Double::new();
        let asked = Asked { signer: Some(ROLE.to_owned()), ..Asked::default() };
        let url = format!("https://{host}/q1.pdf?X-Amz-Date=20260501T100000Z");
        let now = "2026-05-01T10:01:00Z".parse().unwrap();
        let case = Case::read(Input { url: &url, error: None, request: None, now }).unwrap();
        let report = report(&account, case, &asked).await;
        assert!(!account.was_asked("bucket") && !account.was_asked("object"), "{host}");
        assert!(report.could_not_look.iter().any(|unseen| unseen.check == "bucket-region"), "{report:?}");
        assert!(!report.passed.contains(&"bucket-policy-denies"), "{report:?}");
    }
}

#[tokio::test]
async fn of_a_form_it_is_unknown_what_its_key_needs() {
    let account = Double { decision: Decision::ImplicitDeny, ..Double::new() };
    let asked = Asked { signer: Some(ROLE.to_owned()), ..Asked::default() };
    let host = "amzn-s3-demo-bucket.s3.eu-central-1.amazonaws.com";
    let request = format!("> POST / HTTP/1.1\n> Host: {host}\n> Content-Type: multipart/form-data; boundary=x\n>\n");
    let url = format!("https://{host}/");
    let now = "2026-05-01T10:01:00Z".parse().unwrap();
    let case = Case::read(Input { url: &url, error: None, request: Some(&request), now }).unwrap();
    let report = report(&account, case, &asked).await;
    assert!(!account.was_asked("permission"));
    assert!(report.could_not_look.iter().any(|unseen| unseen.check == "signer-permission"), "{report:?}");
}

#[tokio::test]
async fn an_account_that_refuses_everything_leaves_everything_unknown() {
    let account = Double { refuses: true, ..Double::new() };
    let report = report(&account, case("AKIAIOSFODNN7EXAMPLE", "", None), &Asked::default()).await;
    assert!(!report.has_cause(), "{:?}", report.findings);
    let online = diagnosis::checks::all().filter(|check| check.needs == diagnosis::Needs::Account);
    for check in online.filter(|check| check.name != "cors" && !report.passed.is_empty()) {
        assert!(!report.passed.contains(&check.name), "{} passed without a look", check.name);
    }
    for check in [
        "signer-identity",
        "access-key-status",
        "bucket-region",
        "object-exists",
        "bucket-policy-denies",
        "kms-key-state",
        "clock-skew",
    ] {
        assert!(report.could_not_look.iter().any(|unseen| unseen.check == check), "{check}");
    }
}

/// What an account has told by the end of our patience is worth as much as ever.
#[tokio::test(start_paused = true)]
async fn what_never_answers_hides_nothing_that_was_seen() {
    for (never_answers, unseen, seen) in [
        ("kms key", &["signer-may-decrypt", "kms-key-state"][..], &["object-exists", "bucket-policy-denies"][..]),
        ("permission arn:aws:iam::123456789012:role/team/signer kms:", &["signer-may-decrypt"], &["signer-permission"]),
        ("bucket policy", &["bucket-policy-denies"], &["object-exists", "bucket-region"]),
        // Of the revocations that were read, one is of this session.
        ("policy AWSRevokeOlderSessions-tenant-1", &[], &["object-exists", "signer-permission"]),
    ] {
        let account = Double { never_answers: Some(never_answers), ..Double::new() };
        let case = case("ASIAIOSFODNN7EXAMPLE", "&x-id=GetObject", None);
        let asked = Asked { signer: Some(ROLE.to_owned()), ..Asked::default() };
        let began = tokio::time::Instant::now();
        let facts = gather(&Patient::new(account, Duration::from_secs(20)), &case, &asked).await;
        assert_eq!(began.elapsed().as_secs(), 20);
        let report = Report::of(&case.with_facts(facts));
        for check in unseen {
            let reason =
                report.could_not_look.iter().find(|unseen| unseen.check == *check).map(|unseen| &unseen.reason);
            assert!(
                reason.is_some_and(|reason| reason.contains("longer than 20 s")),
                "{never_answers}, {check}: {report:?}"
            );
        }
        for check in seen {
            assert!(report.passed.contains(check), "{never_answers}, {check}: {report:?}");
        }
        // The role's sessions are revoked, and that was seen.
        assert_eq!(report.findings[0].check, "session-revoked", "{report:?}");
    }
}

/// A copy meets two keys, and S3 may name the one that the upload does not.
#[tokio::test]
async fn a_key_that_s3_names_for_another_action_is_not_the_uploads() {
    let denied = |action: &str| {
        format!(
            "<Error><Code>AccessDenied</Code><Message>User: {ROLE} is not authorized to perform: {action} on resource: \"{KEY}\" because no identity-based policy allows the {action} action</Message></Error>"
        )
    };
    let copy = "&x-amz-copy-source=%2Fother%2Fk&x-id=CopyObject";
    let part = "&uploadId=1&partNumber=1";
    for (query, action, looked) in [
        (copy.to_owned(), "kms:Decrypt", false),
        (copy.to_owned(), "kms:GenerateDataKey", true),
        // A part is decrypted with the upload's key, and its source with its own.
        (format!("{part}&x-amz-copy-source=%2Fother%2Fk&x-id=UploadPartCopy"), "kms:Decrypt", false),
        // Whatever S3 asked for, there is one key.
        (format!("{part}&x-id=UploadPart"), "kms:GenerateDataKey", true),
        ("&uploads&x-id=CreateMultipartUpload".to_owned(), "kms:Decrypt", true),
    ] {
        let account = Double { decision: Decision::ImplicitDeny, ..Double::new() };
        let case = case("ASIAIOSFODNN7EXAMPLE", &query, Some(&denied(action)));
        let report = report(&account, case, &Asked::default()).await;
        assert_eq!(account.was_asked("kms key"), looked, "{query} {action}");
        let asked = format!("permission arn:aws:iam::123456789012:role/team/signer {action}");
        assert_eq!(account.was_asked(&asked), looked, "{query} {action}");
        // Of a copy's source nothing was seen in any case.
        let unseen = report.could_not_look.iter().any(|it| it.check == "kms-key-state");
        let passed = report.passed.contains(&"kms-key-state");
        let fine = looked && !query.contains("copy");
        assert_eq!((unseen, passed), (!fine, fine), "{query} {action}: {report:?}");
    }
}

/// Tags, an ACL and a copy's source need more than the upload itself does.
#[tokio::test]
async fn all_that_a_request_needs_is_asked_about() {
    let signed = |names: &str| {
        let names = format!("SignedHeaders={}", names.replace(';', "%3B"));
        move |url: String| url.replace("SignedHeaders=host", &names)
    };
    let object = "arn:aws:s3:::amzn-s3-demo-bucket/reports/q1.pdf";
    let copy = "&x-amz-copy-source=%2Fother%2Fk&x-id=CopyObject";
    for (headers, query, asked, untold) in [
        ("host;x-amz-tagging", "&x-id=PutObject", vec![format!("s3:PutObjectTagging {object}")], false),
        ("host;x-amz-acl", "&x-id=PutObject", vec![format!("s3:PutObjectAcl {object}")], false),
        ("host", copy, vec!["s3:GetObject arn:aws:s3:::other/k".to_owned()], false),
        ("host;x-amz-copy-source", "&x-id=CopyObject", vec![], true),
    ] {
        let account = Double::new();
        let case = case_of("ASIAIOSFODNN7EXAMPLE", query, None, signed(headers));
        let named = Asked { signer: Some(ROLE.to_owned()), ..Asked::default() };
        let report = report(&account, case, &named).await;
        for what in [vec![format!("s3:PutObject {object}")], asked].concat() {
            let what = format!("permission arn:aws:iam::123456789012:role/team/signer {what}");
            assert!(account.was_asked(&what), "{what}");
        }
        let unseen = report.could_not_look.iter().any(|unseen| unseen.check == "signer-permission");
        assert_eq!((unseen, report.passed.contains(&"signer-permission")), (untold, !untold), "{query}: {report:?}");
    }
}

/// To ask for a wrong action is to blame the signer for what nobody asked of it.
#[tokio::test]
async fn of_a_buckets_settings_no_permission_is_asked() {
    let settings = |url: String| format!("{}&location", url.replace("/reports/q1.pdf", "/"));
    let account = Double { decision: Decision::ImplicitDeny, ..Double::new() };
    let asked = Asked { signer: Some(ROLE.to_owned()), ..Asked::default() };
    let report = report(&account, case_of("ASIAIOSFODNN7EXAMPLE", "", None, settings), &asked).await;
    assert!(!account.was_asked("permission"), "{report:?}");
    assert!(report.could_not_look.iter().any(|unseen| unseen.check == "signer-permission"), "{report:?}");
}

/// KMS knows a key in its own region only.
#[tokio::test]
async fn a_key_is_looked_for_in_the_region_that_its_arn_names() {
    let elsewhere = KEY.replace("eu-central-1", "us-east-1");
    let denied = format!(
        "<Error><Code>AccessDenied</Code><Message>User: {ROLE} is not authorized to perform: kms:Decrypt on resource: {elsewhere} because no identity-based policy allows the kms:Decrypt action</Message></Error>"
    );
    let account = Double::new();
    let report =
        report(&account, case("ASIAIOSFODNN7EXAMPLE", "&x-id=GetObject", Some(&denied)), &Asked::default()).await;
    for look in ["kms key", "key policy", "grants"] {
        assert!(account.was_asked(&format!("{look} {elsewhere} in us-east-1")), "{look}");
    }
    let found = report.findings.iter().find(|finding| finding.check == "kms-key-region");
    assert_eq!(found.map(|it| it.certainty.as_str()), Some("certain"), "{report:?}");
}

/// Policies and grants KMS tells by a key's id or ARN alone.
#[tokio::test]
async fn an_alias_is_followed_to_its_key() {
    let named =
        |key: &str| format!("&x-amz-server-side-encryption-aws-kms-key-id={}&x-id=PutObject", key.replace('/', "%2F"));
    let refused = || Looked::CouldNot("kms:DescribeKey: AccessDeniedException".to_owned());
    for (key, describes, asked) in [
        ("alias/k", None, Some(KEY)),
        ("1234abcd", None, Some("1234abcd")),
        ("alias/k", Some(refused()), None),
        ("1234abcd", Some(refused()), Some("1234abcd")),
        ("alias/k", Some(Looked::Nothing), None),
        ("1234abcd", Some(Looked::Nothing), None),
    ] {
        let account = Double { key: describes.clone(), ..Double::new() };
        let who = Asked { signer: Some(ROLE.to_owned()), ..Asked::default() };
        let report = report(&account, case("ASIAIOSFODNN7EXAMPLE", &named(key), None), &who).await;
        for look in ["key policy", "grants"] {
            assert_eq!(account.was_asked(look), asked.is_some(), "{key} {describes:?}");
            assert!(asked.is_none_or(|asked| account.was_asked(&format!("{look} {asked} in"))), "{key} {describes:?}");
        }
        let gone = describes == Some(Looked::Nothing);
        for check in ["kms-key-policy", "kms-grants"] {
            let unseen = report.could_not_look.iter().any(|unseen| unseen.check == check);
            assert!(asked.is_some() || !report.passed.contains(&check), "{key} {describes:?}: {report:?}");
            assert!(asked.is_some() || unseen != gone, "{key} {describes:?}: {report:?}");
        }
    }
}
