use std::collections::BTreeMap;
use std::io::SeekFrom;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use http::Response;
use hyper::body::Incoming;
use serde::Deserialize;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{Part, Progress, Remembered};
use crate::outcome::BadInput;
use crate::service::{Api, Issued, UnreadFile};
use crate::transfer;

/// A file to upload, as it was when the upload began.
pub struct Source {
    path: PathBuf,
    length: u64,
    modified: Option<u128>,
}

impl Source {
    /// # Errors
    /// When the file cannot be read.
    pub async fn open(path: &Path) -> std::io::Result<Self> {
        let path = tokio::fs::canonicalize(path).await?;
        let metadata = File::open(&path).await?.metadata().await?;
        let modified = metadata.modified().ok().and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
        Ok(Self { path, length: metadata.len(), modified: modified.map(|since| since.as_nanos()) })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn length(&self) -> u64 {
        self.length
    }

    /// In nanoseconds since 1970.
    pub fn modified(&self) -> Option<u128> {
        self.modified
    }
}

/// The URLs of some parts.
#[derive(Deserialize)]
pub struct PartUrls {
    method: String,
    parts: Vec<PartUrl>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PartUrl {
    part_number: u64,
    url: String,
    headers: BTreeMap<String, String>,
}

/// What came of sending some parts.
#[derive(Default)]
pub struct Sent {
    pub parts: Vec<Part>,
    /// Why one was not sent; S3's own words go before others.
    pub failure: Option<Unsent>,
}

/// S3's, with the URL that it refuses.
pub struct Refusal {
    pub issued: Issued,
    pub answer: Response<Incoming>,
}

pub enum Unsent {
    Refused(Box<Refusal>),
    Failed(anyhow::Error),
}

/// Sends parts, `concurrency` at once. One that fails does not stop the others.
pub async fn send(
    api: &Api,
    source: &Source,
    upload: &Remembered,
    urls: PartUrls,
    concurrency: usize,
    progress: &Progress,
) -> Sent {
    let turns = Arc::new(Semaphore::new(concurrency.max(1)));
    let mut sending = JoinSet::new();
    for PartUrl { part_number, url, headers } in urls.parts {
        let begin = (part_number - 1) * upload.part_size;
        let length = upload.part_size.min(source.length.saturating_sub(begin));
        let issued = Issued { url, method: urls.method.clone(), headers };
        let (api, path, progress, turns) = (api.clone(), source.path.clone(), progress.clone(), Arc::clone(&turns));
        sending.spawn(async move {
            let _turn = turns.acquire().await;
            match send_one(&api, &path, &issued, (begin, length)).await {
                Ok(answer) if answer.status().is_success() => match e_tag(&answer) {
                    Some(e_tag) => {
                        progress.sent(length);
                        Ok(Part { number: part_number, e_tag, size: length })
                    }
                    None => Err(Unsent::Failed(anyhow::anyhow!("S3 has not said which part it has"))),
                },
                Ok(answer) => Err(Unsent::Refused(Box::new(Refusal { issued, answer }))),
                Err(error) => Err(Unsent::Failed(error)),
            }
        });
    }
    let mut sent = Sent::default();
    while let Some(outcome) = sending.join_next().await {
        match outcome {
            Ok(Ok(part)) => sent.parts.push(part),
            Ok(Err(failure)) if matches!(failure, Unsent::Refused(_)) || sent.failure.is_none() => {
                sent.failure = Some(failure);
            }
            Ok(Err(_)) => {}
            Err(error) => sent.failure = Some(Unsent::Failed(error.into())),
        }
    }
    sent
}

fn e_tag(answer: &Response<Incoming>) -> Option<String> {
    Some(answer.headers().get("etag")?.to_str().ok()?.to_owned())
}

async fn send_one(
    api: &Api,
    path: &Path,
    issued: &Issued,
    (begin, length): (u64, u64),
) -> anyhow::Result<Response<Incoming>> {
    let unread = |error: std::io::Error| BadInput(UnreadFile(error).to_string());
    let mut file = File::open(path).await.map_err(unread)?;
    file.seek(SeekFrom::Start(begin)).await.map_err(unread)?;
    let request = transfer::request(issued, Some(length))?;
    api.http().send(request.body(transfer::of_reader(file.take(length)))?).await
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::arguments::Service;

    #[tokio::test]
    async fn a_part_that_was_not_sent_counts_for_nothing() {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("up.bin");
        std::fs::write(&file, [7; 100]).unwrap();
        let source = Source::open(&file).await.unwrap();
        let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let service = Service { api_url: format!("http://{nobody}"), token: None, iam: false };
        let api = Api::connect(&service, || jiff::Timestamp::UNIX_EPOCH).await.unwrap();
        let upload = Remembered::new("id".to_owned(), 60, &source, None);
        let progress = Progress::new(100, 60);
        let part = PartUrl { part_number: 2, url: format!("http://{nobody}/k"), headers: BTreeMap::new() };
        let urls = PartUrls { method: "PUT".to_owned(), parts: vec![part] };
        let sent = send(&api, &source, &upload, urls, 1, &progress).await;
        assert!(sent.parts.is_empty() && matches!(sent.failure, Some(Unsent::Failed(_))));
        assert_eq!(progress.position(), 60);
    }
}
