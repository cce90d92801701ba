//! Requests signed with AWS credentials, for an API that is deployed with `Authorization=iam`.

use std::time::SystemTime;

use anyhow::Context;
use aws_config::BehaviorVersion;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use http::Request;

use crate::outcome::BadInput;

/// API Gateway's name in a credential scope.
const SERVICE: &str = "execute-api";

/// Whose credentials sign, and for which region.
pub struct IamSigner {
    credentials: Credentials,
    region: String,
}

impl IamSigner {
    /// With the credentials of the environment or profile, as any AWS tool finds them. The region is that of the API's own address,
    /// and behind a name of one's own the profile's.
    pub async fn of_environment(host: &str) -> anyhow::Result<Self> {
        let config =
            Box::pin(aws_config::defaults(BehaviorVersion::latest()).http_client(aws_connection::https()).load()).await;
        let provider = config.credentials_provider().context("no AWS credentials are set up here")?;
        let credentials = provider.provide_credentials().await.context("the AWS credentials cannot be had")?;
        let of_profile = || config.region().map(ToString::to_string);
        let region = region_of(host).or_else(of_profile);
        let region =
            region.ok_or_else(|| BadInput("set AWS_REGION: the API's address does not tell its region".to_owned()))?;
        Ok(Self { credentials, region })
    }

    /// Adds what API Gateway checks: the signature, its date, and the session token where there is one.
    pub fn sign<B>(&self, request: &mut Request<B>, body: &[u8], now: SystemTime) -> anyhow::Result<()> {
        let identity = self.credentials.clone().into();
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(SERVICE)
            .time(now)
            .settings(SigningSettings::default())
            .build()?
            .into();
        let uri = request.uri().to_string();
        let headers = request.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let signable = SignableRequest::new(request.method().as_str(), uri, headers, SignableBody::Bytes(body))?;
        let (instructions, _) = sign(signable, &parameters)?.into_parts();
        instructions.apply_to_request_http1x(request);
        Ok(())
    }
}

/// `API.execute-api.REGION.amazonaws.com`
fn region_of(host: &str) -> Option<String> {
    let mut labels = host.split('.').skip_while(|label| *label != SERVICE);
    labels.next()?;
    labels.next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(body: &str) -> Request<()> {
        let credentials = Credentials::new("ASIAIOSFODNN7EXAMPLE", "secret", Some("token".to_owned()), None, "test");
        let signer = IamSigner { credentials, region: "eu-central-1".to_owned() };
        let uri = "https://a1.execute-api.eu-central-1.amazonaws.com/issued?bucket=demo&prefix=a%2Fb";
        let mut request = Request::get(uri).header("content-type", "application/json").body(()).unwrap();
        let now: jiff::Timestamp = "2026-05-01T10:00:00Z".parse().unwrap();
        signer.sign(&mut request, body.as_bytes(), now.into()).unwrap();
        request
    }

    #[test]
    fn a_request_is_signed_for_api_gateway_in_its_region_with_its_body() {
        let request = signed("{}");
        let authorization = request.headers()["authorization"].to_str().unwrap();
        let scope = "Credential=ASIAIOSFODNN7EXAMPLE/20260501/eu-central-1/execute-api/aws4_request";
        assert!(authorization.contains(scope), "{authorization}");
        assert!(authorization.contains("SignedHeaders=content-type;host;x-amz-date;x-amz-security-token"));
        assert_eq!(request.headers()["x-amz-security-token"], "token");
        assert_ne!(request.headers()["authorization"], signed("{\"a\":1}").headers()["authorization"]);
    }

    #[test]
    fn the_region_is_in_the_apis_own_address() {
        assert_eq!(region_of("a1.execute-api.eu-central-1.amazonaws.com").as_deref(), Some("eu-central-1"));
        assert_eq!(region_of("a1.execute-api.cn-north-1.amazonaws.com.cn").as_deref(), Some("cn-north-1"));
        assert_eq!(region_of("presign.example.com"), None);
    }
}
