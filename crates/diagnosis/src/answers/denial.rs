use serde_json::json;

use super::{PolicyKind, with_evidence};
use crate::case::Case;
use crate::error_document::{ErrorDocument, one_line};
use crate::finding::{Certainty, Finding, Source};
use crate::further::On;
use crate::policy::Principal;
use crate::text::{one_resource, pasteable};

/// What S3's longer messages of AccessDenied say: who may not do what to which, and which kind of policy says so.
///
/// Source: Amazon S3 user guide, "Troubleshoot access denied (403 Forbidden) errors in Amazon S3".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    pub user: String,
    pub action: String,
    pub resource: Option<String>,
    pub policy: Option<PolicyKind>,
    pub reason: Reason,
    /// The policy's ARN, where the message names it.
    pub policy_arn: Option<String>,
    /// KMS's one message for a key that is not there, and a key policy that does not allow or denies: none of them is told.
    pub of_three: bool,
}

/// What a message says of why it is denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// `with an explicit deny in …`
    ExplicitDeny,
    /// `because no … allows …`
    NoAllow,
    /// Nothing of statements: it may be either.
    Untold,
}

/// What S3 calls a signer that it has not seen, and the check that reports it.
const ANONYMOUS: &str = "anonymous";

/// The checks that a denial is reported under, what each concludes, and the checklists' lines it stands for.
pub(crate) const DENIALS: [(&str, &str, &[&str]); 14] = [
    (
        "missing-object-hidden",
        "S3 refuses for want of `s3:ListBucket`, which it looks for only where there is no object.",
        &["AccessDenied 2"],
    ),
    (
        "denied-by-identity-policy",
        "The signer's identity policies do not allow the action, or deny it.",
        &["AccessDenied 4"],
    ),
    (
        "denied-by-resource-policy",
        "The bucket's or access point's policy denies the action, or does not allow it across accounts.",
        &["AccessDenied 5", "Policy change 4"],
    ),
    (
        "denied-by-service-control-policy",
        "The organization's service control policy forbids the action to the signer's account.",
        &["AccessDenied 4", "Policy change 3"],
    ),
    (
        "denied-by-resource-control-policy",
        "The organization's resource control policy forbids the action on the bucket.",
        &["AccessDenied 4"],
    ),
    (
        "denied-by-permissions-boundary",
        "The signer's permissions boundary leaves the action out.",
        &["AccessDenied 4", "Policy change 3"],
    ),
    (
        "denied-by-session-policy",
        "The policy that the session was made with leaves the action out.",
        &["AccessDenied 4"],
    ),
    (
        "denied-by-vpc-endpoint-policy",
        "The policy of the VPC endpoint that the request came through forbids it.",
        &["AccessDenied 5", "Policy change 6"],
    ),
    ("denied-by-public-access-block", "Block Public Access forbids the ACL that is signed.", &[]),
    ("customer-keys-blocked", "The bucket refuses encryption with keys of the customer (SSE-C).", &[]),
    (
        "kms-permission",
        "The signer may not use the KMS key.",
        &["SSE-KMS 1", "SSE-KMS 2", "SSE-KMS 4", "AccessDenied 7"],
    ),
    ("anonymous", "S3 took the request for an anonymous one: it saw no signature.", &[]),
    ("not-authorized", "The signer may not do this; S3 does not say by which policy.", &["AccessDenied 4"]),
    (
        "session-revoked",
        "The signing session may have been revoked: a Deny on `aws:TokenIssueTime`.",
        &["Policy change 5"],
    ),
];

impl Denial {
    /// Reads `User: ARN is not authorized to perform: ACTION on resource: "ARN" with an explicit deny in a … policy`.
    #[must_use]
    pub fn read(message: &str) -> Option<Self> {
        let (user, rest) = message.split_once("User:")?.1.split_once("is not authorized to perform:")?;
        let rest = rest.trim();
        let (action, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        // The resource's name may have any words in it, the reason's too.
        let (resource, behind) = match rest.split_once("on resource:").map(|(_, named)| named.trim_start()) {
            Some(named) => {
                // A name in quotes may have quotes in it, and no reason has any.
                let split = match named.strip_prefix('"') {
                    Some(quoted) => quoted.rsplit_once('"').unwrap_or((quoted, "")),
                    None => named.split_once(' ').unwrap_or((named, "")),
                };
                (Some(split.0), split.1)
            }
            None => (None, rest),
        };
        let lower = behind.to_ascii_lowercase();
        let reason = ["with an explicit deny", "because "].iter().filter_map(|start| lower.rfind(start)).max();
        let reason = reason.and_then(|at| lower.get(at..)).unwrap_or_default();
        let arn = behind.rfind("policy: arn:").and_then(|at| behind.get(at + "policy: ".len()..));
        Some(Self {
            user: plain(user),
            action: plain(action.trim_end_matches([',', '.'])),
            resource: resource.map(plain).filter(|resource| !resource.is_empty()),
            policy: PolicyKind::named_in(reason),
            reason: Reason::of(reason),
            policy_arn: arn.and_then(|arn| arn.split(' ').next()).map(plain),
            of_three: reason.contains("the resource does not exist in this region"),
        })
    }

    /// The check of these words, if they are about what a statement of `policy` denies, or none there allows.
    pub(crate) fn check_if(&self, policy: PolicyKind, reason: Reason) -> Option<&'static str> {
        (self.policy == Some(policy) && self.reason == reason).then(|| self.check())
    }

    fn is_explicit(&self) -> bool {
        self.reason == Reason::ExplicitDeny
    }

    pub(super) fn findings(&self, case: &Case, error: &ErrorDocument) -> Vec<Finding> {
        if self.action == "s3:ListBucket" && !case.url().place().key.is_empty() && self.check() != ANONYMOUS {
            return vec![self.missing_object(error)];
        }
        let certainty = if self.of_three { Certainty::Likely } else { Certainty::Certain };
        let mut finding = with_evidence(Finding::new(certainty, self.cause()).of(self.check()), error)
            .fix(self.fix())
            .rules_out(self.rules_out());
        let named = matches!(self.policy, Some(PolicyKind::Identity | PolicyKind::Resource));
        if named && self.user != ANONYMOUS {
            finding = finding.seen(Source::Error, "other kinds of policy may deny it too: S3 names one only");
        }
        // To allow what the URL does not ask for does not mend it.
        if case.denied_on(self.resource.as_deref()) == On::ELSEWHERE {
            finding = finding
                .seen(Source::Error, "the answer is about another bucket than the URL's: it may be another request's");
        } else {
            finding.fix.paste = self.paste(case);
        }
        let mut findings = vec![finding];
        let revocable =
            self.is_explicit() && self.policy == Some(PolicyKind::Identity) && self.user.contains(":assumed-role/");
        if revocable {
            let revoked = Finding::possible("the signing session may have been revoked: an inline policy of the role, such as IAM's AWSRevokeOlderSessions, denies everything to sessions older than a time")
                .fix("if the role has an inline policy whose name begins with AWSRevokeOlderSessions, sign again with a new session")
                .paste(format!("aws iam list-role-policies --role-name {}", self.role_name().as_deref().unwrap_or("ROLE")))
                .of("session-revoked");
            findings.push(revoked);
        }
        findings
    }

    /// Asked for an object, S3 looks for `s3:ListBucket` only when there is none.
    fn missing_object(&self, error: &ErrorDocument) -> Finding {
        with_evidence(
            Finding::certain(
                format!(
                    "there is no object under this key, and S3 does not say so to the signer `{}`, who has no `s3:ListBucket`",
                    self.user
                ),
            ),
            error,
        )
        .fix("compare the key byte by byte: case, prefix, encoding, slashes; with `s3:ListBucket` on the bucket the signer gets NoSuchKey")
        .paste("aws s3api list-objects-v2 --bucket BUCKET --prefix PREFIX")
        .rules_out(&["signature, expiry, token and region: S3 looks at policies only when these are right"])
        .of("missing-object-hidden")
    }

    fn check(&self) -> &'static str {
        if self.user == ANONYMOUS {
            return ANONYMOUS;
        }
        if self.action.starts_with("kms:") {
            return "kms-permission";
        }
        self.policy.map_or("not-authorized", PolicyKind::check)
    }

    fn cause(&self) -> String {
        let (user, action) = (&self.user, &self.action);
        if user == ANONYMOUS {
            return "S3 saw no signature: the query was lost on the way, or the URL is not presigned".to_owned();
        }
        if self.of_three {
            return format!(
                "the signer `{user}` may not `{action}`, and KMS does not say which it is: the key is gone or in another region, \
                 its policy does not admit the signer, or it denies it"
            );
        }
        let how = match (self.policy, self.is_explicit()) {
            (Some(PolicyKind::PublicAccess), _) => {
                "Block Public Access forbids the public ACL that is signed".to_owned()
            }
            (Some(PolicyKind::CustomerKeys), _) => {
                "the bucket blocks encryption with customer-provided keys".to_owned()
            }
            (Some(kind), true) => format!("a Deny statement in {} forbids it", kind.called()),
            (Some(kind), false) => format!("no Allow statement in {} covers it", kind.called()),
            (None, true) => "a Deny statement forbids it".to_owned(),
            (None, false) if self.reason == Reason::Untold => "S3 does not say by which policy".to_owned(),
            (None, false) => "its policies do not allow it".to_owned(),
        };
        if action.starts_with("kms:") {
            format!(
                "the signer `{user}` may not `{action}` with the object's key: {how}. The permission is the signer's to have, not the holder's"
            )
        } else {
            format!("the signer `{user}` may not `{action}`: {how}")
        }
    }

    fn rules_out(&self) -> &'static [&'static str] {
        if self.user == ANONYMOUS {
            &["the signer's permissions: no signer is named"]
        } else {
            &["signature, expiry, token and region: S3 looks at policies only when these are right"]
        }
    }

    fn fix(&self) -> String {
        let policy = self.policy_arn.as_ref().map(|arn| format!(" (`{arn}`)")).unwrap_or_default();
        match (self.policy, self.is_explicit()) {
            _ if self.user == ANONYMOUS => "send the URL whole, with its query".to_owned(),
            _ if self.of_three => "look which key it is, whether it is there, and what its policy says; what is encrypted with `aws/s3` is readable within its account only, whatever policies say: copy it under a key of one's own".to_owned(),
            (Some(PolicyKind::Identity | PolicyKind::Boundary), false) => format!("allow it there{policy}"),
            (Some(PolicyKind::Session), false) => "make the signing session with a session policy that allows it, and sign again: an existing session's policy stays".to_owned(),
            (Some(PolicyKind::Resource), false) if self.action.starts_with("kms:") => "let the key policy admit the signer, or delegate to IAM through the account's root".to_owned(),
            (Some(PolicyKind::Resource), false) => "the signer is of another account than the bucket: its bucket policy must allow it as well as the signer's own policy".to_owned(),
            (Some(PolicyKind::CustomerKeys), _) => "sign without SSE-C, with the bucket's own encryption or a KMS key".to_owned(),
            (Some(PolicyKind::PublicAccess), _) => "sign without the ACL; to make objects public is no business of an upload".to_owned(),
            (_, true) => format!("find the Deny statement{policy} and its condition: TLS, VPC endpoint, address, header, signature age or principal; then meet the condition, or except the signer"),
            (None, false) if self.reason == Reason::Untold => "look for a Deny statement; if there is none, add an Allow statement".to_owned(),
            (_, false) => format!("add an Allow statement{policy}"),
        }
    }

    fn paste(&self, case: &Case) -> Option<String> {
        let of_key = self.action.starts_with("kms:");
        let named = self.resource.as_deref();
        let partition = named.and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws");
        let of_url = format!("arn:{partition}:s3:::{}", case.own());
        let resource = match named {
            None if of_key => "KEY_ARN",
            // The message may have lost some of the key, and the URL has it all.
            named if !of_key && case.denied_on(named) == On::Own => one_resource(&of_url),
            named => named.map_or("RESOURCE_ARN", one_resource),
        };
        // In a key's policy this is the key itself.
        let of_policy = if of_key { "*" } else { resource };
        let action = one_action(&self.action);
        let allow = json!({"Effect": "Allow", "Action": action, "Resource": resource});
        let principal = self.principal();
        let principal = json!({"AWS": pasteable(&principal, "SIGNER_ARN")});
        let allow_user = json!({"Effect": "Allow", "Principal": principal, "Action": action, "Resource": of_policy});
        match (self.policy, self.is_explicit()) {
            _ if self.user == ANONYMOUS => None,
            _ if self.of_three => Some("aws s3api head-object --bucket BUCKET --key KEY --query SSEKMSKeyId".to_owned()),
            (None | Some(PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::Session | PolicyKind::ServiceControl), false) => Some(allow.to_string()),
            (Some(PolicyKind::VpcEndpoint), false) => Some(json!({"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource}).to_string()),
            (Some(PolicyKind::Resource), false) => Some(allow_user.to_string()),
            (Some(PolicyKind::Resource), true) if self.action.starts_with("kms:") => {
                let key = pasteable(resource, "KEY_ARN");
                Some(format!("aws kms get-key-policy --key-id {key} --policy-name default --output text"))
            },
            (Some(PolicyKind::Resource), true) => Some(
                "aws s3api get-bucket-policy --bucket BUCKET --query Policy --output text | jq '.Statement[] | select(.Effect == \"Deny\")'".to_owned()
            ),
            (Some(PolicyKind::Identity), true) => self.role_name().map(|role| format!("aws iam list-role-policies --role-name {role} && aws iam list-attached-role-policies --role-name {role}")),
            _ => None,
        }
    }

    /// The role of a session, if it can stand in a command.
    fn role_name(&self) -> Option<String> {
        let signer = Principal::of(self.user.as_str());
        signer
            .session
            .is_some()
            .then(|| signer.role_name().map(str::to_owned))?
            .filter(|role| pasteable(role, "") == role)
    }

    /// As a policy names it: the role rather than its session. (A role's path is in no session's ARN.)
    fn principal(&self) -> String {
        Principal::of(self.user.as_str()).arn
    }
}

impl Reason {
    /// Of the end of a message, in lower case.
    fn of(text: &str) -> Self {
        if text.contains("explicit deny") {
            Self::ExplicitDeny
        } else if text.starts_with("because no ") {
            Self::NoAllow
        } else {
            Self::Untold
        }
    }
}

/// What of a text a denial keeps: no white space at its ends, and none of what would end a quotation.
fn plain(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control() && *c != '`').take(2048).collect()
}

/// What S3's message makes of a name, as it is read.
pub(crate) fn as_quoted(name: &str) -> String {
    plain(&one_line(name))
}

/// An action of one name: a message that says `*` must not become a statement that allows everything.
fn one_action(action: &str) -> &str {
    let named = action.split_once(':').is_some_and(|(service, name)| {
        let plain =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        plain(service) && plain(name)
    });
    if named { action } else { "SERVICE:ACTION" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Input;

    #[test]
    fn who_may_not_do_what_and_why_is_read_from_the_message() {
        let denial = Denial::read(
            "User: arn:aws:sts::123456789012:assumed-role/signer/s1 is not authorized to perform: s3:GetObject on resource: \
             \"arn:aws:s3:::b/because no session policy\" with an explicit deny in a resource-based policy",
        )
        .unwrap();
        assert_eq!((denial.policy, denial.reason), (Some(PolicyKind::Resource), Reason::ExplicitDeny));
        assert_eq!(denial.resource.as_deref(), Some("arn:aws:s3:::b/because no session policy"));
        assert_eq!(
            (denial.role_name().as_deref(), denial.principal().as_str()),
            (Some("signer"), "arn:aws:iam::123456789012:role/signer")
        );
    }

    #[test]
    fn what_the_objects_name_says_is_no_reason() {
        let denial = Denial::read(
            "User: arn:aws:iam::123456789012:user/u is not authorized to perform: s3:GetObject on resource: \
             \"arn:aws:s3:::b/because no identity-based policy allows.pdf\" with an explicit deny in a resource-based policy",
        );
        let told = denial.map(|denial| (denial.policy, denial.reason));
        assert_eq!(told, Some((Some(PolicyKind::Resource), Reason::ExplicitDeny)));
    }

    #[test]
    fn what_the_objects_name_says_is_no_reason_where_s3_gives_none() {
        let denial = Denial::read(
            "User: arn:aws:iam::123456789012:user/u is not authorized to perform: s3:GetObject on resource: \
             \"arn:aws:s3:::b/with an explicit deny in a session policy: arn:aws:iam::1:policy/p\"",
        );
        let told = denial.map(|denial| (denial.policy, denial.reason, denial.policy_arn));
        assert_eq!(told, Some((None, Reason::Untold, None)));
    }

    #[test]
    fn a_quote_in_the_objects_name_does_not_end_it() {
        let name = r#"x" with an explicit deny in a session policy: arn:aws:iam::1:policy/p"#;
        let read = |reason: &str| {
            let said = format!(
                "User: arn:aws:iam::123456789012:user/u is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::b/{name}\"{reason}"
            );
            let denial = Denial::read(&said).unwrap();
            assert_eq!(denial.resource, Some(format!("arn:aws:s3:::b/{name}")));
            (denial.policy, denial.reason, denial.policy_arn)
        };
        assert_eq!(read(""), (None, Reason::Untold, None));
        let of_identity = read(" because no identity-based policy allows the s3:GetObject action");
        assert_eq!(of_identity, (Some(PolicyKind::Identity), Reason::NoAllow, None));
    }

    #[test]
    fn a_key_that_is_not_named_is_not_taken_for_the_object() {
        let url = "https://b.s3.eu-central-1.amazonaws.com/k?X-Amz-Date=1";
        let found = |reason: &str| {
            let error = format!(
                "<Error><Code>AccessDenied</Code><Message>User: arn:aws:iam::111122223333:user/u is not authorized to perform: \
                 kms:Decrypt on the resource associated with this ciphertext because {reason}</Message></Error>"
            );
            let input = Input { url, error: Some(&error), request: None, now: jiff::Timestamp::UNIX_EPOCH };
            let case = Case::read(input).unwrap();
            let error = case.error().unwrap();
            let mut findings = Denial::read(error.message()).unwrap().findings(&case, error);
            findings.swap_remove(0)
        };
        let paste = |reason: &str| found(reason).fix.paste.unwrap_or_default();
        let of_identity = paste("no identity-based policy allows the kms:Decrypt action");
        assert!(of_identity.contains(r#""Resource":"KEY_ARN""#), "{of_identity}");
        let of_key = paste("no resource-based policy allows the kms:Decrypt action");
        assert!(of_key.contains(r#""Resource":"*""#) && of_key.contains("user/u"), "{of_key}");
        let of_three = found(
            "the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy \
             explicitly denies access",
        );
        assert_eq!((of_three.check, of_three.certainty), ("kms-permission", Certainty::Likely));
        assert!(of_three.fix.text.contains("aws/s3") && !of_three.fix.paste.unwrap().contains("arn:aws:s3"));
    }
}
