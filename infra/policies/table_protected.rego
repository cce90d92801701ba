package rules.table_protected

about := {
	"title": "The table is encrypted with a key of ours, can be restored, and drops expired rows",
	"why": "A cached URL is a bearer token. With a key of ours, who may read the table is decided twice, logged, and can be ended at once.",
	"source": "Amazon DynamoDB developer guide, \"DynamoDB encryption at rest\", \"Point-in-time recovery\" and \"Time to live\"",
}

examined contains data.lib.in_template(id) if some id in data.lib.tables

deny contains data.lib.denial(id, "set `SSESpecification` to `SSEEnabled: true`, `SSEType: KMS` and a `KMSMasterKeyId` that is not AWS's own") if {
	some id in data.lib.tables
	not encrypted(data.lib.property(id, ["SSESpecification"], {}))
}

deny contains data.lib.denial(id, "set `PointInTimeRecoveryEnabled: true` in `PointInTimeRecoverySpecification`") if {
	some id in data.lib.tables
	data.lib.property(id, ["PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"], false) != true
}

deny contains data.lib.denial(id, "set `TimeToLiveSpecification` to `AttributeName: ttl` and `Enabled: true`: the issuer writes that attribute") if {
	some id in data.lib.tables
	data.lib.property(id, ["TimeToLiveSpecification"], {}) != {"AttributeName": "ttl", "Enabled": true}
}

encrypted(specification) if {
	specification.SSEEnabled == true
	specification.SSEType == "KMS"
	specification.KMSMasterKeyId != ""
	not endswith(specification.KMSMasterKeyId, "alias/aws/dynamodb")
}
