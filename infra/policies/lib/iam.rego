# What roles may do, wherever the template says so.
package lib

# All policy documents of a role: its own, and those that are resources of their own.
documents(role) := own | attached if {
	own := {policy.PolicyDocument | some policy in property(role, ["Policies"], [])}
	attached := {property(id, ["PolicyDocument"], {}) | some id in policies_of(role)}
}

# The policies of a role that are resources of their own.
policies_of(role) := {id |
	some type in ["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"]
	some id in of_type(type)
	names_role(id, role)
}

names_role(id, role) if ref(role) in property(id, ["Roles"], [])

names_role(id, role) if property(id, ["RoleName"], "") in {ref(role), role_name(role)}

statements(role) := {statement |
	some document in documents(role)
	some statement in list(document.Statement)
}

# One action on one resource, and under which conditions.
grants(role) := {{"action": action, "resource": resource, "condition": condition} |
	some statement in statements(role)
	statement.Effect == "Allow"
	some action in list(object.get(statement, "Action", []))
	some resource in list(object.get(statement, "Resource", []))
	condition := object.get(statement, "Condition", {})
}

# Statements that allow all but what they name.
allows_the_rest(role) := {statement |
	some statement in statements(role)
	statement.Effect == "Allow"
	some element in {"NotAction", "NotResource"}
	element in object.keys(statement)
}

# AWS names no resource for these. Source: Service Authorization Reference, "Actions, resources, and condition keys" of AWS X-Ray and of
# AWS Security Token Service.
without_resource := tracing | {"sts:GetAccessKeyInfo"}

tracing := {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}

# More than one action, or more than what one name stands for.
too_wide(grant) if contains(grant.action, "*")

too_wide(grant) if contains(grant.action, "?")

too_wide(grant) if {
	wildcard(grant.resource)
	not lower(grant.action) in {lower(action) | some action in without_resource}
	not objects(grant.resource)
	not log_streams(grant.resource)
	not any_of_account(grant)
}

wildcard(text) if contains(unescaped(text), "*")

wildcard(text) if contains(unescaped(text), "?")

# `${*}` is how a policy writes a `*` that is none. Source: IAM user guide, "IAM policy elements: variables and tags".
unescaped(text) := replace(replace(text, "${*}", ""), "${?}", "")

# The objects of one bucket that begin with a prefix, which may be empty.
objects(resource) if {
	parts := split(resource, ":")
	parts[2] == "s3"
	name := concat(":", array.slice(parts, 5, count(parts)))
	contains(name, "/")
	not wildcard(trim_suffix(name, "*"))
}

# Who has a policy, what it says, and who is in a group: of which one, only an event tells, or the role that has it.
any_of_account(grant) if {
	kind := {"iam:GetGroup": "group", "iam:GetPolicy": "policy", "iam:GetPolicyVersion": "policy", "iam:ListEntitiesForPolicy": "policy"}[grant.action]
	endswith(grant.resource, sprintf(":%s/*", [kind]))
	contains(grant.resource, ":iam::")
	not wildcard(trim_suffix(grant.resource, "*"))
}

# The streams of one log group.
log_streams(resource) if {
	group := trim_suffix(resource, ":*")
	not wildcard(group)
	group_name(group)
}

group_name(text) if contains(text, ":log-group:")

group_name(text) if startswith(text, "${")

role_name(id) := property(id, ["RoleName"], id)

# The name of the role of an ARN, or of a role of this template.
role_of_arn(text) := role_name(id) if {
	some id in of_type("AWS::IAM::Role")
	text == arn(id)
}

role_of_arn(text) := parts[count(parts) - 1] if {
	contains(text, ":role/")
	parts := split(text, "/")
}

# The role that a function runs as.
role_of(function) := id if {
	some id in of_type("AWS::IAM::Role")
	property(function, ["Role"], "") == arn(id)
}
