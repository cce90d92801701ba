//! What the functions make their AWS clients from: the environment's settings, and one HTTPS client for all of them. And how
//! they wait for what they call.

mod connections;
mod environment;
mod failure;
mod https_on_first_use;
mod in_time;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::HttpClient;
use environment::{OfServices, is_true, variable};
use https_on_first_use::HttpsOnFirstUse;
pub use in_time::in_time;

/// The SDK's settings, as Lambda's environment has them: credentials, region and endpoints are its variables. The SDK's own
/// loader would bring along all other places that credentials may come from, which no function has. Nothing is connected, and
/// no root certificate is read, before the first request.
#[must_use]
pub fn of_environment() -> SdkConfig {
    let mut settings = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .region(variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION")).map(Region::new))
        .service_config(OfServices)
        .use_fips(is_true("AWS_USE_FIPS_ENDPOINT"))
        .use_dual_stack(is_true("AWS_USE_DUALSTACK_ENDPOINT"))
        .http_client(https());
    settings.set_endpoint_url(variable("AWS_ENDPOINT_URL"));
    settings.build()
}

/// The HTTPS client of all that speaks to AWS. The SDKs are built without theirs.
#[must_use]
pub fn https() -> impl HttpClient + 'static {
    HttpsOnFirstUse::default()
}
