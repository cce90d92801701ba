package rules.queue_consumers

about := {
	"title": "A function that reads a queue has time for a batch, and gives back only what failed",
	"why": "With less time SQS delivers messages again while they are being handled; without partial answers one bad message takes its whole batch along.",
	"source": "AWS Lambda developer guide, \"Using Lambda with Amazon SQS\", \"Configuring a queue to use with Lambda\" and \"Implementing partial batch responses\"",
}

examined contains data.lib.in_template(consumer.mapping) if some consumer in data.lib.consumers

deny contains data.lib.denial(consumer.queue, sprintf("its `VisibilityTimeout` is %d seconds: give it %d or more, six times the timeout of `%s`", [visible, 6 * timeout, consumer.function])) if {
	some consumer in data.lib.consumers
	visible := to_number(data.lib.property(consumer.queue, ["VisibilityTimeout"], 30))
	timeout := to_number(data.lib.property(consumer.function, ["Timeout"], 3))
	visible < 6 * timeout
}

deny contains data.lib.denial(consumer.mapping, "add `ReportBatchItemFailures` to `FunctionResponseTypes`") if {
	some consumer in data.lib.consumers
	not "ReportBatchItemFailures" in data.lib.property(consumer.mapping, ["FunctionResponseTypes"], [])
}
