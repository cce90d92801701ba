//! What S3 says of the signature, its parameters and its credentials.

use super::{Answer, BEFORE_POLICIES, ROW};
use crate::finding::Certainty;

pub(super) const ROWS: &[Answer] = &[
    // Its message names every parameter, and so comes before those that look for one.
    Answer {
        check: "parameter-missing",
        code: "AuthorizationQueryParametersError",
        message: "requires the X-Amz-Algorithm",
        cause: "parameters that S3 needs are missing",
        fix: "take the whole URL, in quotes where a shell reads it",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    Answer {
        check: "expires-over-seven-days",
        code: "AuthorizationQueryParametersError",
        message: "less than a week",
        cause: "`X-Amz-Expires` is over 604,800 seconds, which is seven days",
        fix: "sign for 604,800 seconds or less",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    Answer {
        check: "parameter-malformed",
        code: "AuthorizationQueryParametersError",
        message: "X-Amz-Expires",
        cause: "`X-Amz-Expires` is not a whole number of seconds above zero",
        fix: "sign for a whole number of seconds from 1 to 604,800",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    Answer {
        check: "region-mismatch",
        code: "AuthorizationQueryParametersError",
        message: "the region",
        cause: "the URL is signed for another region than the bucket's",
        fix: "sign with the bucket's region, for the bucket's regional endpoint",
        paste: "aws s3api get-bucket-location --bucket BUCKET",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    Answer {
        check: "parameter-malformed",
        code: "AuthorizationQueryParametersError",
        message: "mal-formed",
        cause: "`X-Amz-Credential` cannot be read: a part is missing, or it is encoded twice",
        fix: "take the URL as the signer made it: not encoded twice, not changed",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    Answer {
        check: "service-mismatch",
        code: "AuthorizationQueryParametersError",
        message: "incorrect service",
        cause: "the URL is signed for another service",
        fix: "sign for the service name `s3`",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    Answer {
        check: "unknown-algorithm",
        code: "AuthorizationQueryParametersError",
        message: "X-Amz-Algorithm only supports",
        cause: "S3 does not know the algorithm",
        fix: "sign with `AWS4-HMAC-SHA256`",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    Answer {
        check: "host-not-signed",
        code: "AuthorizationQueryParametersError",
        message: "must include host",
        cause: "`host` is not among the signed headers",
        fix: "sign `host`; every SDK does",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    Answer {
        check: "parameter-malformed",
        code: "AuthorizationQueryParametersError",
        cause: "a parameter of the signature cannot be read",
        fix: "take the URL as the signer made it: not encoded twice, not changed",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    Answer {
        check: "region-mismatch",
        code: "AuthorizationHeaderMalformed",
        message: "the region",
        cause: "the request is signed for another region than the bucket's",
        fix: "sign with the bucket's region, for the bucket's regional endpoint",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    Answer {
        check: "authorization-header",
        code: "AuthorizationHeaderMalformed",
        cause: "the request has an `Authorization` header that S3 cannot read, or takes instead of the URL's signature",
        fix: "send presigned URLs without one",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    Answer {
        check: "signature-does-not-match",
        code: "SignatureDoesNotMatch",
        certainty: Certainty::Likely,
        generic: true,
        cause: "method, path, query, host or a signed header is not as it was signed; or the secret key does not belong to the access key id. A policy change never does this",
        fix: "compare the request with the URL: give `--request` all that `curl -sv` prints, in whose answer the canonical request is what S3 saw",
        paste: "curl -sv 'URL' > answer.txt 2>&1",
        rules_out: &["permissions and policies: S3 looks at the signature first", "expiry: S3 answers that otherwise"],
        ..ROW
    },
    Answer {
        check: "expired-token",
        code: "ExpiredToken",
        cause: "the session that signed the URL has ended, whatever `X-Amz-Expires` promises",
        fix: "sign again with a new session, and for no longer than it has left",
        paste: "aws sts assume-role --role-arn ROLE_ARN --role-session-name NAME --query Credentials.Expiration",
        rules_out: &["permissions and policies: a change of these never expires a token"],
        ..ROW
    },
    Answer {
        check: "expired-token",
        code: "TokenRefreshRequired",
        cause: "the session that signed the URL must be renewed",
        fix: "sign again with a new session",
        ..ROW
    },
    Answer {
        check: "invalid-token",
        code: "InvalidToken",
        cause: "the session token is damaged, of another key, or of a region that takes only version 2 tokens",
        fix: "compare the URL with what the signer made: `+` must be `%2B`; sign with key and token of one session; in a region that is off by default, with a token of a regional STS endpoint",
        paste: "aws sts get-session-token --region REGION",
        rules_out: BEFORE_POLICIES,
        ..ROW
    },
    Answer {
        check: "invalid-access-key",
        code: "InvalidAccessKeyId",
        cause: "the access key does not exist any more, is inactive, or belongs to a session whose token is missing; or it is of another partition or server",
        fix: "see whether the key is there and active; sign again with one that is",
        paste: "aws iam get-access-key-last-used --access-key-id KEY_ID",
        rules_out: &[
            "permissions and policies: S3 did not get to them",
            "a policy change: that never makes a key invalid",
        ],
        ..ROW
    },
];
