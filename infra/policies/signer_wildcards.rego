package rules.signer_wildcards

about := {
	"title": "A signing role has no wildcard permissions",
	"why": "Whatever the signing role may, the holder of a URL may. A session policy confines each session; the role is what is left if that has a mistake.",
	"source": "Amazon S3 user guide, \"Download and upload objects with presigned URLs\", \"Limiting presigned URL capabilities\"",
}

examined contains data.lib.in_template(id) if some id in data.lib.roles_for("signer")

deny contains data.lib.denial(id, sprintf("`%s` on `%s`: name the action, and the objects of a bucket or a key by its ARN", [grant.action, grant.resource])) if {
	some id in data.lib.roles_for("signer")
	some grant in data.lib.grants(id)
	data.lib.too_wide(grant)
}

deny contains data.lib.denial(id, "a statement allows all but what it names, by `NotAction` or `NotResource`: name what it needs") if {
	some id in data.lib.roles_for("signer")
	count(data.lib.allows_the_rest(id)) > 0
}

deny contains data.lib.denial(id, sprintf("`%s`: a signing role has policies of its own only", [policy])) if {
	some id in data.lib.roles_for("signer")
	some policy in data.lib.property(id, ["ManagedPolicyArns"], [])
}
