package rules.issuer_permissions

about := {
	"title": "The issuer may read and store URLs, take sessions of the signing roles, read the keys of users that sign, and log",
	"why": "It answers strangers' requests. What it cannot do, no mistake in it can do: it signs nothing itself, reaches no bucket, and advances no generation.",
	"source": "IAM user guide, \"Security best practices in IAM\", \"Apply least-privilege permissions\"; crates/url-cache and crates/signing-session tell what is called",
}

issuers := data.lib.functions_for("issuer")

examined contains data.lib.in_template(function) if some function in issuers

deny contains data.lib.denial(role, sprintf("`%s` on `%s`, as it stands, is nothing that the issuer needs: take it away", [grant.action, grant.resource])) if {
	some function in issuers
	role := data.lib.role_of(function)
	some grant in data.lib.grants(role)
	not data.lib.too_wide(grant)
	not needs(function, grant)
}

deny contains data.lib.denial(role, sprintf("confine `%s` to URLs: `ForAllValues:StringLike` with `dynamodb:LeadingKeys` of `url#*` alone, and `Null` of it `false`", [grant.action])) if {
	some function in issuers
	role := data.lib.role_of(function)
	some grant in data.lib.grants(role)
	grant.action in storing
	on_table(grant)
	not data.lib.only_rows(grant, "url#")
}

deny contains data.lib.denial(role, sprintf("allow `%s` on `%s`: the issuer needs it", [need.action, need.resource])) if {
	some function in issuers
	role := data.lib.role_of(function)
	some need in data.lib.unmet(role, needed(function))
}

deny contains data.lib.denial(role, sprintf("allow `%s` on the role `%s`: the settings sign with its sessions", [action, name])) if {
	some function in issuers
	role := data.lib.role_of(function)
	some name in data.lib.signing_roles
	some action in data.lib.session_actions(name) - may_on(role, name)
}

# `BatchWriteItem` is no `PutItem` for IAM, and may delete as well: URLs alone. Source: Service Authorization Reference, "Actions, resources,
# and condition keys for Amazon DynamoDB".
storing := {"dynamodb:BatchWriteItem", "dynamodb:PutItem"}

needs(_, grant) if {
	grant.action in {"dynamodb:BatchGetItem"} | storing
	on_table(grant)
}

needs(_, grant) if data.lib.may_use_table_key(grant)

needs(_, grant) if {
	name := data.lib.role_of_arn(grant.resource)
	name in data.lib.signing_roles
	grant.action in data.lib.session_actions(name)
}

needs(_, grant) if {
	grant.action == "secretsmanager:GetSecretValue"
	grant.resource in data.lib.secrets
}

# By the key of the secret, for Secrets Manager and for that secret alone.
# Source: AWS Secrets Manager user guide, "Secret encryption and decryption in AWS Secrets Manager", "Encryption context".
needs(_, grant) if {
	grant.action == "kms:Decrypt"
	every service in data.lib.list(grant.condition.StringEquals["kms:ViaService"]) {
		startswith(service, "secretsmanager.")
	}
	every secret in data.lib.list(grant.condition.StringEquals["kms:EncryptionContext:SecretARN"]) {
		secret in data.lib.secrets
	}
}

needs(function, grant) if data.lib.may_log(function, grant)

on_table(grant) if {
	some table in data.lib.tables
	grant.resource == data.lib.arn(table)
}

needed(function) := on_tables | data.lib.table_key_needs | data.lib.log_needs(function) | on_secrets if {
	on_secrets := {{"action": "secretsmanager:GetSecretValue", "resource": secret} | some secret in data.lib.secrets}
	on_tables := {{"action": action, "resource": data.lib.arn(table)} |
		some action in {"dynamodb:BatchGetItem"} | storing
		some table in data.lib.tables
	}
}

may_on(role, name) := {grant.action |
	some grant in data.lib.grants(role)
	data.lib.role_of_arn(grant.resource) == name
}
