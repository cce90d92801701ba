package rules.longest_lifetime

about := {
	"title": "URLs that a role signs are promised no longer than a session of the role lives",
	"why": "A URL dies with the session that signed it. A promise beyond that is cut short at every request, and callers learn it one by one.",
	"source": "IAM user guide, \"Methods to assume a role\", \"Role chaining\"; AWS STS API reference, `AssumeRole`, `DurationSeconds`",
}

# Role chaining: the issuing function is itself a session of its role.
longest_from_lambda := 3600

longest := 43200

examined contains data.lib.in_settings(bucket) if some bucket in data.lib.signed_by_role

deny contains data.lib.settings_denial(bucket, sprintf("set `longestExpiresIn`, to %d or less", [limit(bucket)])) if {
	some bucket in data.lib.signed_by_role
	not bucket.longestExpiresIn
}

deny contains data.lib.settings_denial(bucket, sprintf("`longestExpiresIn` is %d: set it to %d or less, which is what a session of `signingRole` lives", [bucket.longestExpiresIn, limit(bucket)])) if {
	some bucket in data.lib.signed_by_role
	bucket.longestExpiresIn > limit(bucket)
}

deny contains data.lib.settings_denial(bucket, sprintf("`longestExpiresIn` is %d: set it to %d or less, as `signatureAge` says", [bucket.longestExpiresIn, bucket.signatureAge])) if {
	some bucket in data.lib.signed_by_role
	bucket.longestExpiresIn <= limit(bucket)
	bucket.longestExpiresIn > bucket.signatureAge
}

deny contains data.lib.settings_denial(bucket, sprintf("`sessionDuration` is %d: from a Lambda function AssumeRole refuses more than %d", [bucket.sessionDuration, longest_from_lambda])) if {
	some bucket in data.lib.signed_by_role
	bucket.sessionDuration > longest_from_lambda
	count(data.lib.functions_for("issuer")) > 0
}

limit(bucket) := min([longest, data.lib.session_duration(bucket)])
