//! Where the bucket and the object are: redirects, and names of what is not there.

use super::{AFTER_POLICIES, Answer, BEFORE_POLICIES, ROW};

pub(super) const ROWS: &[Answer] = &[
    Answer {
        check: "redirected",
        code: "PermanentRedirect",
        cause: "the bucket is at another endpoint than the URL's: it is in another region",
        fix: "presign for the endpoint that S3 names, with its region; a client that follows the redirect gets SignatureDoesNotMatch",
        paste: "aws s3api get-bucket-location --bucket BUCKET",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    Answer {
        check: "redirected",
        code: "TemporaryRedirect",
        cause: "the bucket is new, or was reached at the global endpoint: DNS does not know its region yet",
        fix: "presign for the bucket's regional endpoint",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    Answer {
        check: "redirected",
        code: "Redirect",
        cause: "S3 sends the client to another endpoint",
        fix: "presign for the bucket's regional endpoint",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    Answer {
        check: "region-mismatch",
        code: "IllegalLocationConstraintException",
        cause: "the request went to another region's endpoint than the bucket's",
        fix: "presign for the bucket's regional endpoint",
        ..ROW
    },
    Answer {
        check: "no-such-key",
        code: "NoSuchKey",
        generic: true,
        cause: "there is no object under this key",
        fix: "compare the key byte by byte: case, prefix, encoding, slashes; or it is gone, or the upload never ended",
        paste: "aws s3api list-objects-v2 --bucket BUCKET --prefix PREFIX",
        rules_out: AFTER_POLICIES,
        ..ROW
    },
    Answer {
        check: "no-such-version",
        code: "NoSuchVersion",
        cause: "the object has no such version",
        fix: "list its versions",
        paste: "aws s3api list-object-versions --bucket BUCKET --prefix KEY",
        rules_out: AFTER_POLICIES,
        ..ROW
    },
    Answer {
        check: "no-such-bucket",
        code: "NoSuchBucket",
        generic: true,
        cause: "there is no bucket of this name",
        fix: "compare the name; behind a proxy or a custom host name, S3 takes the first part of the path for the bucket",
        paste: "aws s3api head-bucket --bucket BUCKET",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    Answer {
        check: "no-such-upload",
        code: "NoSuchUpload",
        cause: "the multipart upload was completed or aborted, perhaps by a lifecycle rule, or never was",
        fix: "begin a new upload; keep URLs of parts no longer than their upload",
        paste: "aws s3api list-multipart-uploads --bucket BUCKET",
        rules_out: AFTER_POLICIES,
        ..ROW
    },
    Answer {
        check: "method",
        code: "MethodNotAllowed",
        cause: "what the URL names does not take this method: a delete marker takes no GET, a bucket no PUT of an object",
        fix: "send the method that was signed, to an object",
        ..ROW
    },
    Answer {
        check: "bucket-name",
        code: "InvalidBucketName",
        cause: "what stands for the bucket is no bucket's name",
        fix: "compare it with the bucket's name, letter by letter",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    Answer {
        check: "invalid-uri",
        code: "InvalidURI",
        cause: "S3 cannot parse the URL: an escape in it is broken",
        fix: "encode the key once, as UTF-8: `%` itself is `%25`",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    Answer {
        check: "key-too-long",
        code: "KeyTooLongError",
        cause: "the key has over 1,024 bytes once decoded",
        fix: "shorten it; a key that was encoded twice is longer than meant",
        ..ROW
    },
];
