use end_to_end::{Bench, OtherIssuer, parameter, read_of, text, with, write_of};
use local_stack::SECRET_ACCESS_KEY;
use serde_json::{Value, json};

use super::verifier::{Received, Scope};
use crate::upload_cases::cases;

/// The signature that AWS would compute for whoever does what the answer says, with the secret that signed it.
fn signature(answer: &Value) -> String {
    let (address, query) = text(answer, "url").split_once('?').unwrap();
    let (host, path) = address.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut headers: Vec<(&str, &str)> = answer["headers"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
        .collect();
    headers.push(("host", host));
    let path = format!("/{path}");
    let request = Received { method: text(answer, "method"), path: &path, query, headers };
    let signed = parameter(answer, "X-Amz-SignedHeaders").replace("%3B", ";");
    let scope = Scope { secret: SECRET_ACCESS_KEY, stamp: parameter(answer, "X-Amz-Date"), region: "us-east-1" };
    scope.signature(&request.canonical(&signed, "UNSIGNED-PAYLOAD"))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_url_has_the_signature_that_the_documentation_gives_it() {
    let bench = Bench::start(&[]).await;
    let settings = format!(
        "[[buckets]]\nbucket = \"demo\"\nregion = \"us-east-1\"\nendpoint = \"{}\"\nsigner = \"environment\"\n\
         operations = [\"getObject\", \"headObject\", \"putObject\", \"copyObject\", \"deleteObject\"]\nprefixes = [\"\"]\n\
         encryption = {{ serverSideEncryption = \"asRequested\" }}\n",
        bench.stack.endpoint()
    );
    let issuer = OtherIssuer::new(&bench.stack.sdk_config(), &settings);
    let uploads = cases().into_iter().map(|case| with(write_of("a b/é"), &case.fields));
    let reads = json!({
        "versionId": "a+b/c=",
        "partNumber": 1,
        "checksumMode": "ENABLED",
        "responseContentDisposition": "attachment; filename=\"é & 1+1=2.txt\"",
        "responseExpires": "2027-01-01T00:00:00Z",
    });
    let source =
        json!({"operation": "copyObject", "copySource": {"bucket": "demo", "key": "a b?é", "versionId": "null"}});
    let others = [
        with(read_of("a//b/../c+d~é😀'(*)!"), &reads),
        with(read_of("%2F?#&="), &json!({"operation": "headObject", "range": "bytes=0-9"})),
        with(write_of("to"), &source),
        with(read_of("k"), &json!({"operation": "deleteObject", "versionId": "v"})),
    ];
    for request in uploads.chain(others) {
        let (_, answer) = issuer.post(Some("me"), &request).await;
        assert_eq!(signature(&answer), parameter(&answer, "X-Amz-Signature"), "{request}");
    }
}
