package rules.signature_age

about := {
	"title": "The settings know the bucket's limit on the age of signatures",
	"why": "S3 refuses a URL once its signature is older than the bucket's `s3:signatureAge`. An issuer that does not know of it promises more.",
	"source": "Amazon S3 API reference, \"Amazon S3 Signature Version 4 authentication specific policy keys\"",
}

# Clocks and networks need their time: less gives random refusals.
shortest := 120000

examined contains data.lib.in_template(id) if {
	some id in data.lib.bucket_policies
	some _ in limits(id)
}

deny contains data.lib.denial(id, sprintf("`s3:signatureAge` is %d milliseconds: give it %d or more", [age, shortest])) if {
	some id in data.lib.bucket_policies
	some age in limits(id)
	age < shortest
}

deny contains data.lib.settings_denial(bucket, sprintf("set `signatureAge` to %v: the bucket's policy refuses older signatures, and a URL is promised for %v seconds", [age / 1000, promised(bucket)])) if {
	some id in data.lib.bucket_policies
	some bucket in data.lib.buckets
	bucket.bucket == data.lib.bucket_name(id)
	age := min(limits(id))
	promised(bucket) * 1000 > age
}

# In seconds; seven days is the ceiling of Signature Version 4.
promised(bucket) := min([604800, object.get(bucket, "longestExpiresIn", 604800), object.get(bucket, "signatureAge", 604800)])

# In milliseconds.
limits(id) := {to_number(age) |
	some statement in data.lib.list(data.lib.property(id, ["PolicyDocument", "Statement"], []))
	statement.Effect == "Deny"
	some operator, keys in statement.Condition
	startswith(operator, "NumericGreaterThan")
	some key, ages in keys
	lower(key) == "s3:signatureage"
	some age in data.lib.list(ages)
}
