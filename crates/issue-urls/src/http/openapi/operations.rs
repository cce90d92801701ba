use axum::http::StatusCode;
use presign::form::FormRequestBody;
use presign::multipart::{AbortUploadBody, CompleteUploadBody, CreateUploadBody, ListPartsBody, PartUrlsBody};
use presign::names::{BucketName, ObjectKey};
use presign::request::UrlRequestBody;
use s3_calls::{CompletedUpload, Parts};
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use super::answers::{OF_A_BODY, OF_A_BUCKET, OF_A_LIFETIME, OF_A_TRIAL, OF_S3, no_store, responses};
use super::schemas::Schemas;
use crate::http::batch::{Batch, Results};
use crate::http::multipart::{Created, PartUrlsAnswer};
use crate::http::redirect::EXPIRES_IN;
use crate::http::router::Health;
use crate::http::{answer, form};
use http_api::ProblemKind;

const OF_A_URL: &[&[ProblemKind]] = &[OF_A_BUCKET, OF_A_BODY, OF_A_LIFETIME];
const OF_A_URL_TO_TRY: &[&[ProblemKind]] = &[OF_A_BUCKET, OF_A_BODY, OF_A_LIFETIME, OF_A_TRIAL, OF_S3];
const OF_AN_UPLOAD: &[&[ProblemKind]] = &[OF_A_BUCKET, OF_A_BODY, OF_S3];

/// What the query of a redirect may have: what shapes a read and needs no header.
pub const QUERY: [&str; 12] = [
    "expiresIn",
    "lifetime",
    "minimumRemaining",
    "cache",
    "versionId",
    "partNumber",
    "responseCacheControl",
    "responseContentDisposition",
    "responseContentEncoding",
    "responseContentLanguage",
    "responseContentType",
    "responseExpires",
];

/// The `paths` of the document.
#[rustfmt::skip]
pub fn paths(schemas: &mut Schemas) -> Value {
    json!({
        "/urls": post::<UrlRequestBody>(schemas, "issueUrl", "Issues a presigned URL", OF_A_URL_TO_TRY, ok::<answer::Answer>),
        "/urls/batch": post::<Batch>(schemas, "issueUrls", "Issues many: each result is what `POST /urls` would have answered", &[OF_A_BODY], ok::<Results>),
        "/forms": post::<FormRequestBody>(schemas, "issueForm", "Issues an HTML form to upload with", OF_A_URL, ok::<form::Answer>),
        "/multipart-uploads": post::<CreateUploadBody>(schemas, "createMultipartUpload", "Begins an upload in parts", OF_AN_UPLOAD, created::<Created>),
        "/multipart-uploads/parts": post::<PartUrlsBody>(schemas, "issuePartUrls", "Issues presigned URLs of parts", OF_A_URL, ok::<PartUrlsAnswer>),
        "/multipart-uploads/list-parts": post::<ListPartsBody>(schemas, "listParts", "Lists the parts that S3 has", OF_AN_UPLOAD, ok::<Parts>),
        "/multipart-uploads/complete": post::<CompleteUploadBody>(schemas, "completeMultipartUpload", "Makes an object of the parts", OF_AN_UPLOAD, ok::<CompletedUpload>),
        "/multipart-uploads/abort": post::<AbortUploadBody>(schemas, "abortMultipartUpload", "Gives an upload up", OF_AN_UPLOAD, no_content),
        "/objects/{bucket}/{key}": redirects(schemas),
        "/healthz": {"get": {
            "operationId": "health",
            "summary": "Tells whether the process is up",
            "security": [],
            "responses": {"200": {"description": "it is", "content": json_of(&schemas.answered::<Health>())}},
        }},
    })
}

fn post<Q: JsonSchema>(
    schemas: &mut Schemas,
    id: &str,
    summary: &str,
    problems: &[&[ProblemKind]],
    success: fn(&mut Schemas) -> (StatusCode, Value),
) -> Value {
    let body = json!({"required": true, "content": json_of(&schemas.asked::<Q>())});
    let success = success(schemas);
    let responses = responses(schemas, success, problems, true);
    json!({"post": {"operationId": id, "summary": summary, "requestBody": body, "responses": responses}})
}

fn ok<A: JsonSchema>(schemas: &mut Schemas) -> (StatusCode, Value) {
    let content = json_of(&schemas.answered::<A>());
    (StatusCode::OK, json!({"description": "done", "headers": no_store(), "content": content}))
}

fn created<A: JsonSchema>(schemas: &mut Schemas) -> (StatusCode, Value) {
    (StatusCode::CREATED, ok::<A>(schemas).1)
}

fn no_content(_: &mut Schemas) -> (StatusCode, Value) {
    (StatusCode::NO_CONTENT, json!({"description": "done", "headers": no_store()}))
}

fn json_of(schema: &Schema) -> Value {
    json!({"application/json": {"schema": schema}})
}

fn redirects(schemas: &mut Schemas) -> Value {
    let get = json!({
        "operationId": "redirectToObject",
        "summary": "Redirects to a presigned URL for GET",
        "responses": redirect(schemas, true),
    });
    let head = json!({
        "operationId": "redirectToHead",
        "summary": "Redirects to a presigned URL for HEAD",
        "responses": redirect(schemas, false),
    });
    json!({"get": get, "head": head, "parameters": parameters(schemas)})
}

fn redirect(schemas: &mut Schemas, has_body: bool) -> Value {
    let location = json!({"description": "the presigned URL", "required": true, "schema": {"type": "string"}});
    let cache_control = json!({
        "description": "a browser may keep the redirect while the URL is good, and nobody else may",
        "required": true,
        "schema": {"type": "string", "pattern": "^private, max-age=[0-9]+$"},
    });
    let vary = json!({
        "description": "has `authorization` and `x-amz-security-token`: the redirect is kept for whom it was",
        "required": true,
        "schema": {"type": "string"},
    });
    let headers = json!({"location": location, "cache-control": cache_control, "vary": vary});
    let success = (StatusCode::TEMPORARY_REDIRECT, json!({"description": "go there", "headers": headers}));
    responses(schemas, success, &[OF_A_BUCKET, OF_A_LIFETIME, OF_A_TRIAL, OF_S3], has_body)
}

fn parameters(schemas: &mut Schemas) -> Vec<Value> {
    let key = "the rest of the path, slashes and all, percent-decoded once";
    let mut parameters = vec![
        json!({"name": "bucket", "in": "path", "required": true, "schema": schemas.asked::<BucketName>()}),
        json!({"name": "key", "in": "path", "required": true, "description": key, "schema": schemas.asked::<ObjectKey>()}),
    ];
    parameters.extend(QUERY.map(|name| {
        let mut schema = schemas.field::<UrlRequestBody>(name);
        if name == "expiresIn" {
            schema.insert("default".to_owned(), json!(EXPIRES_IN));
        }
        json!({"name": name, "in": "query", "schema": schema})
    }));
    parameters
}

#[cfg(test)]
mod tests {
    use axum::http::Method;

    use super::*;
    use crate::http::redirect::request_of;

    /// A good value for each field that an address could have; the other fields are good with none.
    const VALUES: [&str; 6] = ["1", "2027-01-01T00:00:00Z", "clamp", "bypass", "text", "ENABLED"];

    #[test]
    fn a_redirects_query_has_the_documented_fields_and_no_others() {
        let schema = UrlRequestBody::json_schema(&mut schemars::SchemaGenerator::default()).to_value();
        for field in schema["properties"].as_object().unwrap().keys() {
            let accepted = VALUES.iter().any(|value| {
                request_of(&Method::GET, &format!("/objects/demo/k?{field}={value}").parse().unwrap()).is_ok()
            });
            assert_eq!(accepted, QUERY.contains(&field.as_str()), "{field}");
        }
    }
}
