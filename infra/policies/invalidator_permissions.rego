package rules.invalidator_permissions

about := {
	"title": "The invalidator may advance generations, note which events have come, ask IAM whom a change is about, take changes from its queue, and log",
	"why": "It reads what anyone in the account can cause to be sent. It needs no URL, so it can read and change none: only rows whose key begins with `generation#` or `event#`.",
	"source": "Amazon DynamoDB developer guide, \"Using IAM policy conditions for fine-grained access control\", `dynamodb:LeadingKeys`",
}

invalidators := data.lib.functions_for("invalidator")

examined contains data.lib.in_template(function) if some function in invalidators

deny contains data.lib.denial(role, sprintf("`%s` on `%s`, as it stands, is nothing that the invalidator needs: take it away", [grant.action, grant.resource])) if {
	some function in invalidators
	role := data.lib.role_of(function)
	some grant in data.lib.grants(role)
	not data.lib.too_wide(grant)
	not needs(function, grant)
}

deny contains data.lib.denial(role, sprintf("confine `%s` to its rows: `ForAllValues:StringLike` with `dynamodb:LeadingKeys` of `%s` alone, and `Null` of it `false`", [grant.action, concat("*` and `", rows[grant.action])])) if {
	some function in invalidators
	role := data.lib.role_of(function)
	some grant in data.lib.grants(role)
	on_table(grant)
	not data.lib.only_rows_of(grant, rows[grant.action])
}

deny contains data.lib.denial(role, sprintf("allow `%s` on `%s`: the invalidator needs it", [need.action, need.resource])) if {
	some function in invalidators
	role := data.lib.role_of(function)
	some need in data.lib.unmet(role, needed(function))
}

needs(_, grant) if on_table(grant)

# Whom a policy or a group is about.
needs(_, grant) if {
	grant.action in {"iam:GetGroup", "iam:ListEntitiesForPolicy"}
	data.lib.any_of_account(grant)
}

needs(_, grant) if data.lib.may_use_table_key(grant)

needs(function, grant) if {
	grant.action in from_queue
	grant.resource in queues(function)
}

needs(function, grant) if data.lib.may_log(function, grant)

# What it does to which rows. It writes in transactions, of whose keys AWS does not say whether each action is asked for with its own.
rows := {
	"dynamodb:BatchGetItem": {"event#", "generation#"},
	"dynamodb:PutItem": {"event#", "generation#"},
	"dynamodb:UpdateItem": {"event#", "generation#"},
}

on_table(grant) if {
	rows[grant.action]
	some table in data.lib.tables
	grant.resource == data.lib.arn(table)
}

from_queue := {"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"}

queues(function) := {queue |
	some id in data.lib.mappings
	data.lib.property(id, ["FunctionName"], "") == data.lib.ref(function)
	queue := data.lib.property(id, ["EventSourceArn"], "")
}

needed(function) := on_tables | data.lib.table_key_needs | on_queues | data.lib.log_needs(function) if {
	on_tables := {{"action": action, "resource": data.lib.arn(table)} |
		some action, _ in rows
		some table in data.lib.tables
	}
	on_queues := {{"action": action, "resource": queue} |
		some action in from_queue
		some queue in queues(function)
	}
}
