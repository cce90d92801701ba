//! What S3 answers to a browser's preflight.
//!
//! Source: Amazon S3 user guide, "Troubleshooting CORS", and the messages as S3 sends them.

use super::{Answer, ROW};

const NOT_THE_SIGNATURE: &[&str] = &["signature, permissions and policies: a preflight is not signed, and needs none"];

pub(super) const ROWS: &[Answer] = &[
    Answer {
        check: "cors",
        code: "AccessForbidden",
        message: "CORS is not enabled for this bucket",
        cause: "the bucket has no CORS rules, and the browser does not send what S3 does not allow by one",
        fix: "give the bucket a rule for the page's origin, method and headers",
        paste: "aws s3api get-bucket-cors --bucket BUCKET",
        rules_out: NOT_THE_SIGNATURE,
        ..ROW
    },
    Answer {
        check: "no-such-bucket",
        code: "AccessForbidden",
        message: "Bucket not found",
        cause: "there is no bucket of this name",
        fix: "compare the name; behind a proxy or a custom host name, S3 takes the first part of the path for the bucket",
        paste: "aws s3api head-bucket --bucket BUCKET",
        rules_out: NOT_THE_SIGNATURE,
        ..ROW
    },
    Answer {
        check: "cors",
        code: "AccessForbidden",
        message: "CORSResponse",
        cause: "no CORS rule of the bucket allows the page's origin, the method and all headers that the browser asks for",
        fix: "compare `Origin`, `Access-Control-Request-Method` and `Access-Control-Request-Headers` of the preflight with the bucket's rules: one of them must allow all three",
        paste: "aws s3api get-bucket-cors --bucket BUCKET",
        rules_out: NOT_THE_SIGNATURE,
        ..ROW
    },
];
