package rules.functions_wait

about := {
	"title": "A function waits for the policies of its role",
	"why": "Lambda asks, when it makes a function that is traced or a mapping of a queue, whether the role may do what that needs. A function that refers to the role alone is made beside the role's policies, and a first deployment fails whenever it comes first.",
	"source": "AWS CloudFormation template reference, \"DependsOn attribute\"; AWS Lambda developer guide, \"Visualize Lambda function invocations using AWS X-Ray\" and \"Creating and configuring an Amazon SQS event source mapping\"",
}

examined contains data.lib.in_template(id) if {
	some id in data.lib.of_type("AWS::Lambda::Function")
	data.lib.role_of(id)
}

deny contains data.lib.denial(id, sprintf("name `%s` in the function's `DependsOn`: it is a policy of its role", [policy])) if {
	some id in data.lib.of_type("AWS::Lambda::Function")
	some policy in data.lib.policies_of(data.lib.role_of(id)) - waited_for(id)
}

waited_for(id) := {other | some other in data.lib.list(object.get(data.lib.resources[id], "DependsOn", []))}
