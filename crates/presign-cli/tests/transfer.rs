//! `presign get` and `presign put` against the local stack: the service, and an S3 that verifies signatures.
#![cfg(test)]

use std::fs;
use std::process::{Command, Output};

use clap::Parser;
use local_stack::{LocalStack, Options, ROLE};
use tempfile::TempDir;

async fn stack() -> LocalStack {
    LocalStack::start(Options::try_parse_from(["local-stack", "--port", "0"]).unwrap()).await.unwrap()
}

async fn presign(api_url: String, arguments: Vec<String>) -> Output {
    let run = move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_presign"));
        command.args(arguments).env("PRESIGN_API_URL", api_url).env_remove("PRESIGN_TOKEN").output().unwrap()
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

fn arguments(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn shown(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_is_what_is_got() {
    let stack = stack().await;
    let folder = TempDir::new().unwrap();
    let (up, down) = (folder.path().join("up.txt"), folder.path().join("down.txt"));
    // More than one read of the file.
    let content = "presigned ".repeat(20_000);
    fs::write(&up, &content).unwrap();

    let put = arguments(&["put", up.to_str().unwrap(), "s3://demo/folder/", "--content-type", "text/plain"]);
    let done = presign(stack.endpoint(), put).await;
    assert_eq!(done.status.code(), Some(0), "{}", shown(&done));
    let get = arguments(&["get", "demo/folder/up.txt", "-o", down.to_str().unwrap()]);
    let done = presign(stack.endpoint(), get).await;
    assert_eq!((done.status.code(), fs::read_to_string(&down).unwrap()), (Some(0), content), "{}", shown(&done));

    let done = presign(stack.endpoint(), arguments(&["get", "s3://demo/hello.txt"])).await;
    assert_eq!(String::from_utf8_lossy(&done.stdout), "Hello from a presigned URL.\n");
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_s3_is_explained_and_writes_no_file() {
    let stack = stack().await;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("gone.txt");
    let get = arguments(&["get", "demo/gone.txt", "-o", file.to_str().unwrap()]);
    let done = presign(stack.endpoint(), get.clone()).await;
    assert_eq!(done.status.code(), Some(1), "{}", shown(&done));
    assert!(shown(&done).contains("1. missing-object-hidden  certain"), "{}", shown(&done));

    let deny = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;
    let iam = aws_sdk_iam::Client::new(&stack.sdk_config());
    iam.put_role_policy().role_name(ROLE).policy_name("deny").policy_document(deny).send().await.unwrap();
    let done = presign(stack.endpoint(), get).await;
    assert_eq!(done.status.code(), Some(1), "{}", shown(&done));
    assert!(shown(&done).contains("1. denied-by-identity-policy  certain"), "{}", shown(&done));
    assert!(!file.exists() && !shown(&done).contains("X-Amz-Signature="), "{}", shown(&done));
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_service_is_exit_status_3() {
    let stack = stack().await;
    let done = presign(stack.endpoint(), arguments(&["get", "other-bucket/k"])).await;
    assert_eq!(done.status.code(), Some(3), "{}", shown(&done));
    assert!(shown(&done).contains("the service answered 404"), "{}", shown(&done));
    let gone = stack.endpoint();
    stack.stop().await;
    let done = presign(gone, arguments(&["get", "demo/hello.txt"])).await;
    assert_eq!(done.status.code(), Some(3), "{}", shown(&done));
    assert!(shown(&done).contains("cannot be reached"), "{}", shown(&done));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_names_no_object_or_file_is_exit_status_2() {
    for words in
        [&["get", "demo"][..], &["put", "/no/such/file", "demo/k"][..], &["get", "demo/k", "--expires-in", "soon"][..]]
    {
        let done = presign("http://127.0.0.1:9".to_owned(), arguments(words)).await;
        assert_eq!(done.status.code(), Some(2), "{words:?}: {}", shown(&done));
    }
}
