//! Whatever is wrong with a request is said, and nothing is bent.

use axum::http::{Method, StatusCode};
use end_to_end::{Bench, read_of, read_text, with, write_of};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_field_is_named() {
    let bench = Bench::start(&[]).await;
    for (field, value) in [
        ("expiresIn", json!(0)),
        ("expiresIn", json!(-1)),
        ("expiresIn", json!(1.5)),
        ("expiresIn", json!("900")),
        ("expiresIn", json!(null)),
        ("expiresIn", json!(604_801)),
        ("expiresIn", json!(1e300)),
        ("operation", json!("GET")),
        ("operation", json!(null)),
        ("bucket", json!("Demo")),
        ("bucket", json!("../etc")),
        ("lifetime", json!("maximum")),
        ("minimumRemaining", json!(901)),
        ("minimumRemaining", json!(0)),
        ("contentType", json!("text/plain")),
        ("versionId", json!("a\r\nb")),
        ("versionId", json!(null)),
        ("method", json!("GET")),
    ] {
        let mut request = read_of("hello.txt");
        request[field] = value.clone();
        let (status, problem) = bench.post(request.to_string()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{field} {value}");
        assert_eq!(problem["type"], "urn:presign:problem:invalid-request");
        assert_eq!(problem["field"], field, "{problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_field_of_an_upload_is_named() {
    let bench = Bench::start(&[]).await;
    let many_tags: serde_json::Map<String, Value> = (0..11).map(|i| (i.to_string(), json!(""))).collect();
    for (field, value) in [
        ("contentLength", json!(5_368_709_121_u64)),
        ("contentLength", json!(-1)),
        ("contentLength", json!("5")),
        ("contentMD5", json!("d41d8cd98f00b204e9800998ecf8427e")),
        ("contentMD5", json!("AAAAAA==")),
        ("checksumCRC32", json!("AAAAAAAAAAA=")),
        ("checksumCRC32C", json!("AAAAA===")),
        ("checksumCRC64NVME", json!("AAAAAA==")),
        ("checksumSHA1", json!("")),
        ("checksumSHA256", json!("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU")),
        ("contentType", json!("text/plain\r\nx-amz-acl: public-read")),
        ("cacheControl", json!("a\0b")),
        ("contentDisposition", json!("attachment; filename=\"é\"")),
        ("contentLanguage", json!(" de")),
        ("expires", json!("Fri, 01 Jan 2027 00:00:00 GMT")),
        ("expires", json!("2027-01-01T00:00:00.5Z")),
        ("metadata", json!({"a\r\nx-amz-acl": "1"})),
        ("metadata", json!({"a": "b\r\nx-amz-acl: public-read"})),
        ("metadata", json!({"a": 1})),
        ("metadata", json!({"a": "1", "A": "2"})),
        ("metadata", json!({"a": "v".repeat(2048)})),
        ("metadata", json!([])),
        ("tagging", Value::Object(many_tags)),
        ("tagging", json!({"a": "b&c=d"})),
        ("tagging", json!("a=b")),
        ("storageClass", json!("EXPRESS_ONEZONE")),
        ("ifNoneMatch", json!("\"etag\"")),
        ("ifMatch", json!("etag")),
        ("ifMatch", json!("*")),
        ("objectLockMode", json!("GOVERNANCE")),
        ("objectLockRetainUntilDate", json!("tomorrow")),
        ("objectLockLegalHoldStatus", json!("on")),
        ("bucketKeyEnabled", json!("true")),
        ("ssekmsEncryptionContext", json!("e30=")),
        ("versionId", json!("v")),
        ("range", json!("bytes=0-1")),
        ("partNumber", json!(1)),
        ("responseContentType", json!("text/plain")),
        ("checksumMode", json!("ENABLED")),
        ("copySource", json!({"bucket": "demo", "key": "k"})),
        ("contentTypes", json!("text/plain")),
        ("cache", json!("refresh")),
        ("curl", json!(1)),
    ] {
        let request = with(write_of("k"), &json!({field: value}));
        let (status, problem) = bench.post(request.to_string()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{field} {value}");
        assert_eq!(problem["type"], "urn:presign:problem:invalid-request");
        // Perhaps with what is within it: `metadata.a`.
        assert_eq!(problem["field"].as_str().unwrap().split('.').next(), Some(field), "{problem}");
    }
    // Each is good for itself; together they are more than S3 takes.
    let all = json!({"contentDisposition": "d".repeat(2048), "cacheControl": "c".repeat(2048), "contentType": "t".repeat(2048),
        "metadata": {"m": "v".repeat(2000)}});
    let (status, problem) = bench.post(with(write_of("k"), &all).to_string()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(problem["detail"].as_str().unwrap().contains("8192"), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_is_refused() {
    let bench = Bench::start(&[]).await;
    let twice = r#"{"operation":"getObject","operation":"putObject","bucket":"demo","key":"k","expiresIn":1}"#;
    let two = format!("{0}{0}", read_of("k"));
    let deep = "[".repeat(10_000);
    for body in ["", "null", "[]", "{}", "{", "{\"operation\":\"getObject\"", "\u{1}", twice, &two, &deep] {
        let (status, problem) = bench.post(body.to_owned()).await;
        assert_eq!((status, &problem["status"]), (StatusCode::BAD_REQUEST, &json!(400)), "{body:.40}");
        assert_ne!(problem["field"], "?", "{body:.40}");
    }
    let mut huge = read_of("k");
    huge["versionId"] = json!("v".repeat(100_000));
    let (status, problem) = bench.post(huge.to_string()).await;
    assert_eq!(
        (status, &problem["type"]),
        (StatusCode::PAYLOAD_TOO_LARGE, &json!("urn:presign:problem:body-too-large"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_without_words_of_the_code() {
    let bench = Bench::start(&[]).await;
    let read = |fields: Value| with(read_of("hello.txt"), &fields).to_string();
    let operations =
        "expected a text, one of `getObject`, `headObject`, `putObject`, `copyObject`, `deleteObject` at line";
    for (body, field, said) in [
        (read(json!({"operation": true})), "operation", operations),
        (read(json!({"operation": "GetObject"})), "operation", operations),
        (read(json!({"operation": {"a": 1}})), "operation", operations),
        (read(json!({"operation": "postObject"})), "operation", "`postObject` is asked for at `POST /forms`"),
        (read(json!({"lifetime": 1})), "lifetime", "expected a text, one of `clamp`, `require`"),
        (read(json!({"cache": true})), "cache", "expected the text `bypass`"),
        (read(json!({"storageClass": 7})), "storageClass", "expected a text, one of `STANDARD`, `REDUCED_REDUNDANCY`"),
        (read(json!({"expires_in": 7})), "expires_in", "unknown field `expires_in`: did you mean `expiresIn`?"),
        (read(json!({"surprise": 7})), "surprise", "unknown field `surprise`, expected one of `operation`, `bucket`"),
        ("operation=getObject&bucket=demo".to_owned(), "", "the body is not JSON: expected value at line 1 column 1"),
        ("{operation: \"getObject\"}".to_owned(), "", "the body is not JSON: key must be a string"),
        (String::new(), "", "the body is empty"),
        ("\"x\"".to_owned(), "", "expected a request, as a JSON object"),
        ("null".to_owned(), "", "expected a request, as a JSON object"),
    ] {
        let (status, problem) = bench.post(body.clone()).await;
        assert_eq!(
            (status, &problem["type"]),
            (StatusCode::BAD_REQUEST, &json!("urn:presign:problem:invalid-request"))
        );
        assert_eq!(problem["field"].as_str().unwrap_or_default(), field, "{problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(said) && !detail.to_lowercase().contains("ssecustomer"), "{body}: {detail}");
    }
    let form = |fields: Value| {
        let form = json!({"bucket": "demo", "key": "k", "expiresIn": 60, "contentLengthRange": {"maximum": 10}});
        with(form, &fields)
    };
    for (fields, field, said) in [
        (json!({"successActionStatus": 201}), "successActionStatus", "expected a text, one of `200`, `201`, `204`"),
        (
            json!({"contentLengthRange": {"minimum": "5", "maximum": 9}}),
            "contentLengthRange.minimum",
            "expected a whole number from 0",
        ),
        (json!({"contentType": "image/*"}), "contentType", "give the beginning as `startsWith`"),
    ] {
        let (status, problem) = bench.post_to("/forms", &form(fields)).await;
        assert_eq!((status, problem["field"].as_str()), (StatusCode::BAD_REQUEST, Some(field)), "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(said), "{problem}");
    }
    let (_, problem) = bench.post_to("/diagnoses", &json!({"url": ""})).await;
    assert_eq!(problem["detail"], "there is no URL");
    for (query, field, said) in [
        ("limit=a", "limit", "`limit` is 1 to 1000"),
        ("bucket=nope", "bucket", "the bucket `nope` is not served: it has no profile"),
    ] {
        let (_, problem) = bench.get(&format!("{}/issued?{query}", bench.stack.endpoint())).await;
        let problem: Value = serde_json::from_str(&problem).unwrap();
        assert_eq!((&problem["field"], &problem["detail"]), (&json!(field), &json!(said)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_has_a_profile_is_served() {
    let bench = Bench::start(&[]).await;
    let mut request = read_of("hello.txt");
    request["bucket"] = json!("other");
    let (status, problem) = bench.post(request.to_string()).await;
    assert_eq!((status, &problem["type"]), (StatusCode::NOT_FOUND, &json!("urn:presign:problem:bucket-not-served")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_paths_are_there_and_no_others() {
    let bench = Bench::start(&[]).await;
    let endpoint = bench.stack.endpoint();
    for (method, path, status) in [
        (Method::GET, "/healthz", StatusCode::OK),
        (Method::GET, "/urls", StatusCode::METHOD_NOT_ALLOWED),
        (Method::POST, "/healthz", StatusCode::METHOD_NOT_ALLOWED),
        (Method::POST, "/url", StatusCode::NOT_FOUND),
        (Method::GET, "/", StatusCode::NOT_FOUND),
    ] {
        let response = bench.send(method, &format!("{endpoint}{path}"), &json!({}), "").await;
        assert_eq!(response.status(), status, "{path}");
        if status != StatusCode::OK {
            assert_eq!(response.headers()["content-type"], "application/problem+json");
            let problem: Value = serde_json::from_str(&read_text(response).await).unwrap();
            assert_eq!(problem["status"], status.as_u16());
        }
    }
}
