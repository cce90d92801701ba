package rules.diagnoser_permissions

about := {
	"title": "The diagnoser may look at signing roles, buckets and keys, see whether an object is there, and log",
	"why": "It reads what strangers have sent, so it changes nothing, reads no object and no URL, and signs nothing. What it may not look at it reports as unknown.",
	"source": "IAM user guide, \"Security best practices in IAM\"; Service Authorization Reference, \"Actions, resources, and condition keys\" of IAM, STS, Amazon S3 and AWS KMS",
}

diagnosers := data.lib.functions_for("diagnoser")

examined contains data.lib.in_template(function) if some function in diagnosers

deny contains data.lib.denial(role, sprintf("`%s` on `%s`, as it stands, is nothing that the diagnoser needs: take it away", [grant.action, grant.resource])) if {
	some function in diagnosers
	role := data.lib.role_of(function)
	some grant in data.lib.grants(role)
	not data.lib.too_wide(grant)
	not needs(function, grant)
}

deny contains data.lib.denial(role, sprintf("allow `%s` on `%s`: the diagnoser needs it", [need.action, need.resource])) if {
	some function in diagnosers
	role := data.lib.role_of(function)
	some need in data.lib.unmet(role, data.lib.log_needs(function))
}

deny contains data.lib.denial(role, sprintf("allow `%s` on a `%s`: the diagnoser looks at that of the URL", [action, kind])) if {
	some function in diagnosers
	role := data.lib.role_of(function)
	some kind in {"bucket", "role"}
	some action in looks[kind]
	not action in {grant.action | some grant in data.lib.grants(role)}
}

needs(_, grant) if {
	some kind, actions in looks
	grant.action in actions
	of_kind(kind, grant.resource)
}

needs(_, grant) if grant.action == "sts:GetAccessKeyInfo"

needs(function, grant) if data.lib.may_log(function, grant)

looks := {
	"role": {"iam:GetRole", "iam:GetRolePolicy", "iam:ListRolePolicies", "iam:SimulatePrincipalPolicy"},
	"bucket": {"s3:GetBucketCORS", "s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock", "s3:GetEncryptionConfiguration", "s3:ListBucket"},
	"key": {"kms:DescribeKey", "kms:GetKeyPolicy", "kms:ListGrants"},
}

of_kind("role", resource) if data.lib.role_of_arn(resource) in data.lib.signing_roles

of_kind("bucket", resource) if {
	contains(resource, ":s3:::")
	not contains(resource, "/")
}

of_kind("key", resource) if contains(resource, ":key/")
