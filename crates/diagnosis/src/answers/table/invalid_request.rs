//! What S3 does not take: arguments, requests of the wrong kind, and clocks that are off.

use super::{AFTER_POLICIES, Answer, BEFORE_POLICIES, ROW};
use crate::finding::Certainty;

/// What S3 says of a form of which it has read a file, and not what it looks for before the file.
///
/// Source: <https://github.com/transloadit/uppy/issues/4449> and <https://github.com/danialfarid/ng-file-upload/issues/1283>.
pub(crate) const FORM_MALFORMED: [&str; 2] = [NO_FIELD, NOT_ONE_FILE];
const NO_FIELD: &str = "Bucket POST must contain a field named";
const NOT_ONE_FILE: &str = "POST requires exactly one file upload per request";

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
        check: "form-malformed",
        code: "InvalidArgument",
        message: NO_FIELD,
        cause: "a field of the form is missing, or comes after the file, behind which S3 reads nothing",
        fix: "put `file` last, behind every other field; nothing need be signed again",
        paste: "curl -F key=KEY … -F file=@FILE URL",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    Answer {
        check: "form-malformed",
        code: "InvalidArgument",
        message: NOT_ONE_FILE,
        cause: "the form has not just one file, or its field is not named `file`",
        fix: "send one field `file`, as the last; nothing need be signed again",
        paste: "curl -F key=KEY … -F file=@FILE URL",
        rules_out: BEFORE_POLICIES,
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
    // Source: https://github.com/boto/botocore/issues/3216
    Answer {
        check: "checksum-type",
        code: "InvalidRequest",
        message: "Checksum Type mismatch",
        cause: "a part of the upload has a checksum of another kind than the upload was begun with",
        fix: "begin the upload with the `ChecksumAlgorithm` that its parts have, or sign the parts without a checksum",
        paste: "aws s3api create-multipart-upload --bucket BUCKET --key KEY --checksum-algorithm CRC32",
        rules_out: AFTER_POLICIES,
        ..ROW
    },
    // Source: https://github.com/localstack/localstack/issues/12169
    Answer {
        check: "checksum-differs",
        code: "InvalidRequest",
        message: "Value for x-amz-checksum",
        cause: "the value of an `x-amz-checksum-…` header or parameter is none of its algorithm, or not of the body",
        fix: "compute it over the very bytes that are sent, and send the base64 of the binary checksum",
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
