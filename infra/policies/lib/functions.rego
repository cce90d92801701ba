# What the functions of this project need besides their own job.
package lib

# Log groups that a function writes to.
log_groups(function) := {id |
	some id in of_type("AWS::Logs::LogGroup")
	writes_to(function, id)
}

writes_to(function, id) if property(function, ["LoggingConfig", "LogGroup"], "") == ref(id)

writes_to(function, id) if {
	name := property(id, ["LogGroupName"], "")
	name in {sprintf("/aws/lambda/%s", [ref(function)]), sprintf("/aws/lambda/%s", [property(function, ["FunctionName"], "")])}
}

# To log into its own group, and to trace.
may_log(function, grant) if {
	grant.action in {"logs:CreateLogStream", "logs:PutLogEvents"}
	some group in log_groups(function)
	grant.resource in {arn(group), sprintf("%s:*", [arn(group)])}
}

may_log(_, grant) if grant.action in tracing

# What it cannot log without.
log_needs(function) := {{"action": action, "resource": arn(group)} |
	some action in ["logs:CreateLogStream", "logs:PutLogEvents"]
	some group in log_groups(function)
}

# The project's table, and the keys that encrypt it.
tables := of_type("AWS::DynamoDB::Table")

table_keys := {key |
	some id in tables
	key := property(id, ["SSESpecification", "KMSMasterKeyId"], "")
	key != ""
}

# With a customer-managed key the caller of DynamoDB needs it too; of use through DynamoDB only.
may_use_table_key(grant) if {
	grant.action in {"kms:Decrypt", "kms:DescribeKey"}
	grant.resource in table_keys
	some operator in ["StringEquals", "StringLike"]
	some service in list(grant.condition[operator]["kms:ViaService"])
	startswith(service, "dynamodb.")
}

table_key_needs := {{"action": "kms:Decrypt", "resource": key} | some key in table_keys}

# Whether a condition confines a request to rows whose key begins so. `ForAllValues` also holds for a request that names no
# key, which `Null` keeps out.
only_rows(grant, prefix) if only_rows_of(grant, {prefix})

# The same, for rows of several kinds.
only_rows_of(grant, prefixes) if {
	{key | some key in list(grant.condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"])} == {sprintf("%s*", [prefix]) | some prefix in prefixes}
	sprintf("%v", [grant.condition.Null["dynamodb:LeadingKeys"]]) == "false"
}

# Needs that no grant of the role meets.
unmet(role, needs) := {need |
	some need in needs
	not met(role, need)
}

met(role, need) if {
	some grant in grants(role)
	grant.action == need.action
	grant.resource == need.resource
}

# Whether a schedule that is turned on starts the function.
on_schedule(function) if {
	some id in of_type("AWS::Events::Rule")
	startswith(property(id, ["ScheduleExpression"], ""), "rate(")
	property(id, ["State"], "ENABLED") == "ENABLED"
	some target in property(id, ["Targets"], [])
	target.Arn == arn(function)
}
