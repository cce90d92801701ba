package rules.sigv4_only

about := {
	"title": "Buckets refuse Signature Version 2",
	"why": "A version 2 URL has no age: `s3:signatureAge` is always 0 for it, so that every limit on the age of URLs lets it pass.",
	"source": "Amazon S3 API reference, \"Amazon S3 Signature Version 4 authentication specific policy keys\"",
}

examined contains data.lib.in_template(id) if some id in data.lib.bucket_policies

examined contains data.lib.in_template(id) if some id in data.lib.of_type("AWS::S3::Bucket")

deny contains data.lib.denial(id, "add a statement that denies everyone `s3:*` on the bucket and its objects where `s3:signatureversion` is `AWS`, and asks nothing else") if {
	some id in data.lib.bucket_policies
	not data.lib.refuses(id, "StringEquals", "s3:signatureversion", "AWS")
}

deny contains data.lib.denial(id, "give the bucket an `AWS::S3::BucketPolicy`: without one it takes Signature Version 2 and plain HTTP") if {
	some id in data.lib.of_type("AWS::S3::Bucket")
	not has_policy(id)
}

has_policy(bucket) if {
	some id in data.lib.bucket_policies
	data.lib.bucket_name(id) == data.lib.property(bucket, ["BucketName"], data.lib.ref(bucket))
}
