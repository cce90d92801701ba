//! AccessDenied in its messages without a policy: expiry, headers, forms, locks. What names a policy is read by [`Denial`](super::super::Denial).

use super::{AFTER_SIGNATURE, Answer, BEFORE_POLICIES, ROW};
use crate::finding::Certainty;

/// What S3 says with the element `HeadersNotSigned`.
pub(crate) const HEADERS_NOT_SIGNED: &str = "headers present in the request which were not signed";

pub(super) const ROWS: &[Answer] = &[
    Answer {
        check: "expired",
        code: "AccessDenied",
        message: "Request has expired",
        cause: "the URL's own lifetime is over",
        fix: "ask its issuer for a new one",
        rules_out: &["permissions and policies: S3 refuses an expired URL before it looks at them"],
        ..ROW
    },
    Answer {
        check: "not-yet-valid",
        code: "AccessDenied",
        message: "not yet valid",
        cause: "the URL is signed for a time that has not come: the signer's clock is fast",
        fix: "set the signer's clock by NTP, and sign again",
        paste: "chronyc tracking",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    // Source: MinIO's cmd/api-errors.go, `ErrRequestNotReadyYet`, and those that follow it.
    Answer {
        check: "not-yet-valid",
        code: "AccessDenied",
        message: "not valid yet",
        cause: "the URL is signed for a time that has not come: the signer's clock is fast, or the server's is slow",
        fix: "set both clocks by NTP, and sign again",
        paste: "chronyc tracking",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    Answer {
        check: "unsigned-amz-header",
        code: "AccessDenied",
        message: HEADERS_NOT_SIGNED,
        cause: "the request has headers that S3 demands to be signed, and they are not",
        fix: "leave the named headers out, or have the URL signed with them",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    Answer {
        check: "form-expired",
        code: "AccessDenied",
        message: "Policy expired",
        cause: "the form's policy has expired",
        fix: "have a new form made; for longer, a later `expiration`",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    Answer {
        check: "form-condition",
        code: "AccessDenied",
        message: "Invalid according to Policy",
        cause: "a field of the form does not meet the form's policy, or has no condition in it",
        fix: "send every field as the form's issuer gave it, none besides, and `file` last; with temporary credentials `x-amz-security-token` must be in the policy too",
        rules_out: &["the signer's permissions: S3 did not get to them"],
        ..ROW
    },
    Answer {
        check: "parameter-missing",
        code: "AccessDenied",
        message: "Query-string authentication requires",
        cause: "parameters that S3 needs are missing",
        fix: "take the URL as the signer made it",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    Answer {
        check: "parameter-malformed",
        code: "AccessDenied",
        message: "Invalid date",
        cause: "a date in the URL cannot be read",
        fix: "take the URL as the signer made it",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    Answer {
        check: "object-locked",
        code: "AccessDenied",
        message: "object protected by object lock",
        cause: "the object is under Object Lock",
        fix: "wait for the retention to end, or delete without a version id, which leaves a delete marker",
        paste: "aws s3api get-object-retention --bucket BUCKET --key KEY",
        rules_out: AFTER_SIGNATURE,
        ..ROW
    },
    Answer {
        check: "requester-pays",
        code: "AccessDenied",
        message: "Requester Pays",
        cause: "the requester pays for this bucket's requests, and must say so",
        fix: "have the URL signed with `x-amz-request-payer: requester`",
        ..ROW
    },
    Answer {
        check: "access-denied",
        code: "AccessDenied",
        certainty: Certainty::Likely,
        generic: true,
        cause: "the signer lacks a permission, or a policy denies this request; S3 does not say which to another account's signer, or where the object may not exist. Without `s3:ListBucket`, a missing object is AccessDenied too",
        fix: "look, in this order: signer's identity policy, boundary and session policy; bucket policy; KMS key policy; whether the object is there. `presign explain --online` does",
        paste: "aws sts get-caller-identity",
        rules_out: &["signature, expiry and token: a wrong one has an answer of its own"],
        ..ROW
    },
];
