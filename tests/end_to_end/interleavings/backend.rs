use std::sync::LazyLock;

use axum::body::Body;
use axum::http::{Request, Response};
use end_to_end::Bench;
use http_body_util::BodyExt;
use tokio::runtime::{Builder, Runtime};

/// AWS: it lives in real time, and so in a runtime of its own. All runs share it, each with a table of its own.
static BACKEND: LazyLock<Backend> = LazyLock::new(|| {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let bench = runtime.block_on(Bench::start(&[]));
    Backend { runtime, bench }
});

struct Backend {
    runtime: Runtime,
    bench: Bench,
}

/// Carries a call out, in real time. Tokio's clock stands still meanwhile.
pub async fn call(request: Request<Vec<u8>>) -> Response<Vec<u8>> {
    let call = || {
        BACKEND.runtime.block_on(async {
            let response = BACKEND.bench.stack.aws().handle(request.map(Body::from)).await;
            let (parts, body) = response.into_parts();
            Response::from_parts(parts, body.collect().await.unwrap().to_bytes().to_vec())
        })
    };
    tokio::task::spawn_blocking(call).await.unwrap()
}

/// A new table.
pub fn create_table(name: &str) {
    BACKEND.runtime.block_on(async {
        let dynamodb = aws_sdk_dynamodb::Client::new(&BACKEND.bench.stack.sdk_config());
        url_cache::create_table(&dynamodb, name).await.unwrap();
    });
}

/// Clients of it as its administrator, who have yet to be given a network.
pub fn sdk_config() -> aws_config::SdkConfig {
    BACKEND.bench.stack.sdk_config()
}
