package rules.token_header

about := {
	"title": "Functions believe the token of a header only if the API's authorizers check it",
	"why": "A header that nobody checks says whatever its caller likes, the caller's groups too.",
	"source": "Amazon API Gateway developer guide, \"Control access to HTTP APIs with JWT authorizers in API Gateway\", \"Identity source\"",
}

examined contains data.lib.in_template(id) if {
	some id in data.lib.of_type("AWS::Lambda::Function")
	data.lib.property(id, ["Environment", "Variables", "PRESIGN_TOKEN_HEADER"], null) != null
}

deny contains data.lib.denial(id, "empty `PRESIGN_TOKEN_HEADER`: no authorizer of the template's checks a token of the header `Authorization`") if {
	some id in believing
	every authorizer in authorizers {
		not checks_authorization(authorizer)
	}
}

deny contains data.lib.denial(id, "have it read the token in `$request.header.Authorization` alone, which the functions believe") if {
	count(believing) > 0
	some id in authorizers
	not checks_authorization(id)
	some other in authorizers
	checks_authorization(other)
}

believing := {id |
	some id in data.lib.of_type("AWS::Lambda::Function")
	data.lib.property(id, ["Environment", "Variables", "PRESIGN_TOKEN_HEADER"], "") != ""
}

authorizers := {id |
	some id in data.lib.of_type("AWS::ApiGatewayV2::Authorizer")
	data.lib.property(id, ["AuthorizerType"], "") == "JWT"
}

checks_authorization(id) if {
	sources := [lower(source) | some source in data.lib.property(id, ["IdentitySource"], [])]
	sources == ["$request.header.authorization"]
}
