package rules.operator_permissions

about := {
	"title": "The operators' function may revoke the sessions of the signing roles, see what is out without the URLs, advance generations, and log; a schedule starts it too",
	"why": "Who may write a role's policy may write any, so it may only where a boundary bounds the role. It reads no URL, and assumes no role. Revocations that it does not take away fill the role.",
	"source": "IAM user guide, \"Permissions boundaries for IAM entities\", `iam:PermissionsBoundary`; crates/operate-urls and crates/url-cache tell what is called",
}

operators := data.lib.functions_for("operator")

examined contains data.lib.in_template(function) if some function in operators

deny contains data.lib.denial(role, sprintf("`%s` on `%s`, as it stands, is nothing that the operators' function needs: take it away", [grant.action, grant.resource])) if {
	some function in operators
	role := data.lib.role_of(function)
	some grant in data.lib.grants(role)
	not data.lib.too_wide(grant)
	not needs(function, grant)
}

deny contains data.lib.denial(role, sprintf("confine `%s` to generations: `ForAllValues:StringLike` with `dynamodb:LeadingKeys` of `generation#*` alone, and `Null` of it `false`", [grant.action])) if {
	some function in operators
	role := data.lib.role_of(function)
	some grant in data.lib.grants(role)
	on_table(grant)
	not data.lib.only_rows(grant, "generation#")
}

deny contains data.lib.denial(role, "let it write the policies of a role only under a boundary: `StringEquals` with one `iam:PermissionsBoundary`, the ARN of a policy") if {
	some function in operators
	role := data.lib.role_of(function)
	some grant in data.lib.grants(role)
	grant.action in {"iam:DeleteRolePolicy", "iam:PutRolePolicy"}
	not bounded(grant)
}

deny contains data.lib.denial(role, sprintf("allow `%s` on `%s`: the operators' function needs it", [need.action, need.resource])) if {
	some function in operators
	role := data.lib.role_of(function)
	some need in data.lib.unmet(role, needed(function))
}

deny contains data.lib.denial(role, sprintf("allow `%s` on the role `%s`: the settings sign with it", [action, name])) if {
	some function in operators
	role := data.lib.role_of(function)
	some action in on_roles
	some name in data.lib.signing_roles - {data.lib.role_of_arn(grant.resource) | some grant in data.lib.grants(role); grant.action == action}
}

deny contains data.lib.denial(function, "start the function on a schedule: an `AWS::Events::Rule` with a `ScheduleExpression` that has it as target") if {
	some function in operators
	not data.lib.on_schedule(function)
}

needs(_, grant) if on_table(grant)

needs(_, grant) if {
	grant.action == "dynamodb:Query"
	some table in data.lib.tables
	grant.resource == index(table)
}

needs(_, grant) if data.lib.may_use_table_key(grant)

needs(_, grant) if {
	grant.action in on_roles
	data.lib.role_of_arn(grant.resource) in data.lib.signing_roles
}

needs(function, grant) if data.lib.may_log(function, grant)

on_roles := {"iam:DeleteRolePolicy", "iam:GetRole", "iam:GetRolePolicy", "iam:ListRolePolicies", "iam:PutRolePolicy"}

on_rows := {"dynamodb:BatchGetItem", "dynamodb:UpdateItem"}

on_table(grant) if {
	grant.action in on_rows
	some table in data.lib.tables
	grant.resource == data.lib.arn(table)
}

# What is out, without the URLs.
index(table) := sprintf("%s/index/issued", [data.lib.arn(table)])

bounded(grant) if {
	boundaries := data.lib.list(grant.condition.StringEquals["iam:PermissionsBoundary"])
	count(boundaries) == 1
}

needed(function) := on_tables | on_indexes | data.lib.table_key_needs | data.lib.log_needs(function) if {
	on_tables := {{"action": action, "resource": data.lib.arn(table)} |
		some action in on_rows
		some table in data.lib.tables
	}
	on_indexes := {{"action": "dynamodb:Query", "resource": index(table)} | some table in data.lib.tables}
}
