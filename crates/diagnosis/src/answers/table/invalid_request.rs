//! What S3 does not take: arguments, requests of the wrong kind, and clocks that are off.

use super::{AFTER_POLICIES, Answer, BEFORE_POLICIES, ROW};
use crate::finding::Certainty;

pub(super) const ROWS: &[Answer] = &[
    Answer {
        check: "signature-version-2",
        code: "InvalidArgument",
        message: "Signature Version 4",
        cause: "the object is encrypted with KMS, and the URL is signed under Signature Version 2",
        fix: "sign under Signature Version 4",
        paste: "boto3.client('s3', region_name='REGION', config=botocore.config.Config(signature_version='s3v4'))",
        rules_out: &["the key's policy: KMS was not asked"],
        ..ROW
    },
    Answer {
        check: "plain-http",
        code: "InvalidArgument",
        message: "over a secure connection",
        cause: "the request came without TLS, and S3 uses KMS keys for none such",
        fix: "use `https://`: the signature does not cover the scheme, so the URL stays good",
        rules_out: &["the key's policy: KMS was not asked"],
        ..ROW
    },
    Answer {
        check: "two-authentications",
        code: "InvalidArgument",
        message: "Only one auth mechanism allowed",
        cause: "the request is authenticated twice: by the URL and by an `Authorization` header, or by two kinds of parameters",
        fix: "send presigned URLs without the application's own authorization",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    Answer {
        check: "two-authentications",
        code: "InvalidRequest",
        message: "Only one auth mechanism allowed",
        cause: "the request is authenticated twice: by the URL and by an `Authorization` header, or by two kinds of parameters",
        fix: "send presigned URLs without the application's own authorization",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    Answer {
        check: "kms-key-not-found",
        code: "InvalidArgument",
        message: "Invalid arn",
        cause: "the KMS key is not named by an ARN of the bucket's region",
        fix: "name the key by its ARN, in the bucket's region",
        ..ROW
    },
    Answer {
        check: "invalid-argument",
        code: "InvalidArgument",
        certainty: Certainty::Likely,
        generic: true,
        cause: "S3 does not accept the value of a header or parameter; `ArgumentName` tells which",
        fix: "correct it, and sign again",
        ..ROW
    },
    Answer {
        check: "signature-version-2",
        code: "InvalidRequest",
        message: "authorization mechanism",
        cause: "the URL is signed under Signature Version 2, and the bucket's region takes only version 4",
        fix: "sign under Signature Version 4, with the bucket's region",
        paste: "boto3.client('s3', region_name='REGION', config=botocore.config.Config(signature_version='s3v4'))",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    Answer {
        check: "customer-key-needed",
        code: "InvalidRequest",
        message: "stored using a form of Server Side Encryption",
        cause: "the object is encrypted with a customer's key (SSE-C), which every request must bring",
        fix: "have the URL signed with the SSE-C headers, and send them; a browser's address line cannot",
        rules_out: AFTER_POLICIES,
        ..ROW
    },
    Answer {
        check: "accelerate-endpoint",
        code: "InvalidRequest",
        message: "Accelerat",
        cause: "transfer acceleration is not on for the bucket, or its name has dots",
        fix: "turn it on, or presign for the regional endpoint",
        paste: "aws s3api get-bucket-accelerate-configuration --bucket BUCKET",
        ..ROW
    },
    Answer {
        check: "checksum-needed",
        code: "InvalidRequest",
        message: "Object Lock parameters",
        cause: "uploads to a bucket with Object Lock need a `Content-MD5` or `x-amz-checksum-…` header",
        fix: "have the URL signed with a checksum header, and send it",
        ..ROW
    },
    Answer {
        check: "invalid-request",
        code: "InvalidRequest",
        certainty: Certainty::Likely,
        generic: true,
        cause: "S3 does not take the request; its message tells why",
        fix: "correct it, and sign again",
        ..ROW
    },
    Answer {
        check: "request-time-skewed",
        code: "RequestTimeTooSkewed",
        cause: "the clock of who signed differs from S3's by more than 15 minutes",
        fix: "set it by NTP, and sign again",
        paste: "chronyc tracking",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
];
