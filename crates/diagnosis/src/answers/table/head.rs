//! Answers that have a status and no document, as to HEAD.

use super::{Answer, ROW};
use crate::finding::Certainty;

pub(super) const ROWS: &[Answer] = &[
    Answer {
        check: "forbidden-head",
        code: "Forbidden",
        certainty: Certainty::Likely,
        generic: true,
        cause: "S3 refused, and there is no document that says why, as of a HEAD request",
        fix: "ask with GET for one byte, if the URL allows it, and give the answer to `--error`",
        paste: "curl -sS -r 0-0 'URL'",
        ..ROW
    },
    Answer {
        check: "no-such-key",
        code: "NotFound",
        certainty: Certainty::Likely,
        generic: true,
        cause: "there is no object under this key, or no such bucket",
        fix: "compare bucket and key byte by byte",
        ..ROW
    },
    Answer {
        check: "bad-request-head",
        code: "BadRequest",
        certainty: Certainty::Likely,
        generic: true,
        cause: "S3 could not read the request, and there is no document that says why, as of a HEAD request: mostly an expired or damaged session token",
        fix: "sign again with a new session; ask with GET to see the answer",
        ..ROW
    },
];
