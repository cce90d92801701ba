package rules.log_retention

about := {
	"title": "Logs are kept for a stated time",
	"why": "A log group without a retention keeps for ever who asked for what; one that Lambda makes by itself has none.",
	"source": "Amazon CloudWatch Logs user guide, \"Working with log groups and log streams\", \"Change log data retention\"",
}

examined contains data.lib.in_template(id) if some id in data.lib.of_type("AWS::Logs::LogGroup")

examined contains data.lib.in_template(id) if some id in data.lib.of_type("AWS::Lambda::Function")

deny contains data.lib.denial(id, "set `RetentionInDays`") if {
	some id in data.lib.of_type("AWS::Logs::LogGroup")
	data.lib.property(id, ["RetentionInDays"], 0) == 0
}

deny contains data.lib.denial(id, "give the function an `AWS::Logs::LogGroup` of this template, by `LoggingConfig.LogGroup`") if {
	some id in data.lib.of_type("AWS::Lambda::Function")
	count(data.lib.log_groups(id)) == 0
}
