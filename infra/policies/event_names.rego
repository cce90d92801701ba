package rules.event_names

about := {
	"title": "The event rules list exactly the events that the invalidator understands",
	"why": "An event that no rule passes on leaves dead URLs in the cache; one that the invalidator does not know only costs.",
	"source": "Amazon EventBridge user guide, \"AWS service events delivered via AWS CloudTrail\"; crates/presign/src/policy_change/table.rs is the table",
}

# Rules on a schedule have no pattern.
rules := {id | some id in data.lib.event_rules; data.lib.property(id, ["EventPattern"], {}) != {}}

examined contains data.lib.in_template(id) if some id in rules

pattern(id) := data.lib.property(id, ["EventPattern"], {})

detail(id, name) := {value | some value in object.get(pattern(id), ["detail", name], [])}

# Event names by event source, as [source, name].
listed(id) := {[source, name] | some source in detail(id, "eventSource"); some name in detail(id, "eventName")}

known := {[source, name] | some source, names in input.events; some name in names}

all_listed := {pair | some id in rules; some pair in listed(id)}

# A stack whose rules send to a queue of its own handles events; another one forwards some to it.
handles if {
	some id in rules
	some target in data.lib.property(id, ["Targets"], [])
	data.lib.queue_of_arn(target.Arn)
}

# A forwarder has all events of a source or none, and IAM's at least: they appear in one region only.
expected := known if handles

expected := forwarded if not handles

forwarded := {pair | some pair in known; pair[0] in sources | {"iam.amazonaws.com"}}

sources := {pair[0] | some pair in all_listed}

deny contains data.lib.denial(id, sprintf("the invalidator does not understand `%v` of `%v`: take it away, or add it to crates/presign/src/policy_change/table.rs", [name, source])) if {
	some id in rules
	some [source, name] in listed(id) - known
}

deny contains data.lib.denial(rule_of(source), sprintf("add `%s` of `%s`: the invalidator understands it", [name, source])) if {
	some [source, name] in expected - all_listed
}

deny contains data.lib.denial(id, "match `detail-type` with `AWS API Call via CloudTrail` alone, or with `AWS Service Event via CloudTrail` after it where the service acts by itself") if {
	some id in rules
	not object.get(pattern(id), "detail-type", []) in {by_call, by_call_or_itself}
}

by_call := ["AWS API Call via CloudTrail"]

by_call_or_itself := array.concat(by_call, ["AWS Service Event via CloudTrail"])

deny contains data.lib.denial(id, sprintf("`source` does not match `aws.%s`, by which EventBridge delivers the events of `%s`", [service, source])) if {
	some id in rules
	some source in detail(id, "eventSource")
	service := split(source, ".")[0]
	not sprintf("aws.%s", [service]) in object.get(pattern(id), "source", [])
}

deny contains data.lib.denial(id, sprintf("the pattern asks for `%s` too, and so misses events: take that away", [name])) if {
	some id in rules
	some name in unusual(id)
}

deny contains data.lib.denial(id, "enable the rule: take `State` away") if {
	some id in rules
	data.lib.property(id, ["State"], "ENABLED") != "ENABLED"
}

# Calls that failed have changed nothing.
unusual(id) := {name | some name, _ in pattern(id); not name in {"source", "detail-type", "detail"}} | {sprintf("detail.%s", [name]) |
	some name, value in object.get(pattern(id), "detail", {})
	not name in {"eventSource", "eventName"}
	[name, value] != ["errorCode", [{"exists": false}]]
}

# Where a name is missing: the rule of its source, or where there is none, any.
rule_of(source) := min(of_source(source)) if source in sources

rule_of(source) := min(rules) if not source in sources

of_source(source) := {id | some id in rules; source in detail(id, "eventSource")}
