//! What CloudFront answers of its own to signed URLs.
//!
//! Source: AWS Knowledge Center, "How do I troubleshoot issues related to a signed URL or signed cookies in CloudFront?"; their
//! documents, <https://github.com/commitdev/zero/issues/287> and <https://github.com/aws/aws-sdk-js/issues/2236>.

use super::{Answer, ROW};

/// What CloudFront has not got to.
const BEFORE_S3: &[&str] = &["permissions and policies of S3: CloudFront did not ask it"];

pub(super) const ROWS: &[Answer] = &[
    Answer {
        check: "cloudfront-key",
        code: "MissingKey",
        cause: "CloudFront wants a URL or cookies of its own signing, and there is no `Key-Pair-Id` in it",
        fix: "sign for CloudFront with a key of the distribution's key group; CloudFront takes no notice of S3's presigned URLs",
        paste: "aws cloudfront sign --url URL --key-pair-id KEY_ID --private-key file://KEY.pem --date-less-than TIME",
        rules_out: BEFORE_S3,
        ..ROW
    },
    Answer {
        check: "cloudfront-key",
        code: "InvalidKey",
        cause: "`Key-Pair-Id` is the id of no key that the distribution trusts",
        fix: "sign with a key of the key group that the distribution's behavior names, by the public key's id",
        paste: "aws cloudfront list-key-groups",
        rules_out: BEFORE_S3,
        ..ROW
    },
    Answer {
        check: "cloudfront-policy",
        code: "MalformedPolicy",
        cause: "CloudFront cannot read the URL's policy: it is damaged, has no `DateLessThan`, or a time that is not in seconds",
        fix: "let a library sign; give times in seconds, not in milliseconds",
        rules_out: BEFORE_S3,
        ..ROW
    },
];
