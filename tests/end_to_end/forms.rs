//! What a form is told to have, S3 stores; what is changed, left out or added, S3 refuses.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use end_to_end::{Bench, OtherIssuer, read_json, read_text, text, with};
use local_stack::{ROLE, SECRET_ACCESS_KEY};
use serde_json::{Map, Value, json};

use crate::independent::Scope;

const BODY: &str = "hello";

fn form_of(key: &str) -> Value {
    json!({"bucket": "demo", "key": key, "expiresIn": 900, "contentLengthRange": {"minimum": 1, "maximum": 10}})
}

async fn issue(bench: &Bench, request: &Value) -> Value {
    let (status, answer) = bench.post_to("/forms", request).await;
    assert_eq!(status, StatusCode::OK, "{}", text(&answer, "detail"));
    answer
}

/// Sends it as told.
async fn follow(bench: &Bench, answer: &Value, file: &str) -> (StatusCode, String) {
    let response = bench.send_form(text(answer, "url"), &answer["fields"], file).await;
    (response.status(), read_text(response).await)
}

async fn refused(bench: &Bench, answer: &Value, change: impl FnOnce(&mut Map<String, Value>)) -> String {
    let mut fields = answer["fields"].as_object().unwrap().clone();
    change(&mut fields);
    let response = bench.send_form(text(answer, "url"), &Value::Object(fields), BODY).await;
    let status = response.status();
    let body = read_text(response).await;
    // An algorithm that nobody knows is a 501 here.
    assert!(!status.is_success() && !status.is_redirection(), "{status}: {body}");
    body
}

/// The fields of a request, and what a HEAD of the object then says.
fn cases() -> Vec<(Value, &'static [(&'static str, &'static str)])> {
    vec![
        (json!({"contentType": "image/png"}), &[("content-type", "image/png")]),
        (json!({"cacheControl": "max-age=60"}), &[("cache-control", "max-age=60")]),
        (
            json!({"contentDisposition": "attachment; filename=\"a b.png\""}),
            &[("content-disposition", "attachment; filename=\"a b.png\"")],
        ),
        (json!({"contentEncoding": "gzip"}), &[("content-encoding", "gzip")]),
        (json!({"expires": "2027-01-01T00:00:00Z"}), &[("expires", "Fri, 01 Jan 2027 00:00:00 GMT")]),
        (json!({"metadata": {"Owner": "Ada"}}), &[("x-amz-meta-owner", "Ada")]),
        (json!({"tagging": {"project": "a b+c", "é": ""}}), &[]),
        (json!({"storageClass": "STANDARD_IA"}), &[("x-amz-storage-class", "STANDARD_IA")]),
        (
            json!({"checksumSHA256": "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="}),
            &[("x-amz-checksum-sha256", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=")],
        ),
        (json!({"checksumCRC32": "NhCmhg=="}), &[("x-amz-checksum-crc32", "NhCmhg==")]),
        (json!({"serverSideEncryption": "AES256"}), &[("x-amz-server-side-encryption", "AES256")]),
        (
            json!({
                "serverSideEncryption": "aws:kms",
                "ssekmsKeyId": "arn:aws:kms:us-east-1:123456789012:key/k1",
                "ssekmsEncryptionContext": {"tenant": "a"},
                "bucketKeyEnabled": true,
            }),
            &[
                ("x-amz-server-side-encryption", "aws:kms"),
                ("x-amz-server-side-encryption-aws-kms-key-id", "arn:aws:kms:us-east-1:123456789012:key/k1"),
                ("x-amz-server-side-encryption-bucket-key-enabled", "true"),
            ],
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_parameter_is_sent_as_told_and_stored_as_told() {
    let bench = Bench::start(&[]).await;
    for (i, (fields, told)) in cases().iter().enumerate() {
        let key = format!("k{i}");
        let answer = issue(&bench, &with(form_of(&key), fields)).await;
        let (status, body) = follow(&bench, &answer, BODY).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{fields}: {body}");
        let look = json!({"operation": "headObject", "bucket": "demo", "key": key, "expiresIn": 60, "checksumMode": "ENABLED"});
        let look = bench.issue(&look).await;
        let head = bench.send(Method::HEAD, text(&look, "url"), &look["headers"], "").await;
        for (name, value) in *told {
            assert_eq!(head.headers()[*name], *value, "{fields}");
        }
        assert_eq!(head.headers()["content-length"], "5");
        let tags = bench.s3().get_object_tagging().bucket("demo").key(&key).send().await.unwrap();
        let tags: Map<String, Value> =
            tags.tag_set().iter().map(|tag| (tag.key().to_owned(), tag.value().into())).collect();
        assert_eq!(tags, fields["tagging"].as_object().cloned().unwrap_or_default());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_field_that_is_changed_or_left_out_is_missed_and_none_can_be_added() {
    let bench = Bench::start(&[]).await;
    for (fields, _) in cases() {
        let answer = issue(&bench, &with(form_of("never"), &fields)).await;
        for name in answer["fields"].as_object().unwrap().keys() {
            refused(&bench, &answer, |fields| drop(fields.remove(name))).await;
            refused(&bench, &answer, |fields| {
                let value = format!("{}x", fields[name].as_str().unwrap());
                fields.insert(name.clone(), value.into());
            })
            .await;
        }
        let added =
            refused(&bench, &answer, |fields| drop(fields.insert("acl".to_owned(), "public-read".into()))).await;
        assert!(added.contains("AccessDenied"), "{added}");
    }
    assert!(bench.s3().head_object().bucket("demo").key("never").send().await.is_err(), "nothing was stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_outside_the_range_is_refused() {
    let bench = Bench::start(&[]).await;
    let answer = issue(&bench, &form_of("k")).await;
    for (file, code) in [("", "EntityTooSmall"), ("eleven byte", "EntityTooLarge")] {
        let (status, body) = follow(&bench, &answer, file).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        assert!(body.contains(code), "{body}");
    }
    assert_eq!(follow(&bench, &answer, "ten bytes.").await.0, StatusCode::NO_CONTENT);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_name_ends_the_key_and_the_beginning_holds() {
    let bench = Bench::start(&[]).await;
    for key in [json!("in/${filename}"), json!({"startsWith": "in/"})] {
        let answer = issue(&bench, &with(form_of("k"), &json!({"key": key}))).await;
        assert_eq!(answer["fields"]["key"], "in/${filename}");
        assert_eq!(follow(&bench, &answer, BODY).await.0, StatusCode::NO_CONTENT);
        assert!(bench.s3().head_object().bucket("demo").key("in/cat.png").send().await.is_ok());
        let mut fields = answer["fields"].as_object().unwrap().clone();
        fields.insert("key".to_owned(), "in/chosen".into());
        let chosen = bench.send_form(text(&answer, "url"), &Value::Object(fields), BODY).await;
        assert_eq!(chosen.status(), StatusCode::NO_CONTENT, "the holder may choose how the key goes on");
        let escaped = refused(&bench, &answer, |fields| drop(fields.insert("key".to_owned(), "out/x".into()))).await;
        assert!(escaped.contains("AccessDenied"), "{escaped}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_holder_says_the_type_where_only_its_beginning_is_given() {
    let bench = Bench::start(&[]).await;
    let request = with(form_of("k"), &json!({"contentType": {"startsWith": "image/"}}));
    let answer = issue(&bench, &request).await;
    assert_eq!(answer["fieldsToAdd"], json!({"Content-Type": {"startsWith": "image/"}}));
    refused(&bench, &answer, |_| {}).await;
    refused(&bench, &answer, |fields| drop(fields.insert("Content-Type".to_owned(), "text/html".into()))).await;
    let mut fields = answer["fields"].as_object().unwrap().clone();
    fields.insert("Content-Type".to_owned(), "image/png".into());
    assert_eq!(
        bench.send_form(text(&answer, "url"), &Value::Object(fields), BODY).await.status(),
        StatusCode::NO_CONTENT
    );
    let head = bench.s3().head_object().bucket("demo").key("k").send().await.unwrap();
    assert_eq!(head.content_type(), Some("image/png"));
}

#[tokio::test(flavor = "multi_thread")]
async fn success_is_answered_as_asked_for() {
    let bench = Bench::start(&[]).await;
    let answer = issue(&bench, &with(form_of("k"), &json!({"successActionStatus": "201"}))).await;
    let (status, body) = follow(&bench, &answer, BODY).await;
    assert_eq!(status, StatusCode::CREATED);
    assert!(body.contains("<Key>k</Key>"), "{body}");
    let to = "https://app.example.com/done?a=b";
    let answer = issue(&bench, &with(form_of("k"), &json!({"successActionRedirect": to}))).await;
    let response = bench.send_form(text(&answer, "url"), &answer["fields"], BODY).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert!(response.headers()["location"].to_str().unwrap().starts_with(&format!("{to}&bucket=demo&key=k&etag=")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_dies_with_its_session_and_with_its_signers_permission() {
    let bench = Bench::start(&["--session-seconds", "60"]).await;
    let answer = issue(&bench, &form_of("k")).await;
    assert_eq!(text(&answer, "limitedBy"), "session");
    let policy = BASE64_STANDARD.decode(text(&answer["fields"], "policy")).unwrap();
    let policy: Value = serde_json::from_slice(&policy).unwrap();
    assert_eq!(text(&policy, "expiration").replace(".000Z", "Z"), text(&answer, "expiresAt"));
    let (status, refusal) = bench.post_to("/forms", &with(form_of("k"), &json!({"lifetime": "require"}))).await;
    assert_eq!(
        (status, text(&refusal, "type")),
        (StatusCode::UNPROCESSABLE_ENTITY, "urn:presign:problem:lifetime-unavailable")
    );

    bench.put_role_policy("deny", end_to_end::DENY_ALL).await;
    assert_eq!(follow(&bench, &answer, BODY).await.0, StatusCode::FORBIDDEN);
    bench.delete_role_policy("deny").await;
    assert!(text(&answer, "signedBy").contains(ROLE));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_s3_would_refuse_whatever_the_file_is_refused_with_the_reason() {
    let bench = Bench::start(&[]).await;
    let many: Map<String, Value> = (0..300).map(|i| (i.to_string(), "1".into())).collect();
    for (fields, field, said) in [
        (json!({"metadata": {"name": "${filename}"}}), json!("metadata"), "only `key` may have it"),
        (json!({"metadata": many}), Value::Null, "20000"),
    ] {
        let (status, problem) = bench.post_to("/forms", &with(form_of("k"), &fields)).await;
        assert_eq!((status, &problem["field"]), (StatusCode::BAD_REQUEST, &field), "{problem}");
        assert!(text(&problem, "detail").contains(said), "{problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_profile_does_not_serve_is_refused() {
    let bench = Bench::start(&[]).await;
    let settings = format!(
        "[[buckets]]\nbucket = \"demo\"\nregion = \"us-east-1\"\nendpoint = \"{}\"\nsigner = \"environment\"\n\
         operations = [\"putObject\", \"postObject\"]\nprefixes = [\"in/\"]\n",
        bench.stack.endpoint()
    );
    let issuer = OtherIssuer::new(&bench.stack.sdk_config(), &settings);
    let post = async |request: Value| {
        let response = issuer.send(Some("alice"), axum::http::Request::post("/forms"), request.to_string()).await;
        (response.status(), read_json(response).await)
    };
    for (key, served) in [
        (json!("in/a"), true),
        (json!({"startsWith": "in/"}), true),
        (json!("in/${filename}"), true),
        (json!("out/a"), false),
        (json!({"startsWith": "in"}), false),
        (json!({"startsWith": ""}), false),
        (json!("${filename}"), false),
    ] {
        let (status, answer) = post(with(form_of("k"), &json!({"key": key}))).await;
        let expected = if served { StatusCode::OK } else { StatusCode::FORBIDDEN };
        assert_eq!(status, expected, "{key}: {}", text(&answer, "detail"));
    }

    // Whoever signs with a key of their own, the documentation's way of signing gives the same signature.
    let (_, answer) = post(with(form_of("in/a"), &json!({"metadata": {"a": "é is refused"}}))).await;
    assert_eq!(text(&answer, "field"), "metadata");
    let (_, answer) = post(with(form_of("in/a"), &json!({"metadata": {"a": "1"}}))).await;
    let fields = &answer["fields"];
    let scope = Scope { secret: SECRET_ACCESS_KEY, stamp: text(fields, "x-amz-date"), region: "us-east-1" };
    assert_eq!(scope.signature_of_policy(text(fields, "policy")), text(fields, "x-amz-signature"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_is_no_form() {
    let bench = Bench::start(&[]).await;
    for (operation, path) in [("postObject", "/forms"), ("multipartUpload", "/multipart-uploads")] {
        let request = json!({"operation": operation, "bucket": "demo", "key": "k", "expiresIn": 60});
        let (status, problem) = bench.post(request.to_string()).await;
        assert_eq!((status, text(&problem, "field")), (StatusCode::BAD_REQUEST, "operation"));
        assert!(text(&problem, "detail").contains(&format!("`POST {path}`")), "{problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shell_reads_no_meaning_into_the_command_line_of_a_form() {
    let bench = Bench::start(&[]).await;
    let hostile = "a'; touch /tmp/owned; `id` $(id) \\ \"@<;type=x";
    let fields = json!({"cacheControl": hostile, "metadata": {"a": hostile}, "curl": true});
    let answer = issue(&bench, &with(form_of("in/${filename}"), &fields)).await;
    let script = format!("curl() {{ printf '%s\\n' \"$@\"; }}\n{}", text(&answer, "curl"));
    let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
    let arguments = String::from_utf8(output.stdout).unwrap();
    let told = answer["fields"].as_object().unwrap();
    let expected = told
        .iter()
        .flat_map(|(name, value)| ["--form-string".to_owned(), format!("{name}={}", value.as_str().unwrap())]);
    let last = ["--form", "file=@FILE", text(&answer, "url")].map(str::to_owned);
    let expected: BTreeSet<String> = expected.chain(last).collect();
    let given: BTreeSet<String> = arguments.lines().skip(2).map(str::to_owned).collect();
    assert!(given == expected, "the arguments are not what the answer tells");
    assert_eq!(arguments.lines().last(), Some(text(&answer, "url")));
}
