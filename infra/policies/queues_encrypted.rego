package rules.queues_encrypted

about := {
	"title": "Queues are encrypted",
	"why": "Events tell who may do what in the account. Said in the template, encryption does not depend on when and how a queue was made.",
	"source": "Amazon SQS developer guide, \"Encryption at rest in Amazon SQS\"; Amazon EventBridge user guide, \"Encrypting Amazon SQS queues\"",
}

examined contains data.lib.in_template(id) if some id in data.lib.queues

deny contains data.lib.denial(id, "set `SqsManagedSseEnabled: true`, or a `KmsMasterKeyId`") if {
	some id in data.lib.queues
	data.lib.property(id, ["SqsManagedSseEnabled"], false) != true
	data.lib.property(id, ["KmsMasterKeyId"], "") == ""
}

deny contains data.lib.denial(id, "EventBridge cannot use the key `alias/aws/sqs`: set `SqsManagedSseEnabled: true`, or a key whose policy lets it in") if {
	some id in data.lib.queues
	endswith(data.lib.property(id, ["KmsMasterKeyId"], ""), "alias/aws/sqs")
}
