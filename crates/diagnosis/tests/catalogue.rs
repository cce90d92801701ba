//! The documentation of the checks, and that every line of the checklists is one.
#![cfg(test)]

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs};

use diagnosis::{catalogue, markdown};

/// The checklists that people work through by hand: list, number, and what the line asks.
const CHECKLISTS: [(&str, &str); 26] = [
    ("SSE-KMS 1", "the signer's identity policy allows kms:Decrypt (GET, and multipart)"),
    ("SSE-KMS 2", "the signer's identity policy allows kms:GenerateDataKey (PUT)"),
    ("SSE-KMS 3", "the URL is Signature Version 4"),
    ("SSE-KMS 4", "the key policy admits the signer, directly or through the account root"),
    ("SSE-KMS 5", "SSE parameters are in the signature of a PUT where the bucket default does not encrypt"),
    ("SSE-KMS 6", "the client's headers equal the signed ones"),
    ("SSE-KMS 7", "the URL is within its window"),
    ("SSE-KMS 8", "the key is enabled, in the bucket's region, named by its ARN"),
    ("AccessDenied 1", "who am I, who signed"),
    ("AccessDenied 2", "bucket and key are exactly right"),
    ("AccessDenied 3", "the bucket's region is the signing region; regional endpoint"),
    ("AccessDenied 4", "the signer has the action on that object: identity policy, boundary, session policy, SCP"),
    ("AccessDenied 5", "bucket policy: explicit Deny; public access block does not matter here"),
    ("AccessDenied 6", "method and signed headers match the request sent; no unsigned x-amz-* header"),
    ("AccessDenied 7", "KMS permissions"),
    ("Policy change 1", "the signer's credentials are still valid"),
    ("Policy change 2", "access key status of an IAM user"),
    ("Policy change 3", "SCP or permission boundary blocks the action"),
    ("Policy change 4", "new conditions in the bucket policy: MFA, VPC, address"),
    ("Policy change 5", "session revoked (AWSRevokeOlderSessions)"),
    ("Policy change 6", "endpoint against region: global endpoint, VPC endpoint, other region"),
    ("Policy change 7", "cached URL older than the last change of its signer, bucket or key"),
    ("Expiry 1", "X-Amz-Expires over 604,800"),
    ("Expiry 2", "the session that signed ended before the URL's own expiry"),
    ("Expiry 3", "the signer's clock is off"),
    ("Expiry 4", "s3:signatureAge in the bucket policy is shorter than the URL's life"),
];

#[test]
fn every_line_of_the_checklists_is_a_named_check() {
    let entries = catalogue();
    for (line, asks) in CHECKLISTS {
        assert!(entries.iter().any(|entry| entry.checklist.contains(&line)), "{line}: no check for: {asks}");
    }
    let known: BTreeSet<&str> = CHECKLISTS.iter().map(|(line, _)| *line).collect();
    for entry in entries {
        let unknown: Vec<_> = entry.checklist.iter().filter(|line| !known.contains(*line)).collect();
        assert!(unknown.is_empty(), "{} stands for {unknown:?}, which no checklist has", entry.name);
    }
}

#[test]
fn names_are_unique_and_fit_for_scripts() {
    let mut seen = BTreeSet::new();
    for entry in catalogue() {
        assert!(seen.insert(entry.name), "{} stands twice", entry.name);
        assert!(
            entry.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
            "{}",
            entry.name
        );
    }
}

/// `UPDATE_DOCS=1` writes the file instead of comparing it.
#[test]
fn the_documentation_lists_the_checks_as_they_are() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/checks.md");
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, markdown()).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), markdown(), "run it again with UPDATE_DOCS=1");
}

/// A name that stands for several causes is documented with all of them, and with no list that is not there.
#[test]
fn what_is_reported_under_one_name_is_all_documented() {
    let text = markdown();
    for told in [
        "there is no `Key-Pair-Id` in it",
        "the id of no key that the distribution trusts",
        "policy in a CloudFront signed URL is for a time",
    ] {
        assert!(text.contains(told), "{told}");
    }
    let (header, table) = text.split_once("|---|").unwrap();
    assert!(!header.contains("checklist") && !table.contains("SSE-KMS 3"), "{header}");
}
