package rules.authorizer_permissions

about := {
	"title": "The authorizer may log, and nothing else",
	"why": "It reads what anybody sends, before anybody is known. It calls nothing of AWS, so that whoever took it over could let callers in, and reach nothing by itself.",
	"source": "IAM user guide, \"Security best practices in IAM\"",
}

authorizers := data.lib.functions_for("authorizer")

examined contains data.lib.in_template(function) if some function in authorizers

deny contains data.lib.denial(role, sprintf("`%s` on `%s`, as it stands, is nothing that the authorizer needs: take it away", [grant.action, grant.resource])) if {
	some function in authorizers
	role := data.lib.role_of(function)
	some grant in data.lib.grants(role)
	not data.lib.too_wide(grant)
	not data.lib.may_log(function, grant)
}

deny contains data.lib.denial(role, sprintf("allow `%s` on `%s`: the authorizer needs it", [need.action, need.resource])) if {
	some function in authorizers
	role := data.lib.role_of(function)
	some need in data.lib.unmet(role, data.lib.log_needs(function))
}
