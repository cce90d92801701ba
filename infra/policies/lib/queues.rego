# Queues, and what sends to them and reads from them.
package lib

queues := of_type("AWS::SQS::Queue")

mappings := of_type("AWS::Lambda::EventSourceMapping")

# The queue of this template that an ARN names.
queue_of_arn(text) := id if {
	some id in queues
	text == arn(id)
}

# Queues that a function reads, each with the mapping and the function.
consumers contains {"queue": queue, "mapping": mapping, "function": function} if {
	some mapping in mappings
	queue := queue_of_arn(property(mapping, ["EventSourceArn"], ""))
	some function in of_type("AWS::Lambda::Function")
	property(mapping, ["FunctionName"], "") in {ref(function), arn(function)}
}

event_rules := of_type("AWS::Events::Rule")
