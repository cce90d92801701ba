# What the policy of a bucket refuses.
package lib

bucket_policies := of_type("AWS::S3::BucketPolicy")

# Whether the policy `id` denies everyone everything in the bucket where one condition key has a value.
refuses(id, operator, key, value) if {
	some statement in list(property(id, ["PolicyDocument", "Statement"], []))
	statement.Effect == "Deny"
	everyone(statement)
	"s3:*" in list(object.get(statement, "Action", []))
	whole_bucket(id, statement)
	only_condition(statement, operator, key) == [value]
}

everyone(statement) if statement.Principal == "*"

everyone(statement) if list(statement.Principal.AWS) == ["*"]

# The bucket itself and all that is in it.
whole_bucket(id, statement) if {
	some bucket in bucket_arns(id)
	every wanted in [bucket, sprintf("%s/*", [bucket])] {
		wanted in list(object.get(statement, "Resource", []))
	}
}

# The bucket's ARN, as a policy may write it.
bucket_arns(id) := by_name | by_reference if {
	by_name := {sprintf("arn:%s:s3:::%s", [partition, bucket_name(id)]) | some partition in ["aws", "aws-cn", "aws-us-gov"]}
	by_reference := {arn(bucket) | some bucket in of_type("AWS::S3::Bucket"); ref(bucket) == property(id, ["Bucket"], "")}
}

# The name of the bucket that a policy is for.
bucket_name(id) := property(bucket, ["BucketName"], ref(bucket)) if {
	some bucket in of_type("AWS::S3::Bucket")
	property(id, ["Bucket"], "") == ref(bucket)
}

bucket_name(id) := bucket if {
	bucket := property(id, ["Bucket"], "")
	every resource in of_type("AWS::S3::Bucket") {
		bucket != ref(resource)
	}
}

# What the statement asks of `key`, as text, where it asks nothing else. Condition keys have no case.
only_condition(statement, operator, key) := asked if {
	count(statement.Condition) == 1
	count(statement.Condition[operator]) == 1
	some name, values in statement.Condition[operator]
	lower(name) == lower(key)
	asked := [sprintf("%v", [value]) | some value in list(values)]
}
