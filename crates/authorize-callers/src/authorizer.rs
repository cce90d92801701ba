use aws_lambda_events::apigw::ApiGatewayCustomAuthorizerRequest;
use lambda_runtime::Diagnostic;
use presign::clock::Clock;

use crate::answer::{Answer, admitting};
use crate::{IssuerKeys, KeysUnavailable, PublishedKeys, Refused, Settings, UsageKeys, Verified, Verifier, key_id};

/// Answers API Gateway whose a token is.
pub struct Authorizer<P> {
    keys: IssuerKeys<P>,
    verifier: Verifier,
    usage_keys: UsageKeys,
}

#[derive(Debug, thiserror::Error)]
pub enum AuthorizeError {
    #[error("the token proves nobody: {0}")]
    Unauthorized(#[from] Refused),
    #[error(transparent)]
    Keys(#[from] KeysUnavailable),
    #[error("the event names no method of an API")]
    NoMethod,
}

impl<P: PublishedKeys> Authorizer<P> {
    pub fn new(settings: Settings, published: P, now: Clock) -> Self {
        Self {
            keys: IssuerKeys::new(published, now),
            verifier: Verifier::new(settings.issuer, settings.audiences),
            usage_keys: settings.usage_keys,
        }
    }

    /// What API Gateway is to do with the bearer of a token.
    ///
    /// # Errors
    /// When the token proves nobody, or cannot be checked.
    pub async fn authorize(&self, event: &ApiGatewayCustomAuthorizerRequest) -> Result<Answer, AuthorizeError> {
        let caller = self.caller(event.authorization_token.as_deref().unwrap_or_default()).await;
        let caller = caller.inspect_err(|refused| tracing::info!(%refused, "refused a token"))?;
        let usage_key = self.usage_keys.of(&caller.name);
        tracing::info!(caller = caller.name, usage_key, "admitted a caller");
        admitting(caller, usage_key, event.method_arn.as_deref().unwrap_or_default()).ok_or(AuthorizeError::NoMethod)
    }

    async fn caller(&self, header: &str) -> Result<Verified, AuthorizeError> {
        let keys = self.keys.for_key(&key_id(header)?).await?;
        Ok(self.verifier.verify(header, &keys)?)
    }
}

impl From<AuthorizeError> for Diagnostic {
    fn from(error: AuthorizeError) -> Self {
        match error {
            // API Gateway makes 401 of this text, and 500 of every other.
            // Source: API Gateway developer guide, "Output from an API Gateway Lambda authorizer".
            AuthorizeError::Unauthorized(_) => {
                Self { error_type: "Unauthorized".to_owned(), error_message: "Unauthorized".to_owned() }
            }
            AuthorizeError::Keys(_) => {
                Self { error_type: "KeysUnavailable".to_owned(), error_message: error.to_string() }
            }
            AuthorizeError::NoMethod => Self { error_type: "NoMethod".to_owned(), error_message: error.to_string() },
        }
    }
}
