//! The OpenAPI document of the interface, made of the very types that the router reads and writes.

mod answers;
mod operations;
mod schemas;

use serde_json::{Value, json};
use signing_session::StsSessions;
use url_cache::{Recent, UrlTable};

use super::router::routes;
use schemas::Schemas;

const DESCRIPTION: &str = "Issues S3 presigned URLs whose expiry is true. What operators may ask besides (`/revocations`, `/issued`, `/diagnoses`) is not in \
    this document. Errors are problem documents (RFC 9457): decide by \
    `type`, which is stable. A path that is not here is answered with 404 and `urn:presign:problem:no-such-path`, a method that \
    is not here with 405 and `urn:presign:problem:method-not-allowed`. What an HTTP API answers before the service is asked (401, 403, 404 for a path that is not \
    here, 429, 500, 503) is `{\"message\": \"…\"}`, without `type` and without `Retry-After`. Behind a REST API a method that is not here is \
    answered with 404 too; what a REST API answers by itself has `type` too, as `application/json`, and where that is `gateway-refused` or `gateway-failed`, no `status`.";

/// The whole document.
#[must_use]
pub fn document() -> Value {
    let mut schemas = Schemas::default();
    let paths = operations::paths(&mut schemas);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Presigned URLs",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": {"name": "Apache License 2.0", "identifier": env!("CARGO_PKG_LICENSE")},
        },
        "servers": [{"url": "http://127.0.0.1:3000", "description": "the local stack, which asks for no credentials"}],
        "security": [{"jwt": []}, {"iam": []}],
        "paths": paths,
        "components": {
            "schemas": schemas.into_definitions(),
            "securitySchemes": {
                "jwt": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "iam": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "the request's own signature with AWS credentials, Signature Version 4 for `execute-api`",
                },
            },
        },
    })
}

/// The paths that the router has, as it writes them.
#[must_use]
pub fn router_paths() -> Vec<&'static str> {
    routes::<Recent<UrlTable>, StsSessions>().into_iter().map(|(path, _)| path).collect()
}
