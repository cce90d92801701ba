/// A kind of policy that S3 may name as the one that denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyKind {
    Identity,
    Resource,
    ServiceControl,
    ResourceControl,
    Boundary,
    Session,
    VpcEndpoint,
    /// Block Public Access.
    PublicAccess,
    /// The bucket refuses SSE-C.
    CustomerKeys,
}

/// How a kind of policy is called in messages, and the check that reports it.
const KINDS: [(&str, PolicyKind, &str); 9] = [
    ("identity-based polic", PolicyKind::Identity, "denied-by-identity-policy"),
    ("resource-based polic", PolicyKind::Resource, "denied-by-resource-policy"),
    ("service control polic", PolicyKind::ServiceControl, "denied-by-service-control-policy"),
    ("resource control polic", PolicyKind::ResourceControl, "denied-by-resource-control-policy"),
    ("permissions boundar", PolicyKind::Boundary, "denied-by-permissions-boundary"),
    ("session polic", PolicyKind::Session, "denied-by-session-policy"),
    ("vpc endpoint polic", PolicyKind::VpcEndpoint, "denied-by-vpc-endpoint-policy"),
    ("s3 block public access", PolicyKind::PublicAccess, "denied-by-public-access-block"),
    ("customer provided keys", PolicyKind::CustomerKeys, "customer-keys-blocked"),
];

impl PolicyKind {
    /// The kind that a message's reason names, in lower case.
    pub(super) fn named_in(reason: &str) -> Option<Self> {
        KINDS.iter().find(|(called, _, _)| reason.contains(called)).map(|(_, kind, _)| *kind)
    }

    /// The check that reports it.
    pub(super) fn check(self) -> &'static str {
        KINDS.iter().find(|(_, kind, _)| *kind == self).map_or("not-authorized", |(_, _, check)| *check)
    }

    /// As a finding calls it.
    pub(super) fn called(self) -> &'static str {
        match self {
            Self::Identity => "the signer's identity-based policies",
            Self::Resource => "the resource's own policy",
            Self::ServiceControl => "the organization's service control policies",
            Self::ResourceControl => "the organization's resource control policies",
            Self::Boundary => "the signer's permissions boundary",
            Self::Session => "the policy its session was made with",
            Self::VpcEndpoint => "the VPC endpoint's policy",
            Self::PublicAccess => "Block Public Access",
            Self::CustomerKeys => "the bucket's blocked encryption types",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::DENIALS;
    use super::*;

    #[test]
    fn each_kind_of_policy_has_a_check_that_is_documented() {
        for (_, _, check) in KINDS {
            assert!(DENIALS.iter().any(|(name, _, _)| *name == check), "{check}");
        }
    }
}
