package rules.functions_have_roles

about := {
	"title": "Each function has a role of its template, with policies that stand in it",
	"why": "What a role of another place may, no rule sees here: whatever it is, nothing would be denied.",
	"source": "AWS Lambda developer guide, \"Defining Lambda function permissions with an execution role\"",
}

examined contains data.lib.in_template(function) if some function in data.lib.functions

deny contains data.lib.denial(function, "give the function a role of this template, by `Role: !GetAtt …`, with policies that stand in it") if {
	some function in data.lib.functions
	not data.lib.role_of(function)
}
