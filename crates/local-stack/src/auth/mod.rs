//! What stands in for API Gateway's JWT authorizer: tokens of an issuer of the stack's own, checked as a deployed API checks those
//! of its identity provider.

mod issuer;
mod keys;

use std::sync::Arc;

use axum::http::request::Parts;
use clap::ValueEnum;
use issue_urls::Caller;
pub use issuer::{Issuer, IssuerError, Tokens};
use local_aws::{TokenVerifier, WebIdentity};
use serde_json::Value;

/// Who may call the local API.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Auth {
    /// Whoever reaches it, as the one caller `local`.
    #[default]
    None,
    /// Whoever has a token of the stack's own issuer.
    Jwt,
}

/// Tells who asks.
#[derive(Clone)]
pub enum Authorizer {
    OneCaller,
    Jwt(Arc<Issuer>),
}

impl Authorizer {
    /// # Errors
    /// When no keys can be made for tokens.
    pub fn new(auth: Auth, address: &str) -> Result<Self, IssuerError> {
        match auth {
            Auth::None => Ok(Self::OneCaller),
            Auth::Jwt => Ok(Self::Jwt(Arc::new(Issuer::at(address)?))),
        }
    }

    /// The tokens that are asked for, where any are.
    pub fn tokens(&self) -> Option<&Tokens> {
        match self {
            Self::OneCaller => None,
            Self::Jwt(issuer) => Some(issuer.tokens()),
        }
    }

    /// Who the bearer of a token is to STS, of the issuer at `address`; none where no tokens are issued.
    pub fn web_identity(&self, address: &str) -> Option<TokenVerifier> {
        let Self::Jwt(issuer) = self else { return None };
        let (issuer, provider) = (Arc::clone(issuer), address.to_owned());
        Some(Arc::new(move |token| {
            let caller = issuer.caller(token).ok()?;
            Some(WebIdentity { provider: provider.clone(), subject: caller.name().to_owned() })
        }))
    }

    /// What the issuer of the tokens has for everybody at this path.
    pub fn public_document(&self, path: &str) -> Option<Value> {
        match (self, path) {
            (Self::Jwt(issuer), "/.well-known/jwks.json") => Some(issuer.key_set()),
            (Self::Jwt(issuer), "/.well-known/openid-configuration") => Some(issuer.discovery()),
            _ => None,
        }
    }

    /// None where it must be refused. Why a token is, stands in the log, as that of a REST API's authorizer has it.
    pub fn caller(&self, parts: &Parts) -> Option<Caller> {
        match self {
            Self::OneCaller => Some(Caller::new("local")),
            Self::Jwt(issuer) => {
                let header = parts.headers.get(axum::http::header::AUTHORIZATION)?.to_str().ok()?;
                issuer.caller(header).inspect_err(|refused| tracing::warn!(%refused, "refused a token")).ok()
            }
        }
    }
}
