//! `GET /objects/{bucket}/{key+}`: an address that can be written into a page.

use axum::body::Body;
use axum::http::{HeaderMap, Method, StatusCode};
use end_to_end::{Bench, OtherIssuer, now, read_of, read_text, text, with, write_of};
use serde_json::json;

async fn ask(bench: &Bench, method: Method, path: &str) -> (StatusCode, HeaderMap) {
    let url = format!("{}/objects/{path}", bench.stack.endpoint());
    let response = bench.send(method, &url, &json!({}), Body::empty()).await;
    (response.status(), response.headers().clone())
}

async fn redirected(bench: &Bench, path: &str) -> String {
    let (status, headers) = ask(bench, Method::GET, path).await;
    assert_eq!(status, StatusCode::TEMPORARY_REDIRECT, "{path}");
    headers["location"].to_str().unwrap().to_owned()
}

fn max_age(headers: &HeaderMap) -> u64 {
    let cache_control = headers["cache-control"].to_str().unwrap();
    cache_control.strip_prefix("private, max-age=").unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_leads_to_the_object() {
    let bench = Bench::start(&[]).await;
    let location = redirected(&bench, "demo/hello.txt").await;
    assert_eq!(bench.get(&location).await, (StatusCode::OK, "Hello from a presigned URL.\n".to_owned()));
    assert_eq!(redirected(&bench, "demo/hello.txt").await, location, "the same, for as long as it is good");
    let issued = bench.issue(&read_of("hello.txt")).await;
    assert_eq!((&issued["url"], &issued["cache"]), (&json!(location), &json!("hit")), "and the same as anybody's");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_key_has_its_own_address() {
    let bench = Bench::start(&[]).await;
    for (path, key) in [
        ("a%20b", "a b"),
        ("a+b", "a+b"),
        ("a//b", "a//b"),
        ("/lead", "/lead"),
        ("trail/", "trail/"),
        ("../up", "../up"),
        ("a/../b", "a/../b"),
        ("a%2Fb", "a/b"),
        ("%252F", "%2F"),
        ("100%25", "100%"),
        ("%C3%A9/%F0%9F%98%80", "é/😀"),
        ("q%3Fx%23y", "q?x#y"),
        ("urls", "urls"),
        ("objects/demo/k", "objects/demo/k"),
    ] {
        let put = bench.issue(&write_of(key)).await;
        assert_eq!(bench.follow(&put, key.to_owned()).await.0, StatusCode::OK);
        let location = redirected(&bench, &format!("demo/{path}")).await;
        assert_eq!(bench.get(&location).await, (StatusCode::OK, key.to_owned()), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_keeps_the_redirect_no_longer_than_the_url_is_good() {
    let bench = Bench::start(&[]).await;
    let (_, headers) = ask(&bench, Method::GET, "demo/hello.txt?expiresIn=600").await;
    assert_eq!(max_age(&headers), 595);
    assert_eq!(headers["vary"], "authorization, x-amz-security-token", "and for the caller alone whose it is");
    // A URL from the cache has less left, and less is kept.
    let (status, headers) = ask(&bench, Method::GET, "demo/hello.txt?expiresIn=600&minimumRemaining=1").await;
    assert_eq!(status, StatusCode::TEMPORARY_REDIRECT);
    let again = bench.issue(&with(read_of("hello.txt"), &json!({"expiresIn": 600}))).await;
    assert_eq!(again["cache"], "hit");
    let ends: std::time::SystemTime = text(&again, "expiresAt").parse::<jiff::Timestamp>().unwrap().into();
    assert!(now() + std::time::Duration::from_secs(max_age(&headers)) < ends);
    let (_, headers) = ask(&bench, Method::GET, "demo/hello.txt?expiresIn=3").await;
    assert_eq!(max_age(&headers), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_query_says_what_a_get_may_be_told_without_a_header() {
    let bench = Bench::start(&[]).await;
    let location =
        redirected(&bench, "demo/hello.txt?responseContentDisposition=attachment%3B%20filename%3D%22x%22&expiresIn=60")
            .await;
    assert!(location.contains("X-Amz-Expires=60&"));
    let response = bench.send(Method::GET, &location, &json!({}), "").await;
    assert_eq!(response.headers()["content-disposition"], "attachment; filename=\"x\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_is_redirected_to_a_look() {
    let bench = Bench::start(&[]).await;
    let (status, headers) = ask(&bench, Method::HEAD, "demo/hello.txt").await;
    assert_eq!(status, StatusCode::TEMPORARY_REDIRECT);
    let response = bench.send(Method::HEAD, headers["location"].to_str().unwrap(), &json!({}), "").await;
    assert_eq!((response.status(), &response.headers()["content-length"]), (StatusCode::OK, &"28".parse().unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_redirected_to_is_a_problem_that_nobody_keeps() {
    let bench = Bench::start(&[]).await;
    for (method, path, status) in [
        (Method::GET, "demo/", StatusCode::BAD_REQUEST),
        (Method::GET, "demo", StatusCode::NOT_FOUND),
        (Method::GET, "Demo/k", StatusCode::BAD_REQUEST),
        (Method::GET, "other/k", StatusCode::NOT_FOUND),
        (Method::GET, "demo/%ff", StatusCode::BAD_REQUEST),
        (Method::GET, "demo/%0A", StatusCode::BAD_REQUEST),
        (Method::GET, "demo/hello.txt?range=bytes%3D0-1", StatusCode::BAD_REQUEST),
        (Method::GET, "demo/hello.txt?operation=putObject", StatusCode::BAD_REQUEST),
        (Method::GET, "demo/hello.txt?lifetime=require&expiresIn=604800", StatusCode::UNPROCESSABLE_ENTITY),
        (Method::PUT, "demo/hello.txt", StatusCode::METHOD_NOT_ALLOWED),
    ] {
        let (answered, headers) = ask(&bench, method, path).await;
        assert_eq!(answered, status, "{path}");
        assert_eq!(headers["content-type"], "application/problem+json", "{path}");
        assert_eq!(headers["cache-control"], "no-store", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_not_redirected() {
    let bench = Bench::start(&[]).await;
    let settings = std::fs::read_to_string(bench.stack.data().join("settings.toml")).unwrap();
    let issuer = OtherIssuer::new(&bench.stack.sdk_config(), &settings);
    let response = issuer.get(None, "/objects/demo/hello.txt").await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let response = issuer.get(Some("me"), "/objects/demo/hello.txt").await;
    assert_eq!(response.status(), StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(read_text(response).await, "", "the URL stands in the header alone");
}
