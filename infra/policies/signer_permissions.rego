package rules.signer_permissions

about := {
	"title": "A signing role may what its profiles' sessions are confined to: no more, no less",
	"why": "More is a risk without a use, since every session is confined by the same profile. Less is a URL that S3 refuses once somebody uses it.",
	"source": "IAM user guide, \"Session policies\"; Service Authorization Reference, \"Actions, resources, and condition keys for Amazon S3\"",
}

examined contains data.lib.in_template(id) if some id in signers

# Without settings nothing is known of what the roles are for.
signers := {id | some id in data.lib.roles_for("signer"); count(data.lib.signed_by_role) > 0}

deny contains data.lib.denial(id, sprintf("no profile in the settings signs with this role: take the role away, or name `%s` as a bucket's `signingRole`", [data.lib.role_name(id)])) if {
	some id in signers
	count(profiles(id)) == 0
}

deny contains data.lib.denial(id, sprintf("`%s` on `%s` is nothing that a profile's sessions may: take it away, or widen the profile", [action, resource])) if {
	some id in signers
	count(profiles(id)) > 0
	some [action, resource] in granted(id) - needed(id)
}

deny contains data.lib.denial(id, sprintf("allow `%s` on `%s`: the settings have a profile that needs it", [action, resource])) if {
	some id in signers
	not wide(id)
	some [action, resource] in needed(id) - granted(id)
}

profiles(role) := {bucket |
	some bucket in data.lib.signed_by_role
	data.lib.role_of_arn(bucket.signingRole) == data.lib.role_name(role)
}

# What the session policies of the role's profiles allow; see crates/presign/src/profile/session_policy.rs.
needed(role) := {[action, resource] |
	some bucket in profiles(role)
	some policy in bucket.sessionPolicies
	some statement in policy.Statement
	some action in data.lib.list(statement.Action)
	some resource in data.lib.list(statement.Resource)
}

granted(role) := {[grant.action, grant.resource] |
	some grant in data.lib.grants(role)
	not data.lib.too_wide(grant)
}

# What is too wide is told by another rule.
wide(role) if {
	some grant in data.lib.grants(role)
	data.lib.too_wide(grant)
}
