package rules.access_logs_without_query

about := {
	"title": "Access logs have no query string, no header with credentials, and no body",
	"why": "A presigned URL is its query string. Whoever can read a log that has one can use the URL.",
	"source": "Amazon API Gateway developer guide, \"Customize HTTP API access logs\" and \"Variables for access logging\"",
}

# What a request's line in the log may tell. A new one is a decision: does it hold anything that a caller has sent?
variables := {
	"accountId",
	"apiId",
	"authorizer.claims.sub",
	"authorizer.error",
	"authorizer.latency",
	"authorizer.principalId",
	"authorizer.status",
	"awsEndpointRequestId",
	"awsEndpointRequestId2",
	"dataProcessed",
	"domainName",
	"domainPrefix",
	"error.message",
	"error.messageString",
	"error.responseType",
	"extendedRequestId",
	"httpMethod",
	"identity.accountId",
	"identity.caller",
	"identity.principalOrgId",
	"identity.sourceIp",
	"identity.user",
	"identity.userAgent",
	"identity.userArn",
	"integration.error",
	"integration.integrationStatus",
	"integration.latency",
	"integration.requestId",
	"integration.status",
	"integrationErrorMessage",
	"integrationLatency",
	"integrationStatus",
	"path",
	"protocol",
	"requestId",
	"requestTime",
	"requestTimeEpoch",
	"resourcePath",
	"responseLatency",
	"responseLength",
	"routeKey",
	"stage",
	"status",
	"xrayTraceId",
}

stages := data.lib.of_type("AWS::ApiGatewayV2::Stage") | data.lib.of_type("AWS::ApiGateway::Stage")

examined contains data.lib.in_template(id) if some id in stages

deny contains data.lib.denial(id, sprintf("take `$context.%s` out of the format of the access log, or add it to the variables that infra/policies/access_logs_without_query.rego allows", [split(named, "\"")[0]])) if {
	some id in stages
	some format in formats(id)
	some i, named in split(format, "$context.")
	i > 0
	not allowed(named)
}

deny contains data.lib.denial(id, "set `DataTraceEnabled` to false: it logs requests and answers whole, and answers hold URLs") if {
	some id in stages
	some setting in settings(id)
	setting.DataTraceEnabled == true
}

# An HTTP API's and a REST API's spelling.
formats(id) := {data.lib.property(id, ["AccessLogSettings", "Format"], ""), data.lib.property(id, ["AccessLogSetting", "Format"], "")}

settings(id) := array.concat(
	array.concat(data.lib.property(id, ["MethodSettings"], []), [data.lib.property(id, ["DefaultRouteSettings"], {})]),
	[setting | some setting in data.lib.property(id, ["RouteSettings"], {})],
)

# The text after `$context.` begins with an allowed name, and does not go on with it.
allowed(text) if {
	some variable in variables
	startswith(text, variable)
	ends_at(text, count(variable))
}

ends_at(text, length) if count(text) == length

ends_at(text, length) if {
	not contains("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.", substring(text, length, 1))
}
