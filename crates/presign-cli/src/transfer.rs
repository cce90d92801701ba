//! `presign get` and `presign put`: with a URL of the service, from or to S3.

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use diagnosis::{Case, Input, Report};
use futures_util::stream;
use http::{Request, Response, header};
use http_body_util::{BodyExt, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use jiff::Timestamp;
use tempfile::NamedTempFile;
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::arguments::{Color, Get, Put};
use crate::outcome::{BadInput, Outcome};
use crate::render;
use crate::service::{self, Api, Body, Issued, ObjectName, UnreadFile};
use crate::terminal::{self, Look};
use crate::upload::{self, Source};

/// How long a transfer may stand still.
const STILL: Duration = Duration::from_mins(1);

/// The most of an error document that is read.
const LONGEST_ERROR: usize = diagnosis::ErrorDocument::LONGEST;

/// What is read of a file at a time.
const CHUNK: usize = 64 * 1024;

/// `presign get`
pub async fn get(arguments: &Get, color: Color, clock: fn() -> Timestamp) -> anyhow::Result<Outcome> {
    let object = ObjectName::read(&arguments.object)?;
    // Before anything is asked: where it cannot be written, nothing need be.
    let output = arguments.output.as_deref().map(Output::at).transpose()?;
    let api = Api::connect(&arguments.asking.service, clock).await?;
    let issued = api.issue(&arguments.asking, "getObject", &object, &[]).await?;
    let request = request(&issued, None)?.body(service::full(String::new()))?;
    let answer = api.http().send(request).await?;
    if !answer.status().is_success() {
        return explain(&issued, answer, color, clock()).await;
    }
    match output {
        Some(output) => output.save(answer.into_body()).await?,
        None => write_out(answer.into_body(), &mut io::stdout()).await?,
    }
    Ok(Outcome::Fine)
}

/// `presign put`
pub async fn put(arguments: &Put, color: Color, clock: fn() -> Timestamp) -> anyhow::Result<Outcome> {
    let name = arguments.file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let object =
        if arguments.object.ends_with('/') { format!("{}{name}", arguments.object) } else { arguments.object.clone() };
    let object = ObjectName::read(&object)?;
    let unreadable = |error: io::Error| BadInput(format!("`{}` cannot be read: {error}", arguments.file.display()));
    let file = File::open(&arguments.file).await.map_err(unreadable)?;
    let metadata = file.metadata().await.map_err(unreadable)?;
    if metadata.is_dir() {
        // It can be opened, and read it cannot.
        return Err(unreadable(io::ErrorKind::IsADirectory.into()).into());
    }
    let length = metadata.len();
    if length > arguments.multipart_above.saturating_mul(1024 * 1024) {
        let source = Source::open(&arguments.file).await.map_err(unreadable)?;
        return Box::pin(upload::in_parts(arguments, &object, &source, color, clock)).await;
    }
    let api = Api::connect(&arguments.asking.service, clock).await?;
    let content_type = arguments.content_type.as_deref().map(|content_type| ("contentType", content_type));
    let issued = api.issue(&arguments.asking, "putObject", &object, content_type.as_slice()).await?;
    let answer = api.http().send(request(&issued, Some(length))?.body(of_reader(file))?).await?;
    if answer.status().is_success() { Ok(Outcome::Fine) } else { explain(&issued, answer, color, clock()).await }
}

/// A request with the issued method and headers, and nothing besides.
pub fn request(issued: &Issued, length: Option<u64>) -> anyhow::Result<http::request::Builder> {
    let unusable = || anyhow::anyhow!("the service issued a URL that cannot be used");
    let method: http::Method = issued.method.parse().map_err(|_| unusable())?;
    let uri: http::Uri = issued.url.parse().map_err(|_| unusable())?;
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in &issued.headers {
        request = request.header(name, value);
    }
    Ok(match length {
        Some(length) if !issued.headers.contains_key("content-length") => {
            request.header(header::CONTENT_LENGTH, length)
        }
        _ => request,
    })
}

/// What is read of a file, as a request's body.
pub fn of_reader(reader: impl AsyncRead + Send + Sync + Unpin + 'static) -> Body {
    let frames = stream::try_unfold(reader, async |mut reader| {
        let mut chunk = vec![0; CHUNK];
        let read = reader.read(&mut chunk).await.map_err(UnreadFile)?;
        chunk.truncate(read);
        Ok((read > 0).then(|| (Frame::data(Bytes::from(chunk)), reader)))
    });
    BodyExt::boxed(StreamBody::new(frames))
}

/// A file that appears only once it is whole.
struct Output<'a> {
    path: &'a Path,
    written: NamedTempFile,
}

impl<'a> Output<'a> {
    fn at(path: &'a Path) -> Result<Self, BadInput> {
        if path.is_dir() {
            return Err(unwritable(path, io::ErrorKind::IsADirectory));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let written = NamedTempFile::new_in(folder).map_err(|error| unwritable(path, error.kind()))?;
        Ok(Self { path, written })
    }

    async fn save(mut self, body: Incoming) -> anyhow::Result<()> {
        write_out(body, self.written.as_file_mut()).await?;
        self.written.persist(self.path).map_err(|failed| unwritable(self.path, failed.error.kind()))?;
        Ok(())
    }
}

/// The errors themselves name the file that is renamed at the end.
fn unwritable(path: &Path, why: io::ErrorKind) -> BadInput {
    let path = path.display();
    match why {
        io::ErrorKind::NotFound => BadInput(format!("`{path}` cannot be written: there is no such folder")),
        why => BadInput(format!("`{path}` cannot be written: {why}")),
    }
}

async fn write_out(mut body: Incoming, out: &mut impl Write) -> anyhow::Result<()> {
    let unwritten = |error: io::Error| BadInput(format!("the download cannot be written: {error}"));
    loop {
        let frame = tokio::time::timeout(STILL, body.frame()).await.context("the download stands still")?;
        let Some(frame) = frame else { break };
        let frame = frame.map_err(|_| anyhow::anyhow!("the download broke off"))?;
        if let Some(data) = frame.data_ref() {
            out.write_all(data).map_err(unwritten)?;
        }
    }
    Ok(out.flush().map_err(unwritten)?)
}

/// S3 refused what the service issued: tells why, with what was sent and what was answered.
pub async fn explain(
    issued: &Issued,
    answer: Response<Incoming>,
    color: Color,
    now: Timestamp,
) -> anyhow::Result<Outcome> {
    let status = answer.status();
    let body = Limited::new(answer.into_body(), LONGEST_ERROR).collect();
    let body = tokio::time::timeout(STILL, body).await.context("S3's answer does not end")?;
    let body = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let document = String::from_utf8_lossy(&body);
    let target =
        issued.url.split_once("://").and_then(|(_, rest)| rest.find('/').and_then(|at| rest.split_at_checked(at)));
    let (host, target) = target.unwrap_or_default();
    let mut sent = format!("{} {target} HTTP/1.1\nhost: {host}\n", issued.method);
    for (name, value) in &issued.headers {
        sent.extend([name, ": ", value, "\n"]);
    }
    let error = document.contains("<Error").then_some(document.as_ref());
    let case = Case::read(Input { url: &issued.url, error, request: Some(&sent), now });
    let case = case.map_err(|_| anyhow::anyhow!("S3 answered {}", status.as_u16()))?;
    let report = Report::of(&case);
    terminal::print(render::report(&report, Look::of_stdout(color)).as_bytes())?;
    Ok(Outcome::CauseFound)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use tokio::io::ReadBuf;

    use super::*;
    use crate::service::Http;

    struct Broken;

    impl AsyncRead for Broken {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Err(io::Error::other("the disk is broken")))
        }
    }

    #[tokio::test]
    async fn a_file_that_ends_in_an_error_is_not_taken_for_an_address_out_of_reach() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let uri = format!("http://{}/k", listener.local_addr().unwrap());
        let request = Request::put(uri).header("content-length", 9).body(of_reader(Broken)).unwrap();
        let error = Http::new().unwrap().send(request).await.unwrap_err();
        assert_eq!(error.to_string(), "the file cannot be read: the disk is broken");
        assert_eq!(Outcome::of(&error.context("of a part")), Outcome::BadUsage);
    }
}
