//! Forms, and their policies.

use super::{Answer, BEFORE_POLICIES, ROW};

pub(super) const ROWS: &[Answer] = &[
    Answer {
        check: "form-document",
        code: "InvalidPolicyDocument",
        cause: "the form's policy cannot be read: not base64 of JSON, no `expiration`, or an unknown condition",
        fix: "have it made by a library, and send it unchanged",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    Answer {
        check: "form-malformed",
        code: "MalformedPOSTRequest",
        cause: "the form is not sent as multipart/form-data",
        fix: "let the client set `Content-Type` with its boundary, and put `file` last",
        paste: "curl -F key=KEY … -F file=@FILE URL",
        ..ROW
    },
    Answer {
        check: "form-malformed",
        code: "RequestIsNotMultiPartContent",
        cause: "the form is not sent as multipart/form-data",
        fix: "let the client set `Content-Type` with its boundary",
        ..ROW
    },
    Answer {
        check: "form-malformed",
        code: "IncorrectNumberOfFilesInPostRequest",
        cause: "the form has not just one file",
        fix: "send one `file` field, as the last",
        ..ROW
    },
    Answer {
        check: "form-malformed",
        code: "UserKeyMustBeSpecified",
        cause: "the form's `key` field is missing, or comes after the file",
        fix: "put `file` last: S3 takes no notice of what comes after it",
        ..ROW
    },
    Answer {
        check: "form-malformed",
        code: "MaxPostPreDataLengthExceededError",
        cause: "the form's fields before the file are over 20 KB",
        fix: "send less besides the file; perhaps the file's field is not named `file`",
        ..ROW
    },
];
