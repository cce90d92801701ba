//! What strangers send changes nothing but their own answer.

use axum::http::{Method, Request, StatusCode};
use end_to_end::{Bench, OtherIssuer, read_json, read_of, text, with, write_of};
use issue_urls::openapi::document;
use serde_json::{Value, json};

/// Each request that has a body, with the schema of the body and the least that is a good one.
fn requests() -> Vec<(&'static str, &'static str, Value)> {
    let upload = json!({"bucket": "demo", "key": "k", "uploadId": "u"});
    vec![
        ("/urls", "UrlRequestBody", write_of("k")),
        (
            "/forms",
            "FormRequestBody",
            json!({"bucket": "demo", "key": "k", "expiresIn": 60, "contentLengthRange": {"maximum": 9}}),
        ),
        ("/multipart-uploads", "CreateUploadBody", json!({"bucket": "demo", "key": "k"})),
        (
            "/multipart-uploads/parts",
            "PartUrlsBody",
            with(upload.clone(), &json!({"partNumbers": [1], "expiresIn": 60})),
        ),
        (
            "/multipart-uploads/complete",
            "CompleteUploadBody",
            with(upload.clone(), &json!({"parts": [{"partNumber": 1, "eTag": "\"e\""}]})),
        ),
        ("/multipart-uploads/list-parts", "ListPartsBody", upload.clone()),
        ("/multipart-uploads/abort", "AbortUploadBody", upload),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn no_field_of_any_request_takes_a_line_end() {
    let bench = Bench::start(&[]).await;
    let document = document();
    for (path, schema, body) in requests() {
        let properties = document["components"]["schemas"][schema]["properties"].as_object().unwrap();
        assert!(properties.len() > 2, "{schema}");
        for field in properties.keys() {
            for smuggled in ["a\r\nx-amz-acl: public-read", "a\nb", "a\u{0}b", "a\u{2028}\u{85}b"] {
                for value in
                    [json!(smuggled), json!({ smuggled: smuggled }), json!({"startsWith": smuggled}), json!([smuggled])]
                {
                    // The JSON of an encryption context is encoded as a whole, and a key may well have U+2028.
                    if field == "ssekmsEncryptionContext" && value.is_object() {
                        continue;
                    }
                    let (status, problem) = bench.post_to(path, &with(body.clone(), &json!({field: value}))).await;
                    assert_eq!(status, StatusCode::BAD_REQUEST, "{path} {field} {value}");
                    let named = text(&problem, "field").split(['.', '[']).next().unwrap();
                    assert_eq!(named, field, "{problem}");
                    assert!(
                        !text(&problem, "detail").contains("does not go with"),
                        "its value is not looked at: {problem}"
                    );
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_has_a_longest_body() {
    let bench = Bench::start(&[]).await;
    let issuer = OtherIssuer::new(&bench.stack.sdk_config(), PREFIXED);
    for (path, schema, _) in requests() {
        let longest = if ["PartUrlsBody", "CompleteUploadBody"].contains(&schema) { 4 << 20 } else { 64 << 10 };
        for (length, status) in [(longest, StatusCode::BAD_REQUEST), (longest + 1, StatusCode::PAYLOAD_TOO_LARGE)] {
            let response = issuer.send(Some("me"), Request::post(path), vec![b' '; length]).await;
            assert_eq!(response.status(), status, "{path} {length}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_json_and_names_that_stand_twice_are_refused_wherever_they_are() {
    let bench = Bench::start(&[]).await;
    let issuer = OtherIssuer::new(&bench.stack.sdk_config(), PREFIXED);
    let post = async |path: &str, body: String| {
        let response = issuer.send(Some("me"), Request::post(path), body).await;
        (response.status(), read_json(response).await)
    };
    for (path, schema, body) in requests() {
        let body = body.to_string();
        for open in ["[", "{\"a\":", "{\"metadata\":"] {
            let deep = open.repeat(5_000);
            assert_eq!(post(path, deep.clone()).await.0, StatusCode::BAD_REQUEST, "{path}");
            let within = body.replacen('{', &format!("{{\"metadata\":{deep},"), 1);
            assert_eq!(post(path, within).await.0, StatusCode::BAD_REQUEST, "{path}");
        }
        let twice = body.replacen('{', "{\"key\":\"public/other\",", 1);
        let (status, problem) = post(path, twice).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path}");
        assert!(text(&problem, "detail").contains("duplicate field `key`"), "{schema}: {problem}");
        assert_eq!(problem["field"], "key", "{schema}: {problem}");
    }
    let maps = ["metadata", "tagging", "ssekmsEncryptionContext"];
    for map in maps {
        let twice =
            write_of("public/k").to_string().replacen('{', &format!("{{\"{map}\":{{\"a\":\"1\",\"a\":\"2\"}},"), 1);
        assert_eq!(post("/urls", twice).await.0, StatusCode::BAD_REQUEST, "{map}");
    }
    // In a batch they spoil no other.
    let deep = format!("{{\"key\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
    let batch = format!("{{\"requests\":[{deep},{}]}}", read_of("public/k"));
    let (status, answer) = post("/urls/batch", batch).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!((&answer["results"][0]["status"], answer["results"][1]["url"].is_string()), (&json!(400), true));
}

const PREFIXED: &str = r#"
[[buckets]]
bucket = "demo"
region = "us-east-1"
signingRole = "arn:aws:iam::123456789012:role/presign-demo-signer"
operations = ["getObject", "putObject", "copyObject", "deleteObject", "postObject", "multipartUpload"]
prefixes = ["public/", "café/"]
"#;

/// A key, and whether it begins with one of the profile's prefixes, byte for byte.
const KEYS: [(&str, bool); 18] = [
    ("public/x", true),
    ("public/", true),
    // S3 follows no `..`: these are names in the folder.
    ("public/../private/x", true),
    ("public/./x", true),
    ("public//x", true),
    ("café/x", true),
    ("public", false),
    ("publicx", false),
    ("Public/x", false),
    ("PUBLIC/x", false),
    ("/public/x", false),
    ("./public/x", false),
    ("private/../public/x", false),
    ("public%2Fx", false),
    ("public\\x", false),
    ("public\u{2215}x", false),
    // The same word, with its accent as a character of its own.
    ("cafe\u{301}/x", false),
    ("\u{feff}public/x", false),
];

#[tokio::test(flavor = "multi_thread")]
async fn no_spelling_escapes_a_prefix_on_any_way_to_a_signature() {
    let bench = Bench::start(&[]).await;
    let issuer = OtherIssuer::new(&bench.stack.sdk_config(), PREFIXED);
    for (key, served) in KEYS {
        for (path, _, body) in requests() {
            // What would go to S3 itself is decided by the same check as `parts`.
            if path.starts_with("/multipart-uploads") && served && !path.ends_with("parts")
                || path.ends_with("list-parts")
            {
                continue;
            }
            let response =
                issuer.send(Some("me"), Request::post(path), with(body, &json!({"key": key})).to_string()).await;
            let (status, answer) = (response.status(), read_json(response).await);
            if served {
                assert_eq!(status, StatusCode::OK, "{path} {key}: {}", text(&answer, "detail"));
            } else {
                assert_eq!((status, text(&answer, "field")), (StatusCode::FORBIDDEN, "key"), "{path} {key}");
            }
        }
        let copy =
            json!({"operation": "copyObject", "key": "public/copy", "copySource": {"bucket": "demo", "key": key}});
        let (status, _) = issuer.post(Some("me"), &with(write_of(""), &copy)).await;
        assert_eq!(status == StatusCode::OK, served, "a copy of {key}");
        let form = json!({"bucket": "demo", "key": {"startsWith": key}, "expiresIn": 60, "contentLengthRange": {"maximum": 9}});
        let response = issuer.send(Some("me"), Request::post("/forms"), form.to_string()).await;
        assert_eq!(response.status() == StatusCode::OK, served, "forms for {key}…");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_header_names_the_caller_the_host_or_the_address() {
    let bench = Bench::start(&[]).await;
    let issuer = OtherIssuer::new(&bench.stack.sdk_config(), PREFIXED);
    let hostile = || {
        let names =
            ["host", "x-forwarded-host", "x-forwarded-for", "forwarded", "x-original-url", "x-rewrite-url", "via"];
        let names = names.into_iter().chain([
            "x-caller",
            "x-amzn-principal",
            "x-amz-security-token",
            "authorization",
            "x-tenant",
        ]);
        names.fold(Request::post("/urls"), |request, name| request.header(name, "evil.example"))
    };
    let response = issuer.send(None, hostile(), read_of("public/x").to_string()).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "no header is a caller");
    let plain = issuer.post(Some("me"), &read_of("public/x")).await.1;
    let response = issuer.send(Some("me"), hostile(), read_of("public/x").to_string()).await;
    let answer = read_json(response).await;
    assert_eq!((&answer["url"], &answer["cache"]), (&plain["url"], &json!("hit")), "the very same URL");
    for field in ["caller", "principal", "tenant", "sub", "host", "endpoint", "region", "signedBy", "signingRole"] {
        let request = with(read_of("public/x"), &json!({field: "other"}));
        let (status, problem) = issuer.post(Some("me"), &request).await;
        assert_eq!((status, text(&problem, "field")), (StatusCode::BAD_REQUEST, field));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_never_too_strange_to_be_answered() {
    let bench = Bench::start(&[]).await;
    for path in [
        "//evil.example/urls",
        "/objects/demo/%2e%2e/%2e%2e/x",
        "/objects/demo/..;/x",
        "/objects/demo/%00",
        "/objects/demo/%ff%fe",
        "/objects//x",
        "/objects/demo%2Fx",
        "/urls/../healthz",
        "/URLS",
        "/healthz/",
        "/%68ealthz",
    ] {
        let url = format!("{}{path}", bench.stack.endpoint());
        let response = bench.send(Method::GET, &url, &json!({}), "").await;
        assert!(!response.status().is_server_error(), "{path}: {}", response.status());
        if let Some(location) = response.headers().get("location") {
            assert!(location.to_str().unwrap().starts_with(&bench.stack.endpoint()), "{path} leads elsewhere");
        }
    }
}

/// Browsers store and show the last type of a list, and a policy on types sees the first.
#[tokio::test(flavor = "multi_thread")]
async fn a_content_type_is_one_on_every_way_to_an_upload() {
    let bench = Bench::start(&[]).await;
    for (path, _, body) in requests().into_iter().take(3) {
        let ask = async |content_type: &str| {
            bench.post_to(path, &with(body.clone(), &json!({"contentType": content_type}))).await
        };
        assert!(ask("image/png").await.0.is_success(), "{path}");
        let (status, problem) = ask("image/png,text/html").await;
        assert_eq!((status, text(&problem, "field")), (StatusCode::BAD_REQUEST, "contentType"), "{path} {problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_url_is_longer_than_clients_take_and_no_answer_than_lambda_does() {
    let bench = Bench::start(&[]).await;
    let long = |times: usize| json!({"responseContentDisposition": "%".repeat(2000), "responseContentType": "%".repeat(times)});
    assert_eq!(bench.post(with(read_of("k"), &long(600)).to_string()).await.0, StatusCode::OK);
    let (status, problem) = bench.post(with(read_of("k"), &long(800)).to_string()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(text(&problem, "detail").contains("8192"), "{problem}");

    // A thousand of the longest are more than an answer holds: what fits is answered.
    let many: Vec<_> = (0..1000).map(|i| with(read_of(&format!("{i}{}", "é".repeat(500))), &long(600))).collect();
    let (status, answer) = bench.post_to("/urls/batch", &json!({"requests": many})).await;
    let results = answer["results"].as_array().unwrap();
    let issued = results.iter().filter(|result| result["url"].is_string()).count();
    let refused = results.iter().filter(|result| result["status"] == 400).count();
    assert_eq!((status, issued + refused), (StatusCode::OK, 1000));
    assert!((300..700).contains(&issued), "{issued}");
    let of_lambda = |answer: &Value| json!(answer.to_string()).to_string().len();
    assert!(of_lambda(&answer) < 6_291_556);
    let quotes = with(write_of("k"), &json!({"contentDisposition": "\"".repeat(1300), "curl": true}));
    let (status, answer) = bench.post_to("/urls/batch", &json!({"requests": vec![quotes; 1000]})).await;
    let issued = answer["results"].as_array().unwrap().iter().filter(|result| result["url"].is_string()).count();
    assert_eq!(status, StatusCode::OK);
    assert!((300..700).contains(&issued) && of_lambda(&answer) < 6_291_556, "{issued}");
    let upload = json!({"bucket": "demo", "key": "é".repeat(500), "uploadId": "#".repeat(1024), "expiresIn": 60});
    let parts = async |last: u32| {
        let range = json!({"partNumbers": {"first": 1, "last": last}});
        bench.post_to("/multipart-uploads/parts", &with(upload.clone(), &range)).await
    };
    assert_eq!(parts(500).await.0, StatusCode::OK);
    let (status, problem) = parts(1000).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(text(&problem, "detail").contains("ask for fewer"), "{problem}");
}
