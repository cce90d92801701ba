//! The body of an upload: its size and its checksums.

use super::{AFTER_POLICIES, Answer, BEFORE_POLICIES, ROW};

pub(super) const ROWS: &[Answer] = &[
    Answer {
        check: "entity-too-large",
        code: "EntityTooLarge",
        cause: "the upload is larger than the form's `content-length-range` allows, or than the 5 GiB of a single PUT",
        fix: "send less, have a form with a larger range, or upload in parts",
        rules_out: AFTER_POLICIES,
        ..ROW
    },
    Answer {
        check: "entity-too-small",
        code: "EntityTooSmall",
        cause: "the upload is smaller than the form's `content-length-range` demands, or a part but the last is under 5 MiB",
        fix: "send more at a time",
        rules_out: AFTER_POLICIES,
        ..ROW
    },
    Answer {
        check: "chunked-upload",
        code: "MissingContentLength",
        cause: "the upload has no `Content-Length`",
        fix: "send a file or a buffer whose length the client knows",
        paste: "curl -T FILE 'URL'",
        ..ROW
    },
    Answer {
        check: "chunked-upload",
        code: "NotImplemented",
        message: "functionality that is not implemented",
        cause: "the upload is sent in chunks (`Transfer-Encoding`), which S3 does not take",
        fix: "send a file or a buffer whose length the client knows",
        paste: "curl -T FILE 'URL'",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    Answer {
        check: "incomplete-body",
        code: "IncompleteBody",
        cause: "the connection ended before `Content-Length` bytes were sent",
        fix: "look for a time limit or a size limit in between: proxy, function, browser tab",
        ..ROW
    },
    Answer {
        check: "checksum-differs",
        code: "BadDigest",
        cause: "the body is not the one that the signed checksum or `Content-MD5` is of",
        fix: "compute it over the very bytes that are sent",
        rules_out: AFTER_POLICIES,
        ..ROW
    },
    // Source: MinIO's cmd/api-errors.go, `ErrContentChecksumMismatch`.
    Answer {
        check: "checksum-differs",
        code: "XAmzContentChecksumMismatch",
        cause: "the body is not the one that `x-amz-checksum-…` is of",
        fix: "compute it over the very bytes that are sent",
        rules_out: AFTER_POLICIES,
        ..ROW
    },
    Answer {
        check: "checksum-differs",
        code: "XAmzContentSHA256Mismatch",
        cause: "the body is not the one that `x-amz-content-sha256` is of",
        fix: "leave that header out: a presigned URL signs `UNSIGNED-PAYLOAD`",
        ..ROW
    },
    Answer {
        check: "checksum-differs",
        code: "InvalidDigest",
        message: "Content-MD5 you specified",
        cause: "`Content-MD5` is not the base64 of 16 bytes",
        fix: "send the base64 of the binary digest, not of its hexadecimal form",
        ..ROW
    },
    // S3's API reference has `The Content-MD5 or checksum value that you specified is not valid` for both.
    Answer {
        check: "checksum-differs",
        code: "InvalidDigest",
        cause: "a checksum that was sent or signed, `Content-MD5` or `x-amz-checksum-…`, is none, or not of this body",
        fix: "compute it over the very bytes that are sent, and send the base64 of the binary digest",
        ..ROW
    },
];
