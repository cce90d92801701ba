package rules.kms_key_only

about := {
	"title": "A bucket with a KMS key takes no object under another, and every upload under that one",
	"why": "The bucket's default is for uploads that say nothing. One that says `aws:kms` and names no key is encrypted with the account's `aws/s3`, whose key policy is AWS's; one that brings a key of its own leaves an object that nobody else can read.",
	"source": "Amazon S3 API reference, \"PutObject\", `x-amz-server-side-encryption-aws-kms-key-id`; Service Authorization Reference, \"Condition keys for Amazon S3\"",
}

algorithm := "s3:x-amz-server-side-encryption"

key_id := "s3:x-amz-server-side-encryption-aws-kms-key-id"

customers := "s3:x-amz-server-side-encryption-customer-algorithm"

with_key := {"aws:kms", "aws:kms:dsse"}

examined contains data.lib.in_template(id) if some id, _ in keys

deny contains data.lib.denial(id, sprintf("deny everyone `s3:PutObject` on all objects for an upload %s", [what])) if {
	some id, key in keys
	some [what, said] in elsewhere(key)
	not refused(id, said)
}

deny contains data.lib.denial(id, sprintf("deny no upload %s: it is encrypted with the bucket's key", [concat(" or ", denied)])) if {
	some id, key in keys
	denied := {what | some [what, said] in as_wanted(key); refused(id, said)}
	count(denied) > 0
}

# The keys of buckets, by the policies of these.
keys[id] := key if {
	some id in data.lib.bucket_policies
	some bucket in data.lib.of_type("AWS::S3::Bucket")
	data.lib.property(bucket, ["BucketName"], data.lib.ref(bucket)) == data.lib.bucket_name(id)
	some configuration in data.lib.property(bucket, ["BucketEncryption", "ServerSideEncryptionConfiguration"], [])
	key := configuration.ServerSideEncryptionByDefault.KMSMasterKeyID
}

# What uploads say of encryption, by the condition keys that tell it.
elsewhere(key) := others | unnamed | another | own if {
	others := {["that says `AES256`", {algorithm: "AES256"}]}
	unnamed := {["that says `aws:kms` or `aws:kms:dsse` and names no key", {algorithm: name}] | some name in with_key}
	another := {["that names another key", {algorithm: name, key_id: sprintf("%s-another", [key])}] | some name in with_key}
	own := {["that brings a key of its own (SSE-C)", {customers: "AES256"}]}
}

# Parts have no header for it: Amazon S3 API reference, "UploadPart". That S3 looks at none of their upload either is unproven.
as_wanted(key) := silent | named if {
	silent := {["that says nothing", {}]}
	named := {["that names the key", {algorithm: name, key_id: key}] | some name in with_key}
}

refused(id, said) if {
	some statement in data.lib.list(data.lib.property(id, ["PolicyDocument", "Statement"], []))
	statement.Effect == "Deny"
	data.lib.everyone(statement)
	some action in data.lib.list(object.get(statement, "Action", []))
	is_upload(lower(action))
	some bucket in data.lib.bucket_arns(id)
	sprintf("%s/*", [bucket]) in data.lib.list(object.get(statement, "Resource", []))
	every operator, asked in object.get(statement, "Condition", {}) {
		every name, values in asked {
			lower(name) in {algorithm, key_id, customers}
			holds(operator, object.get(said, lower(name), null), values)
		}
	}
}

# Whether a statement's action is that of an upload, or stands for it among others.
is_upload(action) if action == "s3:putobject"

is_upload(action) if {
	endswith(action, "*")
	startswith("s3:putobject", trim_suffix(action, "*"))
}

# Whether a condition holds of what an upload says; of conditions that are about something else, nobody knows.
holds("StringEquals", value, values) if value in data.lib.list(values)

holds("StringNotEquals", value, values) if not value in data.lib.list(values)

holds("Null", value, values) if sprintf("%v", [value == null]) in {sprintf("%v", [each]) | some each in data.lib.list(values)}
