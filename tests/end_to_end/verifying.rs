//! `verify`: a URL is tried before it is handed out, and one that would fail is refused with the reason.

use std::time::Duration;

use axum::http::StatusCode;
use end_to_end::{Bench, DENY_ALL, OtherIssuer, now, read_of, text, with, write_of};
use jiff::Timestamp;
use local_aws::{AwsService, Fault};
use serde_json::{Value, json};

fn verified(request: Value) -> Value {
    with(request, &json!({"verify": true}))
}

fn kind(answer: &Value) -> &str {
    text(answer, "type").strip_prefix("urn:presign:problem:").unwrap_or_default()
}

fn calls(bench: &Bench, operation: &str) -> u64 {
    bench.stack.aws().faults().calls(AwsService::S3, operation)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_works_is_handed_out_and_said_to_be_tried() {
    let bench = Bench::start(&[]).await;
    bench.s3().put_object().bucket("demo").key("empty").send().await.unwrap();
    for (request, expected) in [
        (read_of("hello.txt"), "used"),
        (read_of("empty"), "used"),
        (with(read_of("hello.txt"), &json!({"range": "bytes=0-3"})), "used"),
        (with(read_of("hello.txt"), &json!({"partNumber": 1})), "used"),
        (with(read_of("hello.txt"), &json!({"operation": "headObject"})), "used"),
        (
            with(write_of("up.txt"), &json!({"contentType": "text/plain", "contentLength": 1, "metadata": {"a": "b"}})),
            "permissionAndKey",
        ),
    ] {
        let answer = bench.issue(&verified(request.clone())).await;
        assert_eq!(answer["verified"], json!(expected), "{request}");
        assert_eq!(bench.issue(&request).await.get("verified"), None, "nothing is tried that is not asked for");
    }
    let (_, problem) = bench.post(verified(with(read_of("hello.txt"), &json!({"partNumber": 3}))).to_string()).await;
    assert_eq!(problem["diagnosis"]["findings"][0]["check"], "no-such-part", "{problem}");
    // The same again comes from the cache, and is tried again.
    let answer = bench.issue(&verified(read_of("hello.txt"))).await;
    assert_eq!((&answer["cache"], &answer["verified"]), (&json!("hit"), &json!("used")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_answered_while_its_caller_waits_however_slow_s3_is() {
    let bench = Bench::start(&[]).await;
    let settings = std::fs::read_to_string(bench.stack.data().join("settings.toml")).unwrap();
    let issuer = OtherIssuer::trying_for(Duration::from_millis(100), &bench.stack.sdk_config(), &settings);
    bench.stack.aws().faults().set(AwsService::S3, Fault::Delay(Duration::from_mins(5)));
    let mut requests: Vec<Value> = (0..40).map(|i| verified(read_of(&format!("k{i}")))).collect();
    requests.push(read_of("hello.txt"));
    let results = issuer.batch("alice", &requests).await;
    let (untried, tried) = results.split_last().unwrap();
    assert_eq!(untried["cache"], "miss", "it was not to be tried");
    assert!(tried.iter().all(|result| kind(result) == "s3-too-slow"), "{tried:?}");
    assert!(tried.iter().all(|result| !text(result, "detail").contains("may have done")), "to read does nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_tried_without_a_trace() {
    let bench = Bench::start(&[]).await;
    bench.issue(&verified(write_of("up.txt"))).await;
    assert!(bench.s3().head_object().bucket("demo").key("up.txt").send().await.is_err(), "no object was made");
    let uploads = bench.s3().list_multipart_uploads().bucket("demo").send().await.unwrap();
    assert_eq!(uploads.uploads().len(), 0, "no upload was left");

    let settings = std::fs::read_to_string(bench.stack.data().join("settings.toml")).unwrap();
    let issuer = OtherIssuer::new(&bench.stack.sdk_config(), &settings.replace("  \"multipartUpload\",\n", ""));
    let (status, answer) = issuer.post(Some("alice"), &verified(write_of("up.txt"))).await;
    assert_eq!((status, &answer["verified"]), (StatusCode::OK, &json!("permission")), "{}", text(&answer, "detail"));
    assert!(bench.s3().head_object().bucket("demo").key("up.txt").send().await.is_err(), "no object was made");
    bench.put_role_policy("deny", DENY_ALL).await;
    let (status, answer) = issuer.post(Some("alice"), &verified(write_of("up.txt"))).await;
    assert_eq!((status, kind(&answer)), (StatusCode::CONFLICT, "would-fail"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_fail_is_refused_with_its_diagnosis_and_not_kept() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let (status, missing) = bench.post(verified(read_of("gone.txt")).to_string()).await;
    assert_eq!((status, kind(&missing)), (StatusCode::CONFLICT, "would-fail"), "{missing}");
    assert_eq!(missing["diagnosis"]["findings"][0]["check"], "missing-object-hidden", "{missing}");
    assert_eq!(bench.issue(&read_of("gone.txt")).await["cache"], "miss", "it was not stored");

    bench.put_role_policy("deny", DENY_ALL).await;
    for request in [read_of("hello.txt"), write_of("up.txt")] {
        let (status, denied) = bench.post(verified(request).to_string()).await;
        assert_eq!((status, kind(&denied)), (StatusCode::CONFLICT, "would-fail"), "{denied}");
        assert_eq!(denied["diagnosis"]["findings"][0]["check"], "denied-by-identity-policy", "{denied}");
        assert_eq!(denied["s3Code"], "AccessDenied");
        let said = denied.to_string();
        assert!(
            !said.contains("X-Amz-Signature=") && !said.contains("X-Amz-Security-Token="),
            "a URL is in the answer"
        );
    }
    let head = with(read_of("hello.txt"), &json!({"operation": "headObject"}));
    let (status, denied) = bench.post(verified(head).to_string()).await;
    assert_eq!((status, kind(&denied)), (StatusCode::CONFLICT, "would-fail"), "{denied}");
    assert_eq!(denied["diagnosis"]["findings"][0]["check"], "forbidden-head", "{denied}");
}

#[tokio::test(flavor = "multi_thread")]
async fn when_s3_does_not_answer_nobody_knows_and_nothing_is_handed_out() {
    let bench = Bench::start(&[]).await;
    bench.stack.aws().faults().set(AwsService::S3, Fault::Fail(StatusCode::SERVICE_UNAVAILABLE));
    let (status, answer) = bench.post(verified(read_of("hello.txt")).to_string()).await;
    assert_eq!((status, kind(&answer)), (StatusCode::BAD_GATEWAY, "s3-refused"), "{answer}");
    assert_eq!(bench.post(read_of("hello.txt").to_string()).await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_a_batch_is_tried_for_itself() {
    let bench = Bench::start(&[]).await;
    let answers =
        bench.batch(&[verified(read_of("hello.txt")), verified(read_of("gone.txt")), read_of("gone.txt")]).await;
    assert_eq!(answers[0]["verified"], "used");
    assert_eq!(kind(&answers[1]), "would-fail");
    assert!(answers[2]["url"].is_string());
}

/// Else the trial would tell of a session that has not signed the URL.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_tried_is_signed_by_the_session_that_tries_it() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let settings = std::fs::read_to_string(bench.stack.data().join("settings.toml")).unwrap();
    let settings = format!("{settings}\ncachedOperations = [\"putObject\"]\n");
    let [one, other] = [(); 2].map(|()| OtherIssuer::new(&bench.stack.sdk_config(), &settings));
    let (_, stored) = one.post(Some("alice"), &write_of("up.txt")).await;
    let (_, found) = other.post(Some("alice"), &write_of("up.txt")).await;
    assert_eq!((&found["cache"], &found["url"]), (&json!("hit"), &stored["url"]), "{found}");

    // At the console, and its event never comes.
    bench.stack.lose_events(true);
    let end_of_second = Timestamp::try_from(now()).unwrap().as_second() + 1;
    let end_of_second = Timestamp::from_second(end_of_second).unwrap();
    let revoked = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{{"DateLessThan":{{"aws:TokenIssueTime":"{end_of_second}"}}}}}}}}"#
    );
    bench.put_role_policy("AWSRevokeOlderSessions", &revoked).await;
    assert_eq!(bench.follow(&found, "x").await.0, StatusCode::FORBIDDEN);
    // Sessions of this second are dead too, and each issuer keeps its own.
    let works = async {
        loop {
            let third = OtherIssuer::new(&bench.stack.sdk_config(), &settings);
            let (status, tried) = third.post(Some("alice"), &verified(write_of("up.txt"))).await;
            if status == StatusCode::OK {
                return tried;
            }
            assert_eq!((status, kind(&tried)), (StatusCode::CONFLICT, "would-fail"), "{tried}");
        }
    };
    let tried = tokio::time::timeout(Duration::from_secs(10), works).await.unwrap();
    assert_eq!(tried["verified"], "permissionAndKey", "{tried}");
    assert_eq!(bench.follow(&tried, "x").await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_that_ends_while_it_is_tried_is_not_handed_out() {
    let bench = Bench::start(&[]).await;
    let of = |fields: &Value| with(verified(read_of("hello.txt")), fields);
    bench.stack.aws().faults().set(AwsService::S3, Fault::Delay(Duration::from_secs(7)));
    let late = |fields: Value| {
        let bench = &bench;
        async move { bench.post(of(&fields).to_string()).await }
    };
    let (ended, too_little, not_all, enough) = tokio::join!(
        late(json!({"expiresIn": 2})),
        late(json!({"expiresIn": 61, "minimumRemaining": 61})),
        late(json!({"expiresIn": 62, "lifetime": "require"})),
        late(json!({"expiresIn": 60, "minimumRemaining": 50})),
    );
    // As S3 itself says, that looks at the time once it answers.
    assert_eq!((ended.0, kind(&ended.1)), (StatusCode::CONFLICT, "would-fail"), "{}", ended.1);
    for (status, answer) in [too_little, not_all] {
        assert_eq!((status, kind(&answer)), (StatusCode::GATEWAY_TIMEOUT, "too-late"), "{answer}");
    }
    let left = enough.1["expiresIn"].as_u64().unwrap();
    assert!((50..53).contains(&left), "what is left when it is answered, not when it was signed: {left}");
    bench.stack.aws().faults().set(AwsService::S3, Fault::None);
    let insisting = bench.issue(&of(&json!({"expiresIn": 600, "minimumRemaining": 600}))).await;
    assert_eq!(insisting["expiresIn"], 600, "what a trial usually takes is not counted");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_ended_while_others_of_its_batch_were_tried_is_not_handed_out() {
    let bench = Bench::start(&[]).await;
    let settings = std::fs::read_to_string(bench.stack.data().join("settings.toml")).unwrap();
    let issuer = OtherIssuer::trying_for(Duration::from_secs(3), &bench.stack.sdk_config(), &settings);
    bench.stack.aws().faults().set(AwsService::S3, Fault::Drop);
    let short = with(read_of("other.txt"), &json!({"expiresIn": 2}));
    let results = issuer.batch("alice", &[verified(read_of("hello.txt")), short, read_of("third.txt")]).await;
    assert_eq!((kind(&results[0]), kind(&results[1])), ("s3-too-slow", "too-late"), "{results:?}");
    assert!(text(&results[1], "detail").contains("too little is left"), "{results:?}");
    assert!((890..898).contains(&results[2]["expiresIn"].as_u64().unwrap()), "{results:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_that_works_is_handed_out_although_the_trial_of_its_like_has_not_ended() {
    let bench = Bench::start(&[]).await;
    let settings = std::fs::read_to_string(bench.stack.data().join("settings.toml")).unwrap();
    let issuer = OtherIssuer::trying_for(Duration::from_secs(6), &bench.stack.sdk_config(), &settings);
    bench.stack.aws().faults().set(AwsService::S3, Fault::Delay(Duration::from_millis(3_500)));
    let results = issuer.batch("alice", &vec![verified(read_of("hello.txt")); 40]).await;
    let used = results.iter().filter(|result| result["verified"] == "used").count();
    let untried = results.iter().filter(|result| kind(result) == "s3-too-slow").count();
    assert_eq!((used, untried), (16, 24), "as many as are tried at once");
}

/// Whether it was tried in a batch or alone: that the object is not there is a reason only for whoever asked for a trial.
#[tokio::test(flavor = "multi_thread")]
async fn that_an_object_is_not_there_is_told_whoever_asked_for_a_trial_alone() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let settings = std::fs::read_to_string(bench.stack.data().join("settings.toml")).unwrap();
    let settings = format!("{settings}\nverifyAfterInvalidation = true\n");
    let issuer = OtherIssuer::new(&bench.stack.sdk_config(), &settings);
    issuer.post(Some("alice"), &read_of("hello.txt")).await;
    bench.put_role_policy("other", end_to_end::ALLOW_NOTHING_NEW).await;
    let results = issuer.batch("alice", &[verified(read_of("gone")), read_of("gone")]).await;
    assert_eq!((kind(&results[0]), results[1]["url"].is_string()), ("would-fail", true), "{results:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_of_a_batch_was_refused_no_other_is_given() {
    // Under a hold nothing is stored, and each is signed for itself.
    for hold_seconds in ["0", "120"] {
        what_one_was_refused_no_other_is_given(hold_seconds).await;
    }
}

async fn what_one_was_refused_no_other_is_given(hold_seconds: &str) {
    let bench = Bench::start(&["--hold-seconds", hold_seconds]).await;
    let settings = std::fs::read_to_string(bench.stack.data().join("settings.toml")).unwrap();
    let settings = format!("{settings}\nverifyAfterInvalidation = true\n");
    let issuer = OtherIssuer::new(&bench.stack.sdk_config(), &settings);
    bench.s3().put_object().bucket("demo").key("denied.txt").send().await.unwrap();
    issuer.post(Some("alice"), &read_of("hello.txt")).await;
    let deny = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::demo/denied.txt"}}"#;
    bench.put_role_policy("deny", deny).await;
    let mut requests = vec![read_of("denied.txt")];
    requests.extend((0..30).map(|i| with(read_of("hello.txt"), &json!({"expiresIn": 600 + i}))));
    requests.push(read_of("denied.txt"));
    let results = issuer.batch("alice", &requests).await;
    assert_eq!((kind(&results[0]), kind(&results[31])), ("would-fail", "would-fail"), "{results:?}");
    assert!(results[1..31].iter().all(|result| result["url"].is_string()), "{results:?}");
}

/// However a trial comes about, it never uses a URL that writes.
#[tokio::test(flavor = "multi_thread")]
async fn uploads_that_are_tried_after_an_invalidation_leave_what_is_there_as_it_is() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let settings = std::fs::read_to_string(bench.stack.data().join("settings.toml")).unwrap();
    let settings = format!("{settings}\ncachedOperations = [\"putObject\"]\nverifyAfterInvalidation = true\n");
    let [one, other] = [(); 2].map(|()| OtherIssuer::new(&bench.stack.sdk_config(), &settings));
    let uploads: Vec<Value> = (0..120).map(|i| write_of(&format!("kept-{i}"))).collect();
    for i in [0, 60, 119] {
        let put = bench.s3().put_object().bucket("demo").key(format!("kept-{i}")).body(b"kept".to_vec().into());
        put.send().await.unwrap();
    }
    one.batch("alice", &uploads).await;
    other.batch("alice", &uploads).await;
    bench.put_role_policy("other", end_to_end::ALLOW_NOTHING_NEW).await;
    for issuer in [&one, &other] {
        let before = calls(&bench, "CreateMultipartUpload");
        let results = issuer.batch("alice", &uploads).await;
        assert!(results.iter().all(|result| result["url"].is_string()), "{results:?}");
        assert!(results.iter().any(|result| result["verified"] == "permissionAndKey"), "{results:?}");
        // Sixteen at once, until one works.
        let tried = calls(&bench, "CreateMultipartUpload") - before;
        assert!((1..60).contains(&tried), "{tried} were tried");
    }
    for i in [0, 60, 119] {
        let got = bench.s3().get_object().bucket("demo").key(format!("kept-{i}")).send().await.unwrap();
        assert_eq!(got.body.collect().await.unwrap().to_vec(), b"kept");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_tried_is_not_promised_to_be() {
    let bench = Bench::start(&[]).await;
    for operation in ["deleteObject", "copyObject"] {
        let request =
            with(read_of("k"), &json!({"operation": operation, "copySource": {"bucket": "demo", "key": "k"}}));
        let (status, answer) = bench.post(verified(request).to_string()).await;
        assert_eq!((status, &answer["field"]), (StatusCode::BAD_REQUEST, &json!("verify")), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_url_after_an_invalidation_is_tried_by_itself_where_the_profile_says_so() {
    let bench = Bench::start(&["--hold-seconds", "0", "--staleness-milliseconds", "0"]).await;
    let settings = std::fs::read_to_string(bench.stack.data().join("settings.toml")).unwrap();
    let issuer = OtherIssuer::new(&bench.stack.sdk_config(), &format!("{settings}\nverifyAfterInvalidation = true\n"));
    let ask = async |key: &str| issuer.post(Some("alice"), &read_of(key)).await;
    assert_eq!((ask("hello.txt").await.0, calls(&bench, "GetObject")), (StatusCode::OK, 0), "nothing has changed yet");

    bench.put_role_policy("deny", DENY_ALL).await;
    let (status, answer) = ask("hello.txt").await;
    assert_eq!((status, kind(&answer)), (StatusCode::CONFLICT, "would-fail"), "{answer}");
    assert_eq!(ask("hello.txt").await.0, StatusCode::CONFLICT, "until one works");

    bench.delete_role_policy("deny").await;
    let before = calls(&bench, "GetObject");
    let (status, answer) = ask("hello.txt").await;
    assert_eq!((status, &answer["verified"]), (StatusCode::OK, &json!("used")), "{}", text(&answer, "detail"));
    assert_eq!(ask("hello.txt").await.1.get("verified"), None, "one is enough");
    assert_eq!(calls(&bench, "GetObject"), before + 1);

    bench.put_role_policy("other", end_to_end::ALLOW_NOTHING_NEW).await;
    let (status, answer) = ask("gone.txt").await;
    assert_eq!(
        (status, answer.get("verified")),
        (StatusCode::OK, None),
        "an object that is not there is no policy's fault"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_instance_has_signed_after_an_invalidation_is_tried_too_although_it_is_asked_for_in_known_words() {
    let bench = Bench::start(&["--hold-seconds", "0", "--staleness-milliseconds", "0"]).await;
    let settings = std::fs::read_to_string(bench.stack.data().join("settings.toml")).unwrap();
    let settings = format!("{settings}\nverifyAfterInvalidation = true\n");
    let [one, other] = [(); 2].map(|()| OtherIssuer::new(&bench.stack.sdk_config(), &settings));
    for issuer in [&one, &other] {
        let (status, answer) = issuer.post(Some("alice"), &read_of("hello.txt")).await;
        assert_eq!((status, answer.get("verified")), (StatusCode::OK, None));
    }
    bench.put_role_policy("other", end_to_end::ALLOW_NOTHING_NEW).await;
    for (issuer, cache) in [(&one, "miss"), (&other, "hit")] {
        let (_, answer) = issuer.post(Some("alice"), &read_of("hello.txt")).await;
        assert_eq!((&answer["cache"], &answer["verified"]), (&json!(cache), &json!("used")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_change_has_ended_while_it_was_tried_is_signed_and_tried_anew() {
    let bench = Bench::start(&["--hold-seconds", "0"]).await;
    let faults = bench.stack.aws().faults();
    let stored = bench.issue(&read_of("hello.txt")).await;
    faults.set(AwsService::S3, Fault::Delay(Duration::from_millis(1_300)));
    let readings = || faults.calls(AwsService::DynamoDb, "BatchGetItem");
    let before = readings();
    let change = async {
        while readings() == before {
            tokio::task::yield_now().await;
        }
        bench.put_role_policy("more", end_to_end::ALLOW_NOTHING_NEW).await;
    };
    let request = verified(read_of("hello.txt"));
    let (answer, ()) = tokio::join!(bench.issue(&request), change);
    assert_ne!(answer["url"], stored["url"]);
    assert_eq!((&answer["cache"], &answer["verified"]), (&json!("miss"), &json!("used")), "{answer}");
}
