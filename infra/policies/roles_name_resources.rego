package rules.roles_name_resources

about := {
	"title": "Roles name the actions they may take and the resources they may take them on",
	"why": "A wildcard, a policy that AWS manages, or all but what is named: each grants what nobody has decided, today or with AWS's next release.",
	"source": "IAM user guide, \"Security best practices in IAM\", \"Apply least-privilege permissions\"",
}

# Signing roles have a rule of their own.
roles := data.lib.of_type("AWS::IAM::Role") - data.lib.roles_for("signer")

examined contains data.lib.in_template(id) if some id in roles

deny contains data.lib.denial(id, sprintf("`%s` on `%s`: name the action and the resource", [grant.action, grant.resource])) if {
	some id in roles
	some grant in data.lib.grants(id)
	data.lib.too_wide(grant)
}

deny contains data.lib.denial(id, "a statement allows all but what it names, by `NotAction` or `NotResource`: name what it needs") if {
	some id in roles
	count(data.lib.allows_the_rest(id)) > 0
}

deny contains data.lib.denial(id, sprintf("`%s`: write a policy into the role instead, one that names its resources", [policy])) if {
	some id in roles
	some policy in data.lib.property(id, ["ManagedPolicyArns"], [])
	not of_api_gateway(id, policy)
}

# The role by which API Gateway writes all access logs of an account: AWS documents this policy for it, and no narrower one.
# Source: Amazon API Gateway developer guide, "Set up CloudWatch logging for REST APIs in API Gateway".
of_api_gateway(id, policy) if {
	endswith(policy, ":iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs")
	trust := data.lib.property(id, ["AssumeRolePolicyDocument", "Statement"], [])
	count(trust) > 0
	every statement in trust {
		statement.Principal == {"Service": "apigateway.amazonaws.com"}
	}
}
