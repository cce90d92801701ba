package rules.regional_endpoints

about := {
	"title": "URLs name the endpoint of the bucket's region",
	"why": "The global endpoint redirects to the bucket's region, where the signature does not fit the host any more, and CORS fails; another region refuses the signature.",
	"source": "Amazon S3 user guide, \"Making requests to Amazon S3\", \"Request redirection\"; AWS general reference, \"Amazon S3 endpoints and quotas\"",
}

# Without `endpoint` the issuer uses the regional one.
examined contains data.lib.in_settings(bucket) if some bucket in data.lib.buckets

examined contains data.lib.in_template(id) if {
	some id in data.lib.of_type("AWS::Lambda::Function")
	some name, _ in variables(id)
	startswith(name, "AWS_ENDPOINT_URL")
}

deny contains data.lib.settings_denial(bucket, sprintf("`endpoint` is `%s`: leave it out, or name one of S3's in `%s`, such as `https://s3.%s.amazonaws.com`", [bucket.endpoint, bucket.region, bucket.region])) if {
	some bucket in data.lib.buckets
	name := data.lib.host(bucket.endpoint)
	data.lib.aws_host(name)
	not regional(data.lib.service_and_region(name), bucket.region)
}

deny contains data.lib.denial(id, sprintf("`%s` is `%s`, an endpoint of no region: take it away, the SDK knows the regional one", [name, value])) if {
	some id in data.lib.of_type("AWS::Lambda::Function")
	some name, value in variables(id)
	startswith(name, "AWS_ENDPOINT_URL")
	not contains(data.lib.service_and_region(data.lib.host(value)), ".")
}

variables(id) := data.lib.property(id, ["Environment", "Variables"], {})

regional(name, region) if {
	some form in ["s3.%s", "s3-fips.%s", "s3.dualstack.%s", "s3-fips.dualstack.%s"]
	name == sprintf(form, [region])
}

# `bucket.vpce-0a1b2c.s3.eu-central-1.vpce.amazonaws.com`
regional(name, region) if endswith(name, sprintf(".s3.%s.vpce", [region]))
