use std::error::Error;
use std::io::{self, ErrorKind};
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use http::header::{HeaderMap, RANGE};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use https_connector::{CONNECT, Connector, https_connector};
use hyper::body::Incoming;
use hyper_util::client::legacy::{self, Client};
use hyper_util::rt::TokioExecutor;
use presign::multipart::S3Request;
use presign::presigned_url::PresignedUrl;
use serde::Deserialize;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use crate::{CompletedUpload, CreatedUpload, Parts, Reading, S3CallError, answers};

type Http = Client<Connector, Full<Bytes>>;

/// How long S3 has to answer, its whole answer included. To complete a large upload it may take minutes; API Gateway gives up
/// after 29 or 30 seconds, and who asks again then finds it done.
const PATIENCE: Duration = Duration::from_secs(25);
/// How long S3 is left alone that is asked too much.
const SLOWED_DOWN: Duration = Duration::from_millis(300);
/// How long a connection waits for the next call. S3 closes it after some more seconds.
const IDLE: Duration = Duration::from_secs(5);
/// A thousand parts with their checksums take a third of it.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// A client that sends requests as they are signed. It reads the machine's certificates at the first call: most instances of the
/// function never make one.
#[derive(Debug, Default)]
pub struct S3Calls(OnceLock<Http>);

impl S3Calls {
    /// Sends the request that creates an upload.
    ///
    /// # Errors
    /// When S3 refuses it or does not answer.
    pub async fn create_upload(&self, request: &S3Request, url: &PresignedUrl) -> Result<CreatedUpload, S3CallError> {
        let answer = self.send("CreateMultipartUpload", request, url).await?;
        answer.read()
    }

    /// Sends the request that makes an object of an upload.
    ///
    /// # Errors
    /// When S3 refuses it, which it may do late, or does not answer.
    pub async fn complete_upload(
        &self,
        request: &S3Request,
        url: &PresignedUrl,
    ) -> Result<CompletedUpload, S3CallError> {
        let answer = self.send("CompleteMultipartUpload", request, url).await?;
        let completed: CompletedUpload = answer.read().map_err(|error| {
            if answer.another_was_lost && error.is_no_such_upload() { S3CallError::MaybeCompleted } else { error }
        })?;
        let version_id = answer.headers.get("x-amz-version-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
        Ok(CompletedUpload { version_id, ..completed })
    }

    /// Sends the request that aborts an upload. One that is gone when it is sent again is aborted.
    ///
    /// # Errors
    /// When S3 refuses it or does not answer.
    pub async fn abort_upload(&self, request: &S3Request, url: &PresignedUrl) -> Result<(), S3CallError> {
        let answer = self.send("AbortMultipartUpload", request, url).await?;
        answer.success().or_else(
            |error| {
                if answer.another_was_lost && error.is_no_such_upload() { Ok(()) } else { Err(error) }
            },
        )
    }

    /// Sends the request that lists an upload's parts.
    ///
    /// # Errors
    /// When S3 refuses it or does not answer.
    pub async fn list_parts(&self, request: &S3Request, url: &PresignedUrl) -> Result<Parts, S3CallError> {
        let answer = self.send("ListParts", request, url).await?;
        answer.read()
    }

    /// Sends the request that uploads a part, with no bytes.
    ///
    /// # Errors
    /// When S3 refuses it or does not answer.
    pub async fn upload_part(&self, request: &S3Request, url: &PresignedUrl) -> Result<(), S3CallError> {
        let answer = self.send("UploadPart", request, url).await?;
        answer.success()
    }

    /// Uses a URL to read or look, as its holder would, but for the bytes: none is read. Of an object only the first is asked for,
    /// unless the URL binds another range, or a part, of which S3 gives no range.
    /// Source: Amazon S3 API reference, "Error responses": `InvalidRequest`, "Cannot specify both Range header and partNumber query
    /// parameter".
    ///
    /// # Errors
    /// When S3 refuses it or does not answer.
    pub async fn try_reading<N: AsRef<str>>(
        &self,
        reading: Reading,
        headers: &[(N, String)],
        url: &PresignedUrl,
    ) -> Result<(), S3CallError> {
        let mut built = Request::builder().method(reading.method()).uri(url.expose());
        for (name, value) in headers {
            built = built.header(name.as_ref(), value);
        }
        let binds_a_range = headers.iter().any(|(name, _)| name.as_ref() == "range") || has_part_number(url);
        let of_our_own = reading == Reading::Get && !binds_a_range;
        if of_our_own {
            built = built.header(RANGE, "bytes=0-0");
        }
        let sent = built.body(Full::default()).map_err(malformed)?;
        let span = span_of(reading.operation());
        let tried = async {
            let (response, _) = self.answer_to(sent).await?;
            let status = response.status();
            span.record(STATUS, status.as_u16());
            // An empty object has no first byte.
            if status.is_success() || (of_our_own && status == StatusCode::RANGE_NOT_SATISFIABLE) {
                return Ok(());
            }
            let body = Limited::new(response.into_body(), LONGEST_ANSWER).collect().await;
            let body = body.map_err(|error| unreachable(error.as_ref()))?.to_bytes();
            Err(S3CallError::refused(status.as_u16(), &String::from_utf8_lossy(&body)))
        };
        tokio::time::timeout(PATIENCE, tried).instrument(span.clone()).await.map_err(|_| S3CallError::TooSlow)?
    }

    /// What S3 answers.
    async fn send(
        &self,
        operation: &'static str,
        request: &S3Request,
        url: &PresignedUrl,
    ) -> Result<Answer, S3CallError> {
        let mut built = Request::builder().method(request.method).uri(url.expose());
        for (name, value) in &request.headers {
            built = built.header(name.as_ref(), value);
        }
        let sent = built.body(Full::from(request.body.clone())).map_err(malformed)?;
        let answer = async {
            let (response, another_was_lost) = self.answer_to(sent).await?;
            let (parts, body) = response.into_parts();
            let body = Limited::new(body, LONGEST_ANSWER).collect().await;
            let body = body.map_err(|error| unreachable(error.as_ref()))?.to_bytes();
            let body = String::from_utf8_lossy(&body).into_owned();
            Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body, another_was_lost })
        };
        let span = span_of(operation);
        let answer = tokio::time::timeout(PATIENCE, answer).instrument(span.clone()).await;
        let answer: Answer = answer.map_err(|_| S3CallError::TooSlow)??;
        span.record(STATUS, answer.status);
        Ok(answer)
    }

    /// The beginning of the answer, of which the body has yet to come. S3 closes connections that nobody uses for a while, and
    /// says "later" at times: what it has not answered, or answered so, is sent once more. Beside it stands whether another answer was
    /// lost, so that S3 may have done it before.
    ///
    /// To list, to abort, to complete and to try is the same when it is done twice, but that S3 may know an upload no more that it
    /// has aborted or completed the first time. An upload that is created twice leaves an empty one. It costs nothing, and stays until
    /// a lifecycle rule of the bucket, if it has one, removes it.
    async fn answer_to(&self, request: Request<Full<Bytes>>) -> Result<(Response<Incoming>, bool), S3CallError> {
        let http = self.http()?;
        let lost = match http.request(request.clone()).await {
            Ok(answer) if answer.status() != StatusCode::SERVICE_UNAVAILABLE => return Ok((answer, false)),
            Ok(_) => {
                tokio::time::sleep(SLOWED_DOWN).await;
                false
            }
            Err(error) if hung_up(&error) => true,
            Err(error) => return Err(unreachable(&error)),
        };
        let answer = http.request(request).await.map_err(|error| unreachable(&error))?;
        Ok((answer, lost))
    }

    fn http(&self) -> Result<&Http, S3CallError> {
        if let Some(http) = self.0.get() {
            return Ok(http);
        }
        let http = connect().map_err(|error| unreachable(&error))?;
        Ok(self.0.get_or_init(|| http))
    }
}

/// As the AWS SDKs have one for each call.
fn span_of(operation: &'static str) -> Span {
    tracing::info_span!(
        "S3",
        rpc.system = "aws-api",
        rpc.service = "S3",
        rpc.method = operation,
        http.response.status_code = Empty
    )
}

/// The span's field of what S3 has answered with.
const STATUS: &str = "http.response.status_code";

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
    another_was_lost: bool,
}

impl Answer {
    fn success(&self) -> Result<(), S3CallError> {
        let success = StatusCode::from_u16(self.status).is_ok_and(|status| status.is_success());
        if success { Ok(()) } else { Err(S3CallError::refused(self.status, &self.body)) }
    }

    fn read<'a, T: Deserialize<'a>>(&'a self) -> Result<T, S3CallError> {
        self.success()?;
        answers::read(self.status, &self.body)
    }
}

fn has_part_number(url: &PresignedUrl) -> bool {
    let query = url.expose().split_once('?').map(|(_, query)| query).unwrap_or_default();
    query.split('&').any(|parameter| parameter.starts_with("partNumber="))
}

/// No redirect is followed: a signature is good for one address.
fn connect() -> Result<Http, rustls::Error> {
    let mut builder = Client::builder(TokioExecutor::new());
    // Without a timer of the pool, how old a connection is, is seen at the next call.
    builder.pool_idle_timeout(IDLE);
    Ok(builder.build(https_connector(Some(CONNECT))?))
}

/// Cannot happen, for what is signed is well-formed; and the error of `http` would say no more.
fn malformed(_: http::Error) -> S3CallError {
    S3CallError::Unreachable("the request is malformed".to_owned())
}

/// Whether a connection that was there is gone before an answer has come over it.
fn hung_up(error: &legacy::Error) -> bool {
    let first: &(dyn Error + 'static) = error;
    !error.is_connect() && std::iter::successors(Some(first), |&error| error.source()).any(is_hanging_up)
}

fn is_hanging_up(error: &(dyn Error + 'static)) -> bool {
    if let Some(error) = error.downcast_ref::<hyper::Error>() {
        return error.is_incomplete_message() || error.is_closed() || error.is_canceled();
    }
    // TLS that ends without a word is an end that was not expected.
    let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
    matches!(kind, Some(ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof))
}

/// What an error is about at bottom. The outer ones may quote the request.
fn unreachable(error: &(dyn Error + 'static)) -> S3CallError {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    S3CallError::Unreachable(cause.to_string())
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    /// Reads a request that has no body.
    async fn heard(stream: &mut TcpStream) -> String {
        let mut heard = String::new();
        while !heard.ends_with("\r\n\r\n") {
            let mut some = [0; 1024];
            let length = stream.read(&mut some).await.unwrap();
            assert!(length > 0, "it ends with {heard:?}");
            heard += std::str::from_utf8(&some[..length]).unwrap();
        }
        heard
    }

    #[tokio::test]
    async fn a_trial_asks_for_one_byte_unless_the_url_binds_a_range_or_a_part() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut requests = vec![];
            for _ in 0..4 {
                requests.push(heard(&mut stream).await);
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
            }
            requests
        });
        let calls = S3Calls::default();
        let signed = [("range", "bytes=5-9".to_owned())];
        for (reading, path, headers) in [
            (Reading::Get, "k?X-Amz-Expires=60", &[][..]),
            (Reading::Get, "k?X-Amz-Expires=60&partNumber=2", &[]),
            (Reading::Get, "k?X-Amz-Expires=60", &signed),
            (Reading::Head, "k?X-Amz-Expires=60", &[]),
        ] {
            calls.try_reading(reading, headers, &PresignedUrl::new(format!("http://{address}/{path}"))).await.unwrap();
        }
        let ranges = requests.await.unwrap().into_iter().map(|request| {
            let line = request.lines().find_map(|line| line.strip_prefix("range: "));
            line.map(str::to_owned)
        });
        let expected = [Some("bytes=0-0".to_owned()), None, Some("bytes=5-9".to_owned()), None];
        assert_eq!(ranges.collect::<Vec<_>>(), expected);
    }

    const NOTHING: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";
    const SLOW_DOWN: &[u8] = b"HTTP/1.1 503 Slow Down\r\ncontent-length: 56\r\n\r\n\
        <Error><Code>SlowDown</Code><Message>m</Message></Error>";

    /// A server that answers each request of each connection so, and hangs up; and how many requests it has heard.
    async fn server(connections: Vec<Vec<&'static [u8]>>) -> (PresignedUrl, tokio::task::JoinHandle<usize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = PresignedUrl::new(format!("http://{}/k?uploadId=u", listener.local_addr().unwrap()));
        let heard = tokio::spawn(async move {
            let mut requests = 0;
            for answers in connections {
                let (mut stream, _) = listener.accept().await.unwrap();
                for answer in answers {
                    heard(&mut stream).await;
                    requests += 1;
                    stream.write_all(answer).await.unwrap();
                }
            }
            requests
        });
        (url, heard)
    }

    fn abortion() -> S3Request {
        S3Request { method: "DELETE", query: vec![], headers: vec![], body: String::new() }
    }

    #[tokio::test]
    async fn what_a_connection_that_ends_leaves_unanswered_is_sent_once_more() {
        // It answers the first request, hears the second and is gone.
        let (url, requests) = server(vec![vec![NOTHING, b""], vec![NOTHING]]).await;
        let calls = S3Calls::default();
        for _ in 0..2 {
            calls.abort_upload(&abortion(), &url).await.unwrap();
        }
        assert_eq!(requests.await.unwrap(), 3);

        let (url, requests) = server(vec![vec![b""], vec![b""], vec![]]).await;
        let error = calls.abort_upload(&abortion(), &url).await.unwrap_err();
        assert!(matches!(error, S3CallError::Unreachable(_)), "{error}");
        requests.abort();
    }

    const GONE: &[u8] = b"HTTP/1.1 404 Not Found\r\ncontent-length: 60\r\n\r\n\
        <Error><Code>NoSuchUpload</Code><Message>m</Message></Error>";

    #[tokio::test]
    async fn an_upload_that_is_gone_when_its_end_is_asked_for_again_is_not_said_never_to_have_been() {
        let calls = S3Calls::default();
        let completion = || S3Request { method: "POST", ..abortion() };
        let (url, _) = server(vec![vec![b""], vec![GONE]]).await;
        calls.abort_upload(&abortion(), &url).await.unwrap();
        let (url, _) = server(vec![vec![b""], vec![GONE]]).await;
        let error = calls.complete_upload(&completion(), &url).await.unwrap_err();
        assert_eq!(error, S3CallError::MaybeCompleted);

        for answers in [vec![GONE], vec![SLOW_DOWN, GONE]] {
            let (url, _) = server(vec![answers.clone()]).await;
            assert!(calls.abort_upload(&abortion(), &url).await.unwrap_err().is_no_such_upload());
            let (url, _) = server(vec![answers]).await;
            assert!(calls.complete_upload(&completion(), &url).await.unwrap_err().is_no_such_upload());
        }
    }

    #[tokio::test]
    async fn a_part_is_uploaded_though_the_answer_has_no_body() {
        let (url, _) = server(vec![vec![b"HTTP/1.1 200 OK\r\netag: \"e\"\r\ncontent-length: 0\r\n\r\n"]]).await;
        let part = S3Request { method: "PUT", ..abortion() };
        assert_eq!(S3Calls::default().upload_part(&part, &url).await, Ok(()));
    }

    #[tokio::test]
    async fn what_comes_too_fast_is_sent_once_more_after_a_while() {
        let calls = S3Calls::default();
        let (url, requests) = server(vec![vec![SLOW_DOWN, NOTHING]]).await;
        calls.abort_upload(&abortion(), &url).await.unwrap();
        assert_eq!(requests.await.unwrap(), 2);

        let (url, requests) = server(vec![vec![SLOW_DOWN, SLOW_DOWN]]).await;
        let error = calls.abort_upload(&abortion(), &url).await.unwrap_err();
        assert!(matches!(error, S3CallError::Refused { status: 503, ref code, .. } if code == "SlowDown"), "{error}");
        assert_eq!(requests.await.unwrap(), 2);

        let (url, requests) = server(vec![vec![SLOW_DOWN], vec![NOTHING]]).await;
        calls.try_reading(Reading::Get, &[] as &[(&str, String)], &url).await.unwrap();
        assert_eq!(requests.await.unwrap(), 2, "it hung up besides");
    }
}
