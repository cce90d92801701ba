//! What X-Ray is sent, by the function's own program under Lambda's runtime API.
#![cfg(test)]

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use axum::body::Bytes;
use clap::Parser;
use local_lambda::RuntimeApi;
use local_stack::{ACCESS_KEY_ID, LocalStack, Options, REGION, SECRET_ACCESS_KEY, TABLE};
use serde_json::Value;
use tokio::net::UdpSocket;
use tokio::process::{Child, Command};

/// Of the bucket and the object that the local stack begins with.
const EVENT: &str = include_str!("../../../tests/events/http-api-get-object.json");
/// Of the same bucket.
const UPLOAD: &str = include_str!("../../../tests/events/http-api-put-object.json");
const POLICIES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/settings/policies.cedar");

const FUNCTION: &str = "issue-urls";
/// What Lambda's own segment of each invocation has as its id here.
const SEGMENT: &str = "53995c3f42cd8ad8";
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A trace that begins now: of one that is older than a month X-Ray wants nothing.
fn trace(number: u8) -> String {
    let seconds = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    format!("1-{seconds:08x}-{number:024x}")
}

/// X-Ray's daemon, as far as anybody who sends it spans can tell.
struct Daemon(UdpSocket);

impl Daemon {
    /// The documents up to that of the next invocation, which ends last, by what they are of; and all that was sent as it was.
    async fn invocation(&self) -> (BTreeMap<String, Value>, String) {
        let (mut documents, mut sent) = (BTreeMap::new(), String::new());
        while !documents.contains_key(FUNCTION) {
            let mut datagram = vec![0; 65_536];
            let length = tokio::time::timeout(PATIENCE, self.0.recv(&mut datagram)).await.unwrap().unwrap();
            let text = str::from_utf8(&datagram[..length]).unwrap();
            let (header, document) = text.split_once('\n').unwrap();
            assert_eq!(header, r#"{"format": "json", "version": 1}"#);
            let document: Value = serde_json::from_str(document).unwrap();
            sent.push_str(text);
            let of = [document["name"].as_str(), document["aws"]["operation"].as_str()];
            documents.insert(of.into_iter().flatten().collect::<Vec<_>>().join("."), document);
        }
        (documents, sent)
    }
}

struct Running {
    stack: LocalStack,
    runtime: RuntimeApi,
    daemon: Daemon,
    _function: Child,
}

impl Running {
    async fn start() -> Self {
        let stack = LocalStack::start(Options::try_parse_from(["local-stack", "--port", "0"]).unwrap()).await.unwrap();
        let runtime = RuntimeApi::start().await.unwrap();
        let daemon = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let settings = std::fs::read_to_string(stack.data().join("settings.toml")).unwrap();
        let without_parts = settings.replace("  \"multipartUpload\",\n", "");
        assert_ne!(without_parts, settings);
        let settings = stack.data().join("without-parts.toml");
        std::fs::write(&settings, without_parts).unwrap();
        let variables = [
            ("AWS_LAMBDA_FUNCTION_NAME", FUNCTION),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_RUNTIME_API", &runtime.address().to_string()),
            ("AWS_XRAY_DAEMON_ADDRESS", &daemon.local_addr().unwrap().to_string()),
            ("AWS_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID),
            ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY),
            ("AWS_ENDPOINT_URL", &stack.endpoint()),
            ("PRESIGN_SETTINGS", settings.to_str().unwrap()),
            ("PRESIGN_POLICIES", POLICIES),
            ("PRESIGN_TABLE", TABLE),
        ];
        let mut function = Command::new(env!("CARGO_BIN_EXE_issue-urls"));
        function.env_clear().envs(variables).stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        let function = function.spawn().unwrap();
        Self { stack, runtime, daemon: Daemon(daemon), _function: function }
    }

    /// What the function answers to the event in this trace.
    async fn issue(&mut self, trace: &str, sampled: bool) -> Value {
        self.answer(Bytes::from_static(EVENT.as_bytes()), trace, sampled).await
    }

    /// The same to one that asks for the URL to be tried.
    async fn issue_tried(&mut self, event: &str, trace: &str) -> Value {
        let tried = event.replace(r#"\"key\":"#, r#"\"verify\":true,\"key\":"#);
        assert_ne!(tried, event);
        self.answer(tried.into(), trace, true).await
    }

    async fn answer(&mut self, event: Bytes, trace: &str, sampled: bool) -> Value {
        let header = format!("Root={trace};Parent={SEGMENT};Sampled={}", u8::from(sampled));
        let answered = self.runtime.invoke_in_trace(&event, &header);
        let answer = tokio::time::timeout(PATIENCE, answered).await.unwrap().unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(answer["statusCode"], 200, "{}", answer["body"]);
        serde_json::from_str(answer["body"].as_str().unwrap()).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sampled_invocation_and_its_calls_to_aws_are_in_its_trace_without_url_key_caller_and_secret() {
    let mut running = Running::start().await;
    let first = trace(1);
    let issued = running.issue(&first, true).await;
    let (documents, sent) = running.daemon.invocation().await;

    let invocation = &documents[FUNCTION];
    assert_eq!(invocation["annotations"]["faas_coldstart"], true, "{invocation}");
    assert_eq!(invocation["parent_id"], SEGMENT);
    let request = &documents["request"];
    assert_eq!(request["parent_id"], invocation["id"]);
    assert_eq!(request["annotations"]["request_id"], "JKJaXmPLvHcESHA=");
    assert_eq!(request["http"]["response"]["status"], 200);
    for call in ["DynamoDB.BatchGetItem", "STS.AssumeRole", "DynamoDB.PutItem"] {
        let document = documents.get(call).unwrap_or_else(|| panic!("no {call} in {:?}", documents.keys()));
        assert_eq!(document["parent_id"], request["id"], "{call}");
        assert_eq!(document["namespace"], "aws", "{call}");
    }
    for document in documents.values() {
        assert_eq!(document["trace_id"], first);
        assert_eq!(document["type"], "subsegment");
    }

    let url = issued["url"].as_str().unwrap();
    let secrets = url.split(['?', '&']).filter_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        ["X-Amz-Signature", "X-Amz-Security-Token"].contains(&name).then_some(value)
    });
    let address = url.split('?').next().unwrap();
    let private: Vec<_> = secrets.chain([SECRET_ACCESS_KEY, address, "hello.txt", "alice@example.com"]).collect();
    assert_eq!(private.len(), 6);
    assert!(!private.into_iter().any(|text| sent.contains(text)), "it is in a span");

    // What X-Ray does not sample is not sent: the next is that of the next trace.
    running.issue(&trace(2), false).await;
    let third = trace(3);
    running.issue(&third, true).await;
    let (documents, _) = running.daemon.invocation().await;
    assert!(documents.values().all(|document| document["trace_id"] == third), "{documents:?}");

    // A call to S3 by a presigned request says how it was answered.
    running.issue_tried(EVENT, &trace(4)).await;
    let (documents, sent) = running.daemon.invocation().await;
    let tried = documents.get("S3.GetObject").unwrap_or_else(|| panic!("none in {:?}", documents.keys()));
    assert_eq!(tried["parent_id"], documents["request"]["id"]);
    assert_eq!(tried["http"]["response"]["status"], 206, "{tried}");
    assert!(!sent.contains("X-Amz-") && !sent.contains("hello.txt"), "it is in a span");

    // And is named for what it is. The profile lets no upload be created.
    let answer = running.issue_tried(UPLOAD, &trace(5)).await;
    assert_eq!(answer["verified"], "permission", "{answer}");
    let (documents, _) = running.daemon.invocation().await;
    let tried = documents.get("S3.UploadPart").unwrap_or_else(|| panic!("none in {:?}", documents.keys()));
    assert_eq!(tried["http"]["response"]["status"], 404, "{tried}");
    running.stack.stop().await;
}
