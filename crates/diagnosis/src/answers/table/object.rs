//! The object as it is: conditions, archives and ranges.

use super::{AFTER_POLICIES, Answer, ROW};

pub(super) const ROWS: &[Answer] = &[
    Answer {
        check: "invalid-part",
        code: "InvalidPart",
        cause: "a part in the list was not uploaded, or its `ETag` is not the one that S3 answered: a page reads it as `null` where no CORS rule exposes it",
        fix: "send every part's `ETag` as S3 answered it; for pages, name `ETag` in `ExposeHeaders` of the bucket's CORS rule",
        paste: "aws s3api get-bucket-cors --bucket BUCKET",
        rules_out: AFTER_POLICIES,
        ..ROW
    },
    Answer {
        check: "invalid-part",
        code: "InvalidPartOrder",
        cause: "the list of parts is not in the order of their numbers",
        fix: "sort it by `PartNumber`",
        rules_out: AFTER_POLICIES,
        ..ROW
    },
    // Source: https://github.com/benjreinhart/react-native-aws3/issues/26, whose `Condition` says so.
    Answer {
        check: "form-malformed",
        code: "PreconditionFailed",
        message: "multipart/form-data",
        cause: "the form is not sent as multipart/form-data",
        fix: "let the client set `Content-Type` with its boundary",
        paste: "curl -F key=KEY … -F file=@FILE URL",
        rules_out: &["conditions of the object, such as `If-None-Match`: S3 did not get to them"],
        ..ROW
    },
    Answer {
        check: "precondition-failed",
        code: "PreconditionFailed",
        cause: "a signed condition does not hold: `If-None-Match: *` on a key that exists already, or `If-Match` on another version",
        fix: "use another key, or have a URL signed without the condition",
        paste: "aws s3api head-object --bucket BUCKET --key KEY",
        rules_out: AFTER_POLICIES,
        ..ROW
    },
    Answer {
        check: "conditional-conflict",
        code: "ConditionalRequestConflict",
        cause: "another request for the same key was under way",
        fix: "send it again",
        ..ROW
    },
    Answer {
        check: "conditional-conflict",
        code: "OperationAborted",
        cause: "another request for the same resource was under way",
        fix: "send it again",
        ..ROW
    },
    Answer {
        check: "archived",
        code: "InvalidObjectState",
        cause: "the object is archived, and must be restored before it can be read",
        fix: "restore it, and use the URL once that is done",
        paste: "aws s3api restore-object --bucket BUCKET --key KEY --restore-request Days=1",
        rules_out: AFTER_POLICIES,
        ..ROW
    },
    Answer {
        check: "invalid-range",
        code: "InvalidRange",
        cause: "the `Range` lies behind the object's end",
        fix: "ask for less, or look at the object's size first",
        rules_out: AFTER_POLICIES,
        ..ROW
    },
    Answer {
        check: "no-such-part",
        code: "InvalidPartNumber",
        cause: "the object has no part with this `partNumber`",
        fix: "ask for one that it has: HEAD with `partNumber=1` tells in `x-amz-mp-parts-count` how many there are",
        rules_out: AFTER_POLICIES,
        ..ROW
    },
];
