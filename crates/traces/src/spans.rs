use std::io;
use std::net::SocketAddr;

use opentelemetry::trace::TracerProvider;
use opentelemetry_aws::trace::XrayIdGenerator;
use opentelemetry_aws::xray_exporter::daemon_client::XrayDaemonClient;
use opentelemetry_aws::xray_exporter::{SegmentTranslator, XrayExporter};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing::Metadata;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{FilterExt, Targets, filter_fn};
use tracing_subscriber::{Layer, Registry};

/// What makes spans of X-Ray of those of the program.
pub(crate) type Spans = Box<dyn Layer<Registry> + Send + Sync>;

/// Why there are no spans.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    #[error("`{DAEMON}` is `{0}`, and not an IP address and a port")]
    Address(String),
    #[error("there is no socket for what X-Ray's daemon is sent: {0}")]
    Socket(#[from] io::Error),
}

/// Where Lambda's daemon listens, for datagrams.
const DAEMON: &str = "AWS_XRAY_DAEMON_ADDRESS";

/// What X-Ray can be searched by: API Gateway's id of the request, and whether the invocation was an instance's first.
const INDEXED: [&str; 2] = ["request_id", "faas.coldstart"];

/// To the daemon that Lambda runs beside the function; none elsewhere.
pub(crate) fn to_daemon_of_environment() -> Result<Option<Spans>, DaemonError> {
    let Ok(address) = std::env::var(DAEMON) else { return Ok(None) };
    let daemon = address.parse().map_err(|_| DaemonError::Address(address))?;
    to_daemon(daemon).map(Some)
}

/// A span is sent when it ends. What the trace's header does not say to sample is neither made nor sent: that is for X-Ray's rules,
/// which Lambda has asked.
///
/// # Errors
/// When the machine gives no socket. Whether there is a daemon nobody knows: it does not answer.
pub fn to_daemon(daemon: SocketAddr) -> Result<Spans, DaemonError> {
    let indexed = INDEXED.map(str::to_owned);
    let translator = SegmentTranslator::new().with_indexed_attrs(indexed).metadata_all_attrs();
    let exporter = XrayExporter::new(XrayDaemonClient::new(daemon)?).with_translator(translator);
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter)
        .with_id_generator(XrayIdGenerator::default())
        // The segment above tells which function it is.
        .with_resource(Resource::builder_empty().build())
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOff)))
        .build();
    let layer = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("presign"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false);
    // Of the SDKs it is the span that each operation is.
    let targets = Targets::new()
        .with_target("lambda_runtime::layers::otel", LevelFilter::INFO)
        .with_target("http_api", LevelFilter::INFO)
        .with_target("s3_calls", LevelFilter::INFO)
        .with_target("aws_sdk_", LevelFilter::DEBUG);
    Ok(layer.with_filter(targets.and(filter_fn(is_no_log_line))).boxed())
}

fn is_no_log_line(metadata: &Metadata<'_>) -> bool {
    metadata.is_span()
}
