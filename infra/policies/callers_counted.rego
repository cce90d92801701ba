package rules.callers_counted

about := {
	"title": "A REST API asks its authorizer at each method, and counts requests by the key that it names",
	"why": "A method without the authorizer is open to everybody; one without the key is open to each caller without limit. Keys of a header callers would choose themselves.",
	"source": "Amazon API Gateway developer guide, \"Choose an API key source in API Gateway\" and \"Configure a method to use API keys with an OpenAPI definition\"",
}

apis := data.lib.of_type("AWS::ApiGateway::RestApi")

examined contains data.lib.in_template(id) if some id in apis

deny contains data.lib.denial(id, "set `ApiKeySourceType` to AUTHORIZER: keys of a header are the caller's choice") if {
	some id in apis
	data.lib.property(id, ["ApiKeySourceType"], "HEADER") != "AUTHORIZER"
}

deny contains data.lib.denial(id, sprintf("name the authorizer in `security` of `%s %s`, which everybody may call", [upper(method), path])) if {
	some id in apis
	some [path, method] in for_callers(id)
	count(asked(id, path, method) & authorizers(id)) == 0
}

deny contains data.lib.denial(id, sprintf("name `api_key` in `security` of `%s %s`, which each caller may call without limit", [upper(method), path])) if {
	some id in apis
	some [path, method] in for_callers(id)
	count(asked(id, path, method) & keys(id)) == 0
}

deny contains data.lib.denial(id, "give the API a usage plan: keys without one count nothing") if {
	some id in apis
	not has_plan(id)
}

deny contains data.lib.denial(id, "take `StageName` away: that stage has neither limits nor a log. SAM makes it where `OpenApiVersion` is not set") if {
	some id in data.lib.of_type("AWS::ApiGateway::Deployment")
	data.lib.property(id, ["StageName"], "") != ""
}

body(id) := data.lib.property(id, ["Body"], {})

# Health checks and browsers ask before anybody is known.
for_callers(id) := {[path, method] |
	some path, methods in body(id).paths
	some method, _ in methods
	method in {"delete", "get", "head", "patch", "post", "put", "x-amazon-apigateway-any-method"}
	[path, method] != ["/healthz", "get"]
}

asked(id, path, method) := {name | some scheme in object.get(body(id).paths[path][method], "security", []); some name, _ in scheme}

schemes(id) := object.get(object.get(body(id), "components", {}), "securitySchemes", {})

authorizers(id) := {name | some name, scheme in schemes(id); scheme["x-amazon-apigateway-authorizer"]}

keys(id) := {name | some name, scheme in schemes(id); lower(scheme.name) == "x-api-key"}

has_plan(id) if {
	some plan in data.lib.of_type("AWS::ApiGateway::UsagePlan")
	some stage in data.lib.property(plan, ["ApiStages"], [])
	stage.ApiId == data.lib.ref(id)
	data.lib.property(plan, ["Throttle", "RateLimit"], 0) != 0
}
