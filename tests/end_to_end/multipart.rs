//! Uploads in parts: created, filled, resumed, completed and given up.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use end_to_end::{Bench, OtherIssuer, read_json, text, with};
use serde_json::{Value, json};

const MEBIBYTE: usize = 1024 * 1024;

struct Upload<'a> {
    bench: &'a Bench,
    /// What names it in each request.
    name: Value,
}

impl<'a> Upload<'a> {
    async fn create(bench: &'a Bench, key: &str, fields: &Value) -> (Self, Value) {
        let request = with(json!({"bucket": "demo", "key": key}), fields);
        let (status, created) = bench.post_to("/multipart-uploads", &request).await;
        assert_eq!(status, StatusCode::CREATED, "{}", text(&created, "detail"));
        let name = json!({"bucket": "demo", "key": key, "uploadId": created["uploadId"]});
        (Self { bench, name }, created)
    }

    async fn ask(&self, step: &str, fields: &Value) -> (StatusCode, Value) {
        self.bench.post_to(&format!("/multipart-uploads/{step}"), &with(self.name.clone(), fields)).await
    }

    async fn urls(&self, part_numbers: &Value) -> Value {
        let (status, urls) = self.ask("parts", &json!({"partNumbers": part_numbers, "expiresIn": 900})).await;
        assert_eq!(status, StatusCode::OK, "{}", text(&urls, "detail"));
        urls
    }

    /// Sends a part as told; its entity tag. A large part that is refused may find the connection gone.
    async fn send(&self, part: &Value, body: impl Into<Body>) -> Result<String, Option<StatusCode>> {
        let response = self.bench.try_send(Method::PUT, text(part, "url"), &part["headers"], body).await;
        let response = response.map_err(|_| None)?;
        match response.status() {
            StatusCode::OK => Ok(response.headers()["etag"].to_str().unwrap().to_owned()),
            status => Err(Some(status)),
        }
    }

    async fn complete(&self, parts: &Value, fields: &Value) -> (StatusCode, Value) {
        self.ask("complete", &with(json!({"parts": parts}), fields)).await
    }
}

fn part(number: u64, e_tag: &str) -> Value {
    json!({"partNumber": number, "eTag": e_tag})
}

/// The bytes of a part, which differ from those of every other.
fn bytes(number: u64, length: usize) -> Vec<u8> {
    let seed = u8::try_from(number % 251).unwrap();
    (0..length).map(|i| seed.wrapping_add(u8::try_from(i % 256).unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_parts_become_one_object_as_it_was_created() {
    let bench = Bench::start(&[]).await;
    let fields = json!({
        "contentLength": 5 * MEBIBYTE + 5,
        "contentType": "video/mp4",
        "metadata": {"owner": "Ada"},
        "tagging": {"project": "a b"},
        "storageClass": "STANDARD_IA",
        "serverSideEncryption": "aws:kms",
        "ssekmsKeyId": "arn:aws:kms:us-east-1:123456789012:key/k1",
        "bucketKeyEnabled": true,
    });
    let (upload, created) = Upload::create(&bench, "film", &fields).await;
    assert_eq!((&created["partSize"], &created["parts"]), (&json!(8 * MEBIBYTE), &json!(1)));
    let urls = upload.urls(&json!({"first": 1, "last": 2})).await;
    let (one, two) = (&urls["parts"][0], &urls["parts"][1]);
    assert_eq!(one["headers"], json!({}), "encryption belongs on the request that creates the upload");
    let first = upload.send(one, bytes(1, 5 * MEBIBYTE)).await.unwrap();
    let second = upload.send(two, "ender").await.unwrap();
    let (status, completed) = upload.complete(&json!([part(1, &first), part(2, &second)]), &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{}", text(&completed, "detail"));
    assert!(text(&completed, "eTag").ends_with("-2\""), "{completed}");

    let s3 = bench.s3();
    let got = s3.get_object().bucket("demo").key("film").send().await.unwrap();
    assert_eq!((got.content_type(), got.tag_count()), (Some("video/mp4"), Some(1)));
    assert_eq!(got.metadata().unwrap()["owner"], "Ada");
    assert_eq!(got.ssekms_key_id(), Some("arn:aws:kms:us-east-1:123456789012:key/k1"));
    let body = got.body.collect().await.unwrap().to_vec();
    assert!(body == [bytes(1, 5 * MEBIBYTE), b"ender".to_vec()].concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_upload_goes_on_after_its_session_has_died() {
    const PARTS: u64 = 25;
    const SIZE: usize = 8 * MEBIBYTE;
    let bench = Bench::start(&["--session-seconds", "600"]).await;
    let (upload, created) = Upload::create(&bench, "large", &json!({"contentLength": PARTS * SIZE as u64})).await;
    assert_eq!((&created["partSize"], &created["parts"]), (&json!(SIZE), &json!(PARTS)));

    let urls = upload.urls(&json!({"first": 1, "last": PARTS + 1})).await;
    assert_eq!(urls["limitedBy"], "session");
    for number in 1..=10 {
        upload.send(&urls["parts"][usize::try_from(number - 1).unwrap()], bytes(number, SIZE)).await.unwrap();
    }
    // The line breaks here, for longer than the session lives. The last part is one that the object will not have.
    let beyond = &urls["parts"][usize::try_from(PARTS).unwrap()];
    upload.send(beyond, "small").await.unwrap();
    bench.stack.advance(Duration::from_mins(10));
    assert_eq!(upload.send(beyond, "small").await, Err(Some(StatusCode::FORBIDDEN)));

    // Whoever resumes asks S3 what it has, and for new URLs of what it has not.
    let sent = loop {
        let (_, list) = upload.ask("list-parts", &json!({})).await;
        let sent: Vec<(u64, String)> = list["parts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|part| (part["partNumber"].as_u64().unwrap(), text(part, "eTag").to_owned()))
            .filter(|(number, _)| *number <= PARTS)
            .collect();
        let missing: Vec<u64> = (1..=PARTS).filter(|number| !sent.iter().any(|(have, _)| have == number)).collect();
        if missing.is_empty() {
            break sent;
        }
        for part in upload.urls(&json!(missing)).await["parts"].as_array().unwrap() {
            if upload.send(part, bytes(part["partNumber"].as_u64().unwrap(), SIZE)).await.is_err() {
                break;
            }
        }
    };
    let parts: Vec<Value> = sent.iter().map(|(number, e_tag)| part(*number, e_tag)).collect();
    let (status, completed) = upload.complete(&json!(parts), &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{}", text(&completed, "detail"));
    let got = bench.s3().get_object().bucket("demo").key("large").send().await.unwrap();
    let body = got.body.collect().await.unwrap().to_vec();
    let whole: Vec<u8> = (1..=PARTS).flat_map(|number| bytes(number, SIZE)).collect();
    assert!(body == whole, "{} bytes came back", body.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_of_a_part_its_url_insists_on() {
    let bench = Bench::start(&[]).await;
    let (upload, _) = Upload::create(&bench, "k", &json!({"checksumAlgorithm": "SHA256"})).await;
    let sha256 = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
    let known = json!({"partNumber": 1, "contentLength": 5, "checksumSHA256": sha256});
    let (_, urls) = upload.ask("parts", &json!({"parts": [known], "expiresIn": 900})).await;
    let one = &urls["parts"][0];
    assert_eq!(one["headers"], json!({"content-length": "5", "x-amz-checksum-sha256": sha256}));
    // HTTP itself sets the length.
    let one = &with(one.clone(), &json!({"headers": {"x-amz-checksum-sha256": sha256}}));
    assert!(upload.send(one, "hell").await.is_err(), "another length");
    assert!(upload.send(one, "jello").await.is_err(), "other bytes");
    let e_tag = upload.send(one, "hello").await.unwrap();
    let parts = json!([with(part(1, &e_tag), &json!({"checksumSHA256": sha256}))]);
    let (status, completed) = upload.complete(&parts, &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{}", text(&completed, "detail"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_given_up_is_gone() {
    let bench = Bench::start(&[]).await;
    let (upload, _) = Upload::create(&bench, "k", &json!({})).await;
    let urls = upload.urls(&json!([1])).await;
    upload.send(&urls["parts"][0], "hello").await.unwrap();
    assert_eq!(upload.ask("abort", &json!({})).await.0, StatusCode::NO_CONTENT);
    for (step, fields) in
        [("abort", json!({})), ("list-parts", json!({})), ("complete", json!({"parts": [part(1, "\"e\"")]}))]
    {
        let (status, problem) = upload.ask(step, &fields).await;
        assert_eq!((status, text(&problem, "s3Code")), (StatusCode::NOT_FOUND, "NoSuchUpload"), "{step}");
    }
    assert_eq!(upload.send(&urls["parts"][0], "hello").await, Err(Some(StatusCode::NOT_FOUND)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_of_parts_goes_on_where_the_answer_before_says() {
    let bench = Bench::start(&[]).await;
    let (upload, _) = Upload::create(&bench, "k", &json!({})).await;
    for part in upload.urls(&json!([1, 2])).await["parts"].as_array().unwrap() {
        upload.send(part, "hello").await.unwrap();
    }
    let (_, first) = upload.ask("list-parts", &json!({"maxParts": 1})).await;
    assert_eq!((&first["parts"][0]["partNumber"], &first["isTruncated"]), (&json!(1), &json!(true)));
    let (status, second) = upload.ask("list-parts", &json!({"partNumberMarker": first["nextPartNumberMarker"]})).await;
    assert_eq!(status, StatusCode::OK, "{second}");
    assert_eq!((&second["parts"][0]["partNumber"], &second["isTruncated"]), (&json!(2), &json!(false)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_is_there_is_not_overwritten_by_who_says_so() {
    let bench = Bench::start(&[]).await;
    let (upload, _) = Upload::create(&bench, "hello.txt", &json!({})).await;
    let urls = upload.urls(&json!([1])).await;
    let e_tag = upload.send(&urls["parts"][0], "other").await.unwrap();
    let (status, problem) = upload.complete(&json!([part(1, &e_tag)]), &json!({"ifNoneMatch": "*"})).await;
    assert_eq!((status, text(&problem, "s3Code")), (StatusCode::PRECONDITION_FAILED, "PreconditionFailed"));
    assert_eq!(bench.issue_and_get("hello.txt").await, "Hello from a presigned URL.\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_s3_refuses_is_told_in_its_words() {
    let bench = Bench::start(&[]).await;
    let (upload, _) = Upload::create(&bench, "k", &json!({})).await;
    let urls = upload.urls(&json!([1, 2])).await;
    let first = upload.send(&urls["parts"][0], "small").await.unwrap();
    let second = upload.send(&urls["parts"][1], "small").await.unwrap();
    for (parts, code) in [
        (json!([part(1, "\"another\"")]), "InvalidPart"),
        (json!([part(1, &first), part(2, &second)]), "EntityTooSmall"),
    ] {
        let (status, problem) = upload.complete(&parts, &json!({})).await;
        assert_eq!((status, text(&problem, "s3Code")), (StatusCode::BAD_REQUEST, code));
        assert_eq!(text(&problem, "type"), "urn:presign:problem:s3-refused");
    }
    bench.put_role_policy("deny", end_to_end::DENY_ALL).await;
    let (status, problem) = bench.post_to("/multipart-uploads", &json!({"bucket": "demo", "key": "k"})).await;
    assert_eq!((status, text(&problem, "s3Code")), (StatusCode::FORBIDDEN, "AccessDenied"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_must_allow_it() {
    let bench = Bench::start(&[]).await;
    let settings = |operations: &str| {
        format!(
            "[[buckets]]\nbucket = \"demo\"\nregion = \"us-east-1\"\nendpoint = \"{}\"\nsigner = \"environment\"\n\
             operations = [{operations}]\nprefixes = [\"in/\"]\n",
            bench.stack.endpoint()
        )
    };
    let aws = bench.stack.sdk_config();
    for (operations, key, status) in [
        ("\"multipartUpload\"", "in/k", StatusCode::CREATED),
        ("\"multipartUpload\"", "out/k", StatusCode::FORBIDDEN),
        ("\"putObject\"", "in/k", StatusCode::FORBIDDEN),
    ] {
        let issuer = OtherIssuer::new(&aws, &settings(operations));
        let body = json!({"bucket": "demo", "key": key}).to_string();
        let response = issuer.send(Some("alice"), Request::post("/multipart-uploads"), body).await;
        assert_eq!(response.status(), status, "{operations} {key}");
        let nobody = issuer.send(None, Request::post("/multipart-uploads/abort"), "{}").await;
        assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED);
        if status == StatusCode::FORBIDDEN {
            assert_eq!(text(&read_json(response).await, "type"), "urn:presign:problem:not-allowed");
        }
    }
}
