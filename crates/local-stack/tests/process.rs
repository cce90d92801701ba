//! The program as a newcomer runs it.
#![cfg(test)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_local-stack"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A program that is ready, and what it has printed by then.
struct Running {
    child: Child,
    printed: Vec<String>,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut child = program(arguments).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut printed = vec![];
        while printed.last().is_none_or(|line: &String| !line.contains("Ctrl-C")) {
            printed.push(lines.next().expect("it says how to stop it"));
        }
        Self { child, printed }
    }

    fn exported(&self, name: &str) -> &str {
        let assignment = format!("{name}=");
        let mut words =
            self.printed.iter().filter_map(|line| line.strip_prefix("export ")).flat_map(str::split_whitespace);
        words.find_map(|word| word.strip_prefix(&assignment)).unwrap_or_default()
    }

    /// Sends the signal, and waits for the end.
    fn stop(mut self, signal: &str) -> Output {
        let killed = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let deadline = Instant::now() + Duration::from_secs(5);
        while self.child.try_wait().unwrap().is_none() {
            if Instant::now() > deadline {
                self.child.kill().unwrap();
                panic!("{signal} does not stop it");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        self.child.wait_with_output().unwrap()
    }
}

fn get(endpoint: &str, path: &str) -> String {
    send(endpoint, "GET", path, "")
}

fn send(endpoint: &str, method: &str, path: &str, body: &str) -> String {
    send_with("accept: */*", endpoint, method, path, body)
}

fn send_with(header: &str, endpoint: &str, method: &str, path: &str, body: &str) -> String {
    let address = endpoint.strip_prefix("http://").unwrap();
    let mut connection = TcpStream::connect(address).unwrap();
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\n{header}\r\ncontent-length: {length}\r\nconnection: close"
    );
    write!(connection, "{head}\r\n\r\n{body}").unwrap();
    let mut response = String::new();
    connection.read_to_string(&mut response).unwrap();
    response
}

#[test]
fn it_prints_what_aws_tools_need_answers_and_stops_without_a_trace() {
    for signal in ["-TERM", "-INT"] {
        let running = Running::start(&["--port", "0"]);
        let endpoint = running.exported("PRESIGN_API_URL").to_owned();
        assert!(get(&endpoint, "/healthz").starts_with("HTTP/1.1 200"));
        for service in ["S3", "STS", "IAM", "DYNAMODB", "EVENTBRIDGE"] {
            assert_eq!(running.exported(&format!("AWS_ENDPOINT_URL_{service}")), endpoint);
        }
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"] {
            assert!(!running.exported(name).is_empty(), "{name}");
        }
        let folder = running.printed[0].rsplit(' ').next().unwrap().trim_end_matches('.').to_owned();
        assert!(std::path::Path::new(&folder).exists(), "{folder}");
        let output = running.stop(signal);
        assert!(output.status.success(), "{signal}: {}", output.status);
        assert!(!std::path::Path::new(&folder).exists(), "{folder} is left behind");
        assert!(TcpStream::connect(endpoint.strip_prefix("http://").unwrap()).is_err(), "it listens still");
    }
}

#[test]
fn a_connection_that_stays_open_does_not_keep_it_up() {
    let running = Running::start(&["--port", "0"]);
    let address = running.exported("PRESIGN_API_URL").strip_prefix("http://").unwrap().to_owned();
    let mut idle = TcpStream::connect(address).unwrap();
    idle.write_all(b"POST /urls HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n").unwrap();
    assert!(running.stop("-TERM").status.success());
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = program(&["--port", &port]).output().unwrap();
    assert!(!output.status.success());
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains(&port) && message.contains("--port"), "{message}");
}

/// 127.0.0.2 is this machine as well, but only where the whole of 127.0.0.0/8 is.
#[test]
#[cfg(target_os = "linux")]
fn the_address_that_is_asked_for_is_in_every_url() {
    let running = Running::start(&["--host", "127.0.0.2", "--port", "0"]);
    let endpoint = running.exported("PRESIGN_API_URL").to_owned();
    assert!(endpoint.starts_with("http://127.0.0.2:"), "{endpoint}");
    assert_eq!(running.exported("AWS_ENDPOINT_URL_S3"), endpoint);
    assert!(get(&endpoint, "/healthz").starts_with("HTTP/1.1 200"));
    let issued = send(
        &endpoint,
        "POST",
        "/urls",
        r#"{"operation":"getObject","bucket":"demo","key":"hello.txt","expiresIn":60}"#,
    );
    let url = issued.split('"').find(|part| part.starts_with("http")).unwrap_or_default();
    let path = url.strip_prefix(&endpoint).expect("the URL names the address");
    assert!(get(&endpoint, path).ends_with("Hello from a presigned URL.\n"));
    let elsewhere = endpoint.replace("http://127.0.0.2", "127.0.0.1");
    assert!(TcpStream::connect(elsewhere).is_err(), "it listens on another address too");
    assert!(running.stop("-TERM").status.success());
}

#[test]
fn an_address_that_cannot_be_had_is_refused() {
    // Of the block that RFC 5737 keeps for documentation.
    let output = program(&["--host", "192.0.2.1", "--port", "0"]).output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && message.contains("192.0.2.1") && message.contains("--host"), "{message}");
    for address in ["0.0.0.0", "localhost"] {
        assert_eq!(program(&["--host", address]).output().unwrap().status.code(), Some(2), "{address}");
    }
}

#[test]
fn a_start_where_another_has_been_warns_of_nothing() {
    let folder = tempfile::TempDir::new().unwrap();
    for _ in 0..2 {
        let running = Running::start(&["--port", "0", "--data", folder.path().to_str().unwrap()]);
        let output = running.stop("-TERM");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    }
}

#[test]
fn a_policy_file_that_is_not_there_is_told_once() {
    let output = program(&["--port", "0", "--policies", "none.cedar"]).output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(message.contains("`none.cedar` cannot be read"), "{message}");
    assert_eq!((message.matches("none.cedar").count(), message.lines().count()), (1, 1), "{message}");
}

#[test]
fn why_a_token_is_refused_stands_in_the_terminal_without_the_token() {
    let running = Running::start(&["--port", "0", "--auth", "jwt"]);
    let endpoint = running.exported("PRESIGN_API_URL").to_owned();
    let good = running.exported("PRESIGN_DEMO_TOKEN").to_owned();
    let forged = format!("{}AAAA", good.split_at(good.len() - 4).0);
    for token in ["nonsense", &forged] {
        let answer = send_with(&format!("authorization: Bearer {token}"), &endpoint, "POST", "/urls", "{}");
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    }
    let log = String::from_utf8(running.stop("-TERM").stderr).unwrap();
    let reasons: Vec<&str> = log.lines().filter(|line| line.contains("refused a token")).collect();
    assert_eq!(reasons.len(), 2, "{log}");
    assert!(reasons[0].contains("it is no JSON Web Token") && reasons[1].contains("its signature is wrong"), "{log}");
    let (_, signature) = good.rsplit_once('.').unwrap();
    assert!(!log.contains(signature.split_at(20).0) && !log.contains("nonsense"), "{log}");
}

#[test]
fn help_explains_every_option() {
    let output = program(&["--help"]).output().unwrap();
    let help = String::from_utf8_lossy(&output.stdout);
    for option in ["--host", "--port", "--data", "--session-seconds", "--hold-seconds", "--staleness-milliseconds"] {
        assert!(help.contains(option), "{option}");
    }
    let refused = program(&["--session-seconds", "0"]).output().unwrap();
    assert!(!refused.status.success());
}
