package rules.signer_trust

about := {
	"title": "A signing role trusts the issuer's role, and no one else",
	"why": "Whoever may assume the signing role can sign any URL, past the caller's policy, the lifetime limits and the record of what is out.",
	"source": "IAM user guide, \"AWS JSON policy elements: Principal\"; AWS STS API reference, `AssumeRole`",
}

examined contains data.lib.in_template(id) if some id in data.lib.roles_for("signer")

deny contains data.lib.denial(id, "trust the issuer's role by one statement: `Allow`, `sts:AssumeRole` with no more than the settings need besides, `Principal: {AWS: …}` with the ARN of that role alone") if {
	some id in data.lib.roles_for("signer")
	not trusts_one_role(id)
}

deny contains data.lib.denial(id, sprintf("let the issuer's role `%s`: the settings give its sessions what takes that", [action])) if {
	some id in data.lib.roles_for("signer")
	trusts_one_role(id)
	some action in data.lib.session_actions(data.lib.role_name(id)) - admitted(id)
}

deny contains data.lib.denial(id, sprintf("it trusts `%s`, which is not the role of the issuing function", [trusted(id)])) if {
	some id in data.lib.roles_for("signer")
	trusts_one_role(id)
	count(issuers) > 0
	not data.lib.role_of_arn(trusted(id)) in issuers
}

trusts_one_role(id) if {
	[statement] := data.lib.list(data.lib.property(id, ["AssumeRolePolicyDocument", "Statement"], []))
	statement.Effect == "Allow"
	"sts:AssumeRole" in admitted(id)
	count(admitted(id) - data.lib.session_actions(data.lib.role_name(id))) == 0
	is_object(statement.Principal)
	object.keys(statement.Principal) == {"AWS"}
	one_role(trusted(id))
}

admitted(id) := {action |
	some statement in data.lib.list(data.lib.property(id, ["AssumeRolePolicyDocument", "Statement"], []))
	some action in data.lib.list(object.get(statement, "Action", []))
}

trusted(id) := principal if {
	[statement] := data.lib.list(data.lib.property(id, ["AssumeRolePolicyDocument", "Statement"], []))
	[principal] := data.lib.list(statement.Principal.AWS)
}

# `arn:aws:iam::123456789012:role/NAME`
one_role(principal) if {
	contains(principal, ":role/")
	not contains(principal, "*")
}

# A role of this template, or a parameter that has no value here.
one_role(principal) if {
	startswith(principal, "${")
	endswith(principal, "}")
}

issuers := {data.lib.role_name(data.lib.role_of(function)) | some function in data.lib.functions_for("issuer")}
