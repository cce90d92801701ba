use anyhow::{Context, Result};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::client::identity::Identity;
use http::Request;

use super::Task;

/// The AWS SDK's signature without the rest of the SDK.
pub struct AwsSigv4 {
    identity: Identity,
    url: String,
}

impl AwsSigv4 {
    pub fn new(task: &Task) -> Self {
        let token = Some(task.session_token.clone());
        let credentials = Credentials::new(task.access_key_id, task.secret_access_key, token, None, "bench");
        Self { identity: credentials.into(), url: format!("https://{}/{}", task.host(), task.key) }
    }

    pub fn url(&self, task: &Task) -> Result<String> {
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(task.expires_in);
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        let parameters = SigningParams::builder()
            .identity(&self.identity)
            .region(task.region)
            .name("s3")
            .time(task.signed_at)
            .settings(settings)
            .build()?
            .into();
        let signable = SignableRequest::new("GET", &self.url, std::iter::empty(), SignableBody::UnsignedPayload)?;
        let (instructions, _) = sign(signable, &parameters)?.into_parts();
        let mut request = Request::get(&self.url).body(()).context("the URL is one")?;
        instructions.apply_to_request_http1x(&mut request);
        Ok(request.uri().to_string())
    }
}
