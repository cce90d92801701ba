//! `presign get` and `presign put` against the local stack: the service, and an S3 that verifies signatures.
#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use bytes::Bytes;
use clap::Parser;
use http::Response;
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use local_aws::AwsService;
use local_stack::{LocalStack, Options, ROLE};
use tempfile::TempDir;

/// As a browser would, with nothing but the URL.
async fn fetch(url: &str) -> Response<Incoming> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    client.get(url.parse().unwrap()).await.unwrap()
}

async fn stack() -> LocalStack {
    LocalStack::start(Options::try_parse_from(["local-stack", "--port", "0"]).unwrap()).await.unwrap()
}

fn command(api_url: String, state: &Path, arguments: &[String]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_presign"));
    command.args(arguments).env("PRESIGN_API_URL", api_url).env("XDG_STATE_HOME", state);
    command.env_remove("PRESIGN_TOKEN").env_remove("PRESIGN_IAM");
    command
}

async fn presign_at(api_url: String, state: PathBuf, arguments: Vec<String>) -> Output {
    let run = move || command(api_url, &state, &arguments).output().unwrap();
    tokio::task::spawn_blocking(run).await.unwrap()
}

async fn presign(api_url: String, arguments: Vec<String>) -> Output {
    presign_at(api_url, PathBuf::from("/nonexistent"), arguments).await
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

/// Before anything is sent: nobody is at that address.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_or_written_is_exit_status_2() {
    let folder = TempDir::new().unwrap();
    let here = folder.path().to_str().unwrap();
    let nowhere = format!("{here}/none/z");
    for (words, said) in [
        (&["put", here, "demo/k"], format!("`{here}` cannot be read: is a directory")),
        (&["put", here, "demo/k/"], format!("`{here}` cannot be read: is a directory")),
        (&["get", "demo/k", &format!("-o{here}")], format!("`{here}` cannot be written: is a directory")),
        (
            &["get", "demo/k", &format!("-o{nowhere}")],
            format!("`{nowhere}` cannot be written: there is no such folder"),
        ),
    ] {
        let done = presign("http://127.0.0.1:9".to_owned(), arguments(words)).await;
        let told = (done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned());
        assert_eq!(told, (Some(2), format!("presign: {said}\n")), "{words:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_service_names_the_option_and_is_said_once() {
    let stack = stack().await;
    for (words, said) in [
        (
            &["url", "demo/hello.txt", "--expires-in", "0"][..],
            "400: `--expires-in`: invalid value: integer `0`, expected a whole number of seconds from 1 to 604800",
        ),
        (&["url", "nope/k"], "404: the bucket `nope` is not served: it has no profile"),
        (&["url", "demo/gone.txt", "--verify"], "409: the URL would fail: there is no object under this key"),
        (&["revoke", "demo"], "400: `demo` is not the ARN of an IAM role"),
        (
            &["get", "demo/k", "--api-url", &format!("{}/v1", stack.endpoint())],
            "400: InvalidBucketName. Is `--api-url` right?",
        ),
    ] {
        let done = presign(stack.endpoint(), arguments(words)).await;
        let told = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(3), "{words:?}: {told}");
        assert!(told.starts_with(&format!("presign: the service answered {said}")), "{words:?}: {told}");
        assert!(!told.contains(" column "), "{told}");
    }
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_that_nobody_reads_of_is_done_all_the_same() {
    let stack = stack().await;
    let role = format!("arn:aws:iam::123456789012:role/{ROLE}");
    let mut revoke = command(stack.endpoint(), Path::new("/nonexistent"), &arguments(&["revoke", &role]));
    let mut child = revoke.stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let status = tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
    assert_eq!(status.code(), Some(0));
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_goes_up_in_parts_and_leaves_no_note() {
    let stack = stack().await;
    let folder = TempDir::new().unwrap();
    let (up, down) = (folder.path().join("up.bin"), folder.path().join("down.bin"));
    let content: Vec<u8> = (0..20_000_000_u32).map(|i| u8::try_from(i % 251).unwrap()).collect();
    fs::write(&up, &content).unwrap();
    let put =
        arguments(&["put", up.to_str().unwrap(), "s3://demo/large", "--multipart-above", "8", "--content-type", "a/b"]);
    let done = presign_at(stack.endpoint(), folder.path().to_owned(), put).await;
    assert_eq!(done.status.code(), Some(0), "{}", shown(&done));
    assert_eq!(stack.aws().faults().calls(AwsService::S3, "UploadPart"), 3);
    let get = arguments(&["get", "demo/large", "-o", down.to_str().unwrap()]);
    assert_eq!(presign(stack.endpoint(), get).await.status.code(), Some(0));
    assert!(fs::read(&down).unwrap() == content, "what came down is what went up");
    assert_eq!(fs::read_dir(folder.path().join("presign/uploads")).unwrap().count(), 0);
    stack.stop().await;
}

/// Killed with some parts sent, and run again: what S3 has is not sent twice.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_was_broken_off_is_gone_on_with() {
    let stack = stack().await;
    let folder = TempDir::new().unwrap();
    let up = folder.path().join("up.bin");
    fs::write(&up, vec![7; 100 << 20]).unwrap();
    let put = arguments(&["put", up.to_str().unwrap(), "demo/large", "--multipart-above", "8", "--concurrency", "1"]);
    let mut child = command(stack.endpoint(), folder.path(), &put).spawn().unwrap();
    let s3 = aws_sdk_s3::Client::from_conf(
        aws_sdk_s3::config::Builder::from(&stack.sdk_config()).force_path_style(true).build(),
    );
    // S3 has two parts, of thirteen.
    loop {
        let uploads = s3.list_multipart_uploads().bucket("demo").send().await.unwrap();
        let Some(id) = uploads.uploads().first().and_then(|upload| upload.upload_id()) else { continue };
        if s3.list_parts().bucket("demo").key("large").upload_id(id).send().await.unwrap().parts().len() >= 2 {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let before = stack.aws().faults().calls(AwsService::S3, "UploadPart");
    assert!((2..13).contains(&before), "it was broken off in the middle: {before} parts were sent");

    let done = presign_at(stack.endpoint(), folder.path().to_owned(), put).await;
    assert_eq!(done.status.code(), Some(0), "{}", shown(&done));
    let after = stack.aws().faults().calls(AwsService::S3, "UploadPart");
    // The one that was under way may have to be sent again.
    assert!(after <= 14, "{before} parts were sent before, and {after} in all");
    let head = s3.head_object().bucket("demo").key("large").send().await.unwrap();
    assert_eq!(head.content_length(), Some(100 << 20));
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_takes_what_it_is_made_for_and_issued_urls_are_listed() {
    let stack = stack().await;
    let form = arguments(&["form", "s3://demo/photos/", "--max-size", "10", "--content-type", "image/*"]);
    let done = presign(stack.endpoint(), form).await;
    let answer: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!((done.status.code(), &answer["method"]), (Some(0), &"POST".into()), "{}", shown(&done));
    assert_eq!(answer["fieldsToAdd"]["Content-Type"]["startsWith"], "image/");
    let curl = presign(stack.endpoint(), arguments(&["form", "demo/k", "--max-size", "10", "--curl"])).await;
    assert!(String::from_utf8_lossy(&curl.stdout).starts_with("curl "), "{}", shown(&curl));

    presign(stack.endpoint(), arguments(&["get", "demo/hello.txt"])).await;
    let listed = presign(stack.endpoint(), arguments(&["issued", "--bucket", "demo", "--prefix", "hel"])).await;
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(text.ends_with("  getObject   s3://demo/hello.txt  local\n") && text.lines().count() == 1, "{text}");
    let none = presign(stack.endpoint(), arguments(&["issued", "--principal", "nobody"])).await;
    assert_eq!((none.status.code(), none.stdout.len()), (Some(0), 0));
    let none = presign(stack.endpoint(), arguments(&["issued", "--tenant", "nobodys"])).await;
    assert_eq!((none.status.code(), none.stdout.len()), (Some(0), 0), "the one caller is of no tenant");
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_is_printed_alone_and_what_must_be_known_of_it_beside_it() {
    let stack = stack().await;
    let url = async |words: &[&str]| {
        let done = presign(stack.endpoint(), [arguments(&["url"]), arguments(words)].concat()).await;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
        (done.status.code(), text(&done.stdout), text(&done.stderr))
    };
    let disposition_of = async |words: &[&str]| {
        let (_, url, _) = url(words).await;
        let answer = fetch(&url).await;
        answer.headers().get("content-disposition").map(|value| value.to_str().unwrap().to_owned())
    };
    let (code, plain, note) = url(&["s3://demo/hello.txt"]).await;
    assert!(code == Some(0) && note.starts_with("presign: it lives for ") && note.ends_with(" s"), "{note}");
    assert!(plain.starts_with("http://127.0.0.1:") && plain.lines().count() == 1, "{}", plain.len());
    assert_eq!(disposition_of(&["demo/hello.txt"]).await, None);
    assert_eq!(
        disposition_of(&["demo/hello.txt", "--download-as", "Grüße \"1\".txt"]).await.as_deref(),
        Some("attachment; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%221%22.txt")
    );

    let (code, _, note) = url(&["demo/hello.txt", "--expires-in", "7000"]).await;
    assert!(code == Some(0) && note.ends_with("limited by: session"), "{note}");
    let (code, printed, note) = url(&["demo/hello.txt", "--expires-in", "7000", "--require"]).await;
    assert!(code == Some(3) && printed.is_empty() && note.contains("422"), "{note}");
    let (code, printed, note) = url(&["demo/gone.txt", "--verify"]).await;
    assert!(code == Some(3) && printed.is_empty() && note.contains("409"), "{note}");

    let (_, _, note) = url(&["demo/up.txt", "--for", "put", "--content-type", "text/plain"]).await;
    assert!(note.ends_with("\npresign: its holder must send this header: content-type: text/plain"), "{note}");
    let (_, curl, note) = url(&["demo/up.txt", "--for", "put", "--content-type", "text/plain", "--curl"]).await;
    assert!(
        curl.starts_with("curl ") && curl.contains("content-type: text/plain") && note.lines().count() == 1,
        "{note}"
    );
    let (_, json, _) = url(&["demo/hello.txt", "--json"]).await;
    let answer: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&answer["method"], &answer["cache"]), (&"GET".into(), &"hit".into()), "as it was printed before");
    assert_eq!(url(&["demo"]).await.0, Some(2));
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_not_said_who_asks_is_told_how() {
    let options = Options::try_parse_from(["local-stack", "--port", "0", "--auth", "jwt"]).unwrap();
    let stack = LocalStack::start(options).await.unwrap();
    let done = presign(stack.endpoint(), arguments(&["url", "demo/hello.txt"])).await;
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.code() == Some(3) && said.contains("401") && said.contains("`PRESIGN_TOKEN`"), "{said}");
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_local_stack_takes_the_administrators_signature_for_its_one_callers() {
    let stack = stack().await;
    let signed = async |secret: &'static str| {
        let words = arguments(&["url", "demo/hello.txt", "--iam"]);
        let mut command = command(stack.endpoint(), Path::new("/nonexistent"), &words);
        command.env("AWS_ACCESS_KEY_ID", local_stack::ACCESS_KEY_ID).env("AWS_SECRET_ACCESS_KEY", secret);
        command.env("AWS_REGION", "us-east-1").env_remove("AWS_SESSION_TOKEN").env_remove("AWS_PROFILE");
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    };
    let done = signed(local_stack::SECRET_ACCESS_KEY).await;
    assert!(done.status.success() && done.stdout.starts_with(b"http"), "{}", String::from_utf8_lossy(&done.stderr));
    let done = signed("another").await;
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(3), "{said}");
    assert!(said.contains("answered 403: the request signature we calculated does not match"), "{said}");
    stack.stop().await;
}
