use std::net::Ipv4Addr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use axum::http::HeaderValue;
use clap::Parser;
use http_api::web_origin;

use crate::auth::Auth;

/// Runs the presigned-URL service and the AWS services it needs on this machine: an S3 that verifies signatures, DynamoDB,
/// STS, IAM and EventBridge, the API that issues, lists, revokes and diagnoses URLs, and the invalidator.
///
/// What it prints first can be pasted into a shell: any AWS tool then works against it. `PRESIGN_LOG=info` shows what the functions
/// log. Ctrl-C stops it.
#[derive(Debug, Clone, Parser)]
#[command(name = "cargo run --")]
pub struct Options {
    /// The address to listen on, which every URL then names. Containers reach 172.17.0.1, Docker's bridge; whoever reaches it
    /// needs no more than the keys printed below.
    #[arg(long, value_name = "ADDRESS", default_value_t = Ipv4Addr::LOCALHOST, value_parser = one_address)]
    pub host: Ipv4Addr,

    /// The port to listen on; 0 picks a free one.
    #[arg(long, default_value_t = 3000)]
    pub port: u16,

    /// The folder that keeps buckets, roles and cached URLs. By default `.local-stack/PORT` here; with port 0, a temporary
    /// one that is removed at the end.
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,

    /// How long a session of the signing role lives, in seconds. AWS takes no less than 900; a short one lets you watch a
    /// URL die just before its session does.
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u32).range(2..=3600))]
    pub session_seconds: u32,

    /// How long nothing is cached after a policy change, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=3600))]
    pub hold_seconds: u32,

    /// How long the issuer trusts what it last read of the cache, in milliseconds; 0 reads the table for every request.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=60_000))]
    pub staleness_milliseconds: u32,

    /// Who may call the API: whoever reaches it, or whoever has one of the tokens that are printed then.
    #[arg(long, value_enum, default_value_t)]
    pub auth: Auth,

    /// How often each caller may ask, in a second and at once, as a deployed REST API limits it. By default as often as it likes.
    #[arg(long, value_name = "REQUESTS")]
    pub caller_rate: Option<NonZeroU32>,

    /// The file of Cedar policies. By default, every caller may do everything that the bucket's profile allows; with `--auth jwt`,
    /// what infra/settings/policies.cedar permits.
    #[arg(long, value_name = "FILE")]
    pub policies: Option<PathBuf>,

    /// Whose name the sessions of the signing role bear as a tag, so that it can be revoked alone. Tokens, which say whose tenant a
    /// caller is of, come with `--auth jwt`.
    #[arg(long, value_parser = ["caller", "tenant"])]
    pub session_tag: Option<String>,

    /// A web origin whose pages may call the API and S3, such as `http://127.0.0.1:8080`. May be given more than once.
    #[arg(long, value_name = "ORIGIN", value_parser = web_origin)]
    pub cors_origin: Vec<HeaderValue>,
}

/// 0.0.0.0 is all addresses, and no address that a URL could name.
fn one_address(text: &str) -> Result<Ipv4Addr, String> {
    let address: Ipv4Addr = text.parse().map_err(|_| "it is no IPv4 address, such as 172.17.0.1".to_owned())?;
    if address.is_unspecified() { Err("URLs need one address, such as 172.17.0.1".to_owned()) } else { Ok(address) }
}
