package rules.dead_letter_queues

about := {
	"title": "What cannot be delivered or handled is kept in a dead-letter queue",
	"why": "A policy change that is lost leaves dead URLs in the cache until they expire, and nothing tells of it.",
	"source": "Amazon EventBridge user guide, \"Using dead-letter queues to process undelivered events\"; AWS Lambda developer guide, \"Using Lambda with Amazon SQS\"",
}

examined contains data.lib.in_template(id) if some id in data.lib.event_rules

examined contains data.lib.in_template(consumer.queue) if some consumer in data.lib.consumers

deny contains data.lib.denial(id, sprintf("give the target `%s` a `DeadLetterConfig` with the ARN of a queue of this template", [target.Id])) if {
	some id in data.lib.event_rules
	some target in data.lib.property(id, ["Targets"], [])
	not data.lib.queue_of_arn(object.get(target, ["DeadLetterConfig", "Arn"], ""))
}

deny contains data.lib.denial(consumer.queue, "give it a `RedrivePolicy` with another queue of this template as `deadLetterTargetArn`, and a `maxReceiveCount`") if {
	some consumer in data.lib.consumers
	not redrives(consumer.queue)
}

redrives(queue) if {
	to_number(data.lib.property(queue, ["RedrivePolicy", "maxReceiveCount"], 0)) >= 1
	data.lib.queue_of_arn(data.lib.property(queue, ["RedrivePolicy", "deadLetterTargetArn"], "")) != queue
}
