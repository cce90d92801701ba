use axum::http::StatusCode;
use serde::Serialize;

macro_rules! problem_kinds {
    ($($(#[$meta:meta])* $kind:ident = $urn:literal, $status:ident, $title:literal;)+) => {
        /// The stable `type` of a problem.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum ProblemKind {
            $($(#[$meta])* #[serde(rename = $urn)] $kind,)+
        }

        impl ProblemKind {
            /// What people read first.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self {
                    $(Self::$kind => $title,)+
                }
            }

            /// The `type` without what all types begin with: for logs.
            #[must_use]
            pub fn name(self) -> &'static str {
                let urn = match self {
                    $(Self::$kind => $urn,)+
                };
                urn.strip_prefix("urn:presign:problem:").unwrap_or(urn)
            }

            /// What it is answered with, unless S3 has said something else.
            #[must_use]
            pub fn status(self) -> StatusCode {
                match self {
                    $(Self::$kind => StatusCode::$status,)+
                }
            }
        }
    };
}

problem_kinds! {
    /// `field` names what is wrong, but where a field is missing, several are too long together, or the body is no JSON object.
    InvalidRequest = "urn:presign:problem:invalid-request", BAD_REQUEST, "the request is not valid";
    /// The authorizer has named no caller.
    NotAuthenticated = "urn:presign:problem:not-authenticated", UNAUTHORIZED, "the caller is not known";
    /// The policies do not permit this to this caller.
    Denied = "urn:presign:problem:denied", FORBIDDEN, "the policies do not permit it";
    /// `retryAfter` says when to come back.
    TooManyRequests = "urn:presign:problem:too-many-requests", TOO_MANY_REQUESTS, "the caller asks too often";
    /// The bucket's profile has not this operation, no prefix of this key, or says otherwise of encryption.
    NotAllowed = "urn:presign:problem:not-allowed", FORBIDDEN, "the profile forbids it";
    /// The profile signs in the name of the caller's tenant, and nothing names one.
    NoTenant = "urn:presign:problem:no-tenant", FORBIDDEN, "the caller has no tenant";
    /// The bucket has no profile.
    BucketNotServed = "urn:presign:problem:bucket-not-served", NOT_FOUND, "the bucket is not served";
    /// At any path that is not here.
    NoSuchPath = "urn:presign:problem:no-such-path", NOT_FOUND, "there is nothing here";
    /// With any method that is not here.
    MethodNotAllowed = "urn:presign:problem:method-not-allowed", METHOD_NOT_ALLOWED, "the method is not allowed";
    BodyTooLarge = "urn:presign:problem:body-too-large", PAYLOAD_TOO_LARGE, "the request is too large";
    /// `longestExpiresIn` is what can be had, and `limitedBy` says why.
    LifetimeUnavailable = "urn:presign:problem:lifetime-unavailable", UNPROCESSABLE_ENTITY, "the lifetime cannot be had";
    /// The operator must act: the role does not exist, its trust policy does not admit the issuer, and so on.
    SignerRefused = "urn:presign:problem:signer-refused", INTERNAL_SERVER_ERROR, "the signer is not set up to sign";
    /// The service's clock is before 1970 or after 9999.
    ClockWrong = "urn:presign:problem:clock-wrong", INTERNAL_SERVER_ERROR, "the service's clock is wrong";
    /// `retryAfter` says when to come back.
    SignerUnavailable = "urn:presign:problem:signer-unavailable", SERVICE_UNAVAILABLE, "nothing can sign right now";
    /// `s3Code` is S3's word. The status is S3's own, where that is of 400 to 499.
    S3Refused = "urn:presign:problem:s3-refused", BAD_GATEWAY, "S3 refuses it";
    /// It was tried, and is not handed out; `diagnosis` tells why.
    WouldFail = "urn:presign:problem:would-fail", CONFLICT, "the URL would fail";
    S3Unreachable = "urn:presign:problem:s3-unreachable", BAD_GATEWAY, "S3 cannot be reached";
    /// It may have done what it was asked; where a URL was to be tried, nothing is lost.
    S3TooSlow = "urn:presign:problem:s3-too-slow", GATEWAY_TIMEOUT, "S3 takes its time";
    /// S3, the signers or the table took so long. Asked for again, or for longer, it may be in time.
    TooLate = "urn:presign:problem:too-late", GATEWAY_TIMEOUT, "too little is left of the URL";
    /// No profile signs with the role.
    SigningRoleNotServed = "urn:presign:problem:signing-role-not-served", NOT_FOUND, "nothing is signed with the role";
    /// Not all that the role signs bears the name that is to be revoked.
    SessionsUntagged = "urn:presign:problem:sessions-untagged", CONFLICT, "sessions do not bear it";
    /// The role is another account's, or another role than the profile means.
    SigningRoleElsewhere = "urn:presign:problem:signing-role-elsewhere", CONFLICT, "the role cannot be changed from here";
    /// A policy that the service has not written stands under the name.
    PolicyInTheWay = "urn:presign:problem:policy-in-the-way", CONFLICT, "another policy is in its place";
    RoleFull = "urn:presign:problem:role-full", CONFLICT, "the role has too many policies";
    /// The operator must act: the function may not do it.
    RevokerRefused = "urn:presign:problem:revoker-refused", INTERNAL_SERVER_ERROR, "the service is not set up to revoke";
    /// `retryAfter` says when to come back.
    IamUnavailable = "urn:presign:problem:iam-unavailable", SERVICE_UNAVAILABLE, "nothing is revoked right now";
    /// Of a REST API itself, for the reason that `detail` tells. There is no `status` in it.
    GatewayRefused = "urn:presign:problem:gateway-refused", BAD_REQUEST, "API Gateway refuses the request";
    /// Of a REST API itself, which has no answer of its authorizer or of a function. There is no `status` in it.
    GatewayFailed = "urn:presign:problem:gateway-failed", BAD_GATEWAY, "API Gateway has no answer";
    /// `retryAfter` says when to come back.
    TableUnavailable = "urn:presign:problem:table-unavailable", SERVICE_UNAVAILABLE, "what is out is not known right now";
}
