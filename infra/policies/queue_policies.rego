package rules.queue_policies

about := {
	"title": "A queue's policy is about that queue alone",
	"why": "SQS takes no policy with another queue in it, and the whole stack is rolled back.",
	"source": "Amazon SQS developer guide (API version 2011-10-01), \"Special Information for SQS Policies\"",
}

policies := data.lib.of_type("AWS::SQS::QueuePolicy")

examined contains data.lib.in_template(id) if some id in policies

deny contains data.lib.denial(id, "give each queue a policy of its own, whose statements have its ARN as `Resource`") if {
	some id in policies
	not of_one_queue(id)
}

of_one_queue(id) if {
	[queue] := data.lib.property(id, ["Queues"], [])
	resources := {resource |
		some statement in data.lib.list(data.lib.property(id, ["PolicyDocument", "Statement"], []))
		some resource in data.lib.list(object.get(statement, ["Resource"], []))
	}
	some resource in resources
	count(resources) == 1
	queue == data.lib.ref(queue_id)
	resource == data.lib.arn(queue_id)
	some queue_id in data.lib.queues
}
