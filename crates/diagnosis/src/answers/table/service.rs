//! The settings of bucket and account, and S3 itself.

use super::{Answer, NOT_THE_URL, ROW};

pub(super) const ROWS: &[Answer] = &[
    Answer {
        check: "acls-disabled",
        code: "AccessControlListNotSupported",
        cause: "the bucket takes no ACLs, and one is signed",
        fix: "have the URL signed without `x-amz-acl`",
        ..ROW
    },
    Answer {
        check: "metadata-too-large",
        code: "MetadataTooLarge",
        cause: "the `x-amz-meta-…` headers are over 2 KB",
        fix: "sign less metadata",
        ..ROW
    },
    Answer {
        check: "account",
        code: "AllAccessDisabled",
        cause: "AWS has disabled the bucket",
        fix: "write to AWS's support",
        ..ROW
    },
    Answer {
        check: "account",
        code: "AccountProblem",
        cause: "there is a problem with the bucket owner's account",
        fix: "write to AWS's support",
        ..ROW
    },
    Answer {
        check: "account",
        code: "NotSignedUp",
        cause: "the signer's account is not signed up for S3",
        fix: "sign it up, or write to AWS's support",
        ..ROW
    },
    Answer {
        check: "account",
        code: "UnauthorizedAccess",
        cause: "in China: the account has no permission to serve content (ICP)",
        fix: "see to the account's ICP filing; until then use S3's API from authenticated clients",
        ..ROW
    },
    Answer {
        check: "invalid-security",
        code: "InvalidSecurity",
        cause: "the signer's credentials are not valid",
        fix: "sign with others",
        ..ROW
    },
    Answer {
        check: "malformed-xml",
        code: "MalformedXML",
        cause: "the body is not the XML that this request takes, such as the list of parts",
        fix: "send what the API reference says, with every part's ETag",
        ..ROW
    },
    Answer {
        check: "malformed-xml",
        code: "MissingRequestBodyError",
        cause: "the request needs a body and has none",
        fix: "send the list of parts",
        ..ROW
    },
    Answer {
        check: "try-again",
        code: "SlowDown",
        cause: "S3 was asked too often for one prefix",
        fix: "send it again after a growing pause",
        rules_out: NOT_THE_URL,
        ..ROW
    },
    Answer {
        check: "try-again",
        code: "ServiceUnavailable",
        cause: "S3 could not serve the request just then",
        fix: "send it again after a growing pause",
        rules_out: NOT_THE_URL,
        ..ROW
    },
    Answer {
        check: "try-again",
        code: "InternalError",
        cause: "S3 had an error of its own",
        fix: "send it again after a growing pause",
        rules_out: NOT_THE_URL,
        ..ROW
    },
    Answer {
        check: "try-again",
        code: "RequestTimeout",
        cause: "the client was silent for too long: it announced more bytes than it sent, or is slow",
        fix: "compare `Content-Length` with what is sent; send it again",
        ..ROW
    },
];
