//! What the functions make their AWS clients from: the environment's settings, and one HTTPS client for all of them.

mod https_on_first_use;

use aws_config::{BehaviorVersion, SdkConfig};
use https_on_first_use::HttpsOnFirstUse;

/// The SDK's settings, as the environment has them. Nothing is connected, and no root certificate is read, before the first
/// request.
pub async fn of_environment() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest()).http_client(HttpsOnFirstUse::default()).load().await
}
