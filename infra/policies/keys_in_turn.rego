package rules.keys_in_turn

about := {
	"title": "API keys are made one after another",
	"why": "CloudFormation makes at the same time what does not depend on each other. Of two usage plan keys API Gateway then refuses one as a concurrent modification, which is not tried again, and the stack is rolled back.",
	"source": "serverless/serverless issue 12065, with AWS Support's answer; Amazon API Gateway developer guide, \"Amazon API Gateway quotas\", `CreateApiKey`",
}

kinds := {"AWS::ApiGateway::ApiKey", "AWS::ApiGateway::UsagePlanKey"}

examined contains data.lib.in_template(id) if {
	some kind in kinds
	some id in data.lib.of_type(kind)
}

deny contains data.lib.denial(id, sprintf("`DependsOn` another `%s`, on which no other of them depends", [kind])) if {
	some kind in kinds
	keys := data.lib.of_type(kind)
	some id in keys
	some other in keys
	other < id
	at_once(waits_for(id, keys), waits_for(other, keys))
}

at_once(these, those) if {
	these == set()
	those == set()
}

at_once(these, those) if count(these & those) > 0

waits_for(id, keys) := {before |
	some before in data.lib.list(object.get(data.lib.resources[id], "DependsOn", []))
	before in keys
}
