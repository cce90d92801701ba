//! The OpenAPI document says what the router does.

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs};

use axum::http::{Method, StatusCode};
use end_to_end::{Bench, read_text};
use issue_urls::openapi::{document, router_paths};
use serde_json::{Value, json};

const METHODS: [Method; 7] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];

/// `UPDATE_DOCS=1` writes the file instead of comparing it.
#[test]
fn the_document_that_is_checked_in_is_the_interface_as_it_is() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, format!("{:#}\n", document())).unwrap();
    }
    let checked_in: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert!(checked_in == document(), "docs/openapi.json is out of date: run this test again with UPDATE_DOCS=1");
}

#[test]
fn the_router_has_the_documents_paths_and_no_others() {
    let document = document();
    let documented: BTreeSet<&str> = document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    let routed: BTreeSet<&str> = router_paths()
        .into_iter()
        // An object's key has slashes, for which OpenAPI has no word.
        .map(|path| if path == "/objects/{*object}" { "/objects/{bucket}/{key}" } else { path })
        .collect();
    assert_eq!(documented, routed);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_path_takes_the_documents_methods_and_no_others() {
    let bench = Bench::start(&[]).await;
    for (path, operations) in document()["paths"].as_object().unwrap() {
        for method in METHODS {
            let url = format!("{}{path}", bench.stack.endpoint()).replace("{bucket}", "demo").replace("{key}", "k");
            let answer = bench.send(method.clone(), &url, &json!({}), "").await;
            let status = answer.status();
            if status == StatusCode::METHOD_NOT_ALLOWED && method != Method::HEAD {
                let allowed = answer.headers()["allow"].to_str().unwrap().to_owned();
                let detail = read_text(answer).await;
                let (_, named) = detail.split_once("use ").unwrap();
                let named: String = named.chars().take_while(char::is_ascii_uppercase).collect();
                assert!(allowed.split(',').any(|one| one == named), "{path}: {allowed}: {detail}");
            }
            assert_ne!(status, StatusCode::NOT_FOUND, "{method} {path}");
            // What answers a GET answers a HEAD too.
            let documented = |method: &Method| operations.get(method.as_str().to_lowercase()).is_some();
            let taken = documented(&method) || (method == Method::HEAD && documented(&Method::GET));
            assert_eq!(status != StatusCode::METHOD_NOT_ALLOWED, taken, "{method} {path}");
        }
    }
}

#[test]
fn every_name_that_the_document_refers_to_is_in_it() {
    fn visit(value: &Value, document: &Value) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(to)) = fields.get("$ref") {
                    assert!(document.pointer(to.trim_start_matches('#')).is_some(), "{to}");
                }
                fields.values().for_each(|value| visit(value, document));
            }
            Value::Array(items) => items.iter().for_each(|value| visit(value, document)),
            _ => {}
        }
    }
    visit(&document(), &document());
}
