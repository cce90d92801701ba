package rules.tls_only

about := {
	"title": "Buckets are reached over TLS only",
	"why": "A presigned URL is a bearer token: over plain HTTP anyone on the way can read and use it.",
	"source": "Amazon S3 user guide, \"Security best practices for Amazon S3\", \"Enforce encryption of data in transit\"",
}

examined contains data.lib.in_template(id) if some id in data.lib.bucket_policies

examined contains data.lib.in_settings(bucket) if some bucket in data.lib.buckets

deny contains data.lib.denial(id, "add a statement that denies everyone `s3:*` on the bucket and its objects where `aws:SecureTransport` is `false`, and asks nothing else") if {
	some id in data.lib.bucket_policies
	not data.lib.refuses(id, "Bool", "aws:SecureTransport", "false")
}

deny contains data.lib.settings_denial(bucket, sprintf("`endpoint` is `%s`: begin it with `https://`", [bucket.endpoint])) if {
	some bucket in data.lib.buckets
	startswith(lower(bucket.endpoint), "http://")
	data.lib.aws_host(data.lib.host(bucket.endpoint))
}
