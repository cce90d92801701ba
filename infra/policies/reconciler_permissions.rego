package rules.reconciler_permissions

about := {
	"title": "The reconciler may look at how roles, buckets and keys are set up, advance generations, and log",
	"why": "What it cannot look at it cannot tell a change of. It reads no object and no URL, and changes nothing that it looks at.",
	"source": "IAM user guide, \"Security best practices in IAM\"; Service Authorization Reference, \"Actions, resources, and condition keys\" of IAM, Amazon S3 and AWS KMS",
}

reconcilers := data.lib.functions_for("reconciler")

examined contains data.lib.in_template(function) if some function in reconcilers

deny contains data.lib.denial(role, sprintf("`%s` on `%s`, as it stands, is nothing that the reconciler needs: take it away", [grant.action, grant.resource])) if {
	some function in reconcilers
	role := data.lib.role_of(function)
	some grant in data.lib.grants(role)
	not data.lib.too_wide(grant)
	not needs(function, grant)
}

deny contains data.lib.denial(role, sprintf("confine `%s` to its rows: `ForAllValues:StringLike` with `dynamodb:LeadingKeys` of `%s` alone, and `Null` of it `false`", [grant.action, concat("*` and `", rows[grant.action])])) if {
	some function in reconcilers
	role := data.lib.role_of(function)
	some grant in data.lib.grants(role)
	on_table(grant)
	not data.lib.only_rows_of(grant, rows[grant.action])
}

deny contains data.lib.denial(role, sprintf("allow `%s` on `%s`: the reconciler needs it", [need.action, need.resource])) if {
	some function in reconcilers
	role := data.lib.role_of(function)
	some need in data.lib.unmet(role, needed(function))
}

deny contains data.lib.denial(role, sprintf("allow `%s` on a `%s`: the reconciler looks at each that a profile names", [action, kind])) if {
	some function in reconcilers
	role := data.lib.role_of(function)
	some kind in {"bucket", "role"}
	some action in looks[kind]
	not action in {grant.action | some grant in data.lib.grants(role)}
}

deny contains data.lib.denial(function, "start the function on a schedule: an `AWS::Events::Rule` with a `ScheduleExpression` that has it as target") if {
	some function in reconcilers
	not data.lib.on_schedule(function)
}

needs(_, grant) if on_table(grant)

needs(_, grant) if data.lib.may_use_table_key(grant)

needs(_, grant) if {
	some kind, actions in looks
	grant.action in actions
	of_kind(kind, grant.resource)
}

needs(_, grant) if {
	grant.action in {"iam:GetPolicy", "iam:GetPolicyVersion"}
	data.lib.any_of_account(grant)
}

needs(function, grant) if data.lib.may_log(function, grant)

looks := {
	"role": {"iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"},
	"bucket": {"s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock", "s3:GetEncryptionConfiguration"},
	"key": {"kms:DescribeKey", "kms:GetKeyPolicy"},
}

of_kind("role", resource) if contains(resource, ":role/")

of_kind("role", resource) if {
	some id in data.lib.of_type("AWS::IAM::Role")
	resource == data.lib.arn(id)
}

of_kind("bucket", resource) if {
	contains(resource, ":s3:::")
	not contains(resource, "/")
}

of_kind("key", resource) if contains(resource, ":key/")

# What it does to which rows. It writes in transactions, of whose keys AWS does not say whether each action is asked for with its own.
rows := {
	"dynamodb:BatchGetItem": {"generation#", "sight#"},
	"dynamodb:PutItem": {"generation#", "sight#"},
	"dynamodb:UpdateItem": {"generation#", "sight#"},
}

on_table(grant) if {
	rows[grant.action]
	some table in data.lib.tables
	grant.resource == data.lib.arn(table)
}

needed(function) := on_tables | data.lib.table_key_needs | data.lib.log_needs(function) if {
	on_tables := {{"action": action, "resource": data.lib.arn(table)} |
		some action, _ in rows
		some table in data.lib.tables
	}
}
