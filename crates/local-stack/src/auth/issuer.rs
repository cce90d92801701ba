use authorize_callers::{Refused, Verifier};
use issue_urls::Caller;
use serde_json::{Value, json};

use super::keys::{Key, public_keys};

/// What a token must be for.
const AUDIENCE: &str = "presign-local";
const HALF_A_DAY: u64 = 12 * 60 * 60;

/// An identity provider with two callers. Its keys are new at each start.
pub struct Issuer {
    address: String,
    keys: [Key; 2],
    tokens: Tokens,
    verifier: Verifier,
}

/// The tokens that the greeting prints.
#[derive(Clone)]
pub struct Tokens {
    /// Of a member of the tenant `demo`.
    pub demo: String,
    /// Of a member of the group `operators`.
    pub operator: String,
}

#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    #[error("no key can be made to sign tokens with")]
    Key(#[from] aws_lc_rs::error::Unspecified),
    #[error("no token can be signed: {0}")]
    Token(#[from] jsonwebtoken::errors::Error),
}

impl Issuer {
    /// An issuer at `address`, with keys of both kinds that API Gateway takes.
    ///
    /// # Errors
    /// When no keys can be made.
    pub fn at(address: &str) -> Result<Self, IssuerError> {
        let keys = [Key::es256()?, Key::rs256()?];
        let tokens = tokens(address, &keys)?;
        let verifier = Verifier::new(address, vec![AUDIENCE.to_owned()]);
        Ok(Self { address: address.to_owned(), keys, tokens, verifier })
    }

    /// The tokens for who tries the stack out, good for half a day.
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// Whom a header `Authorization: Bearer …` proves.
    ///
    /// # Errors
    /// When its token is not good.
    pub fn caller(&self, header: &str) -> Result<Caller, Refused> {
        let verified = self.verifier.verify(header, &public_keys(&self.keys).keys)?;
        Ok(Caller::new(verified.name).with_claims_of_authorizer(verified.claims))
    }

    /// The key set, which anybody may have.
    pub fn key_set(&self) -> Value {
        json!(public_keys(&self.keys))
    }

    /// Where the key set is, as `OpenID` Connect Discovery wants it said.
    pub fn discovery(&self) -> Value {
        json!({
            "issuer": self.address,
            "jwks_uri": format!("{}/.well-known/jwks.json", self.address),
            "id_token_signing_alg_values_supported": ["ES256", "RS256"],
        })
    }
}

fn tokens(issuer: &str, [es256, rs256]: &[Key; 2]) -> Result<Tokens, IssuerError> {
    let issued_at = jsonwebtoken::get_current_timestamp();
    let of = |subject: &str, tenant: Option<&str>, groups: &[&str]| {
        let expires_at = issued_at + HALF_A_DAY;
        json!({
            "iss": issuer, "aud": AUDIENCE, "iat": issued_at, "exp": expires_at, "sub": subject, "tenant": tenant, "groups": groups,
        })
    };
    Ok(Tokens {
        demo: es256.sign(&of("demo-user", Some("demo"), &["tenants"]))?,
        operator: rs256.sign(&of("operator", None, &["operators"]))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "http://127.0.0.1:3000";

    #[test]
    fn its_own_tokens_prove_who_has_them() {
        let issuer = Issuer::at(HERE).unwrap();
        let tokens = issuer.tokens();
        for (token, name) in [(&tokens.demo, "demo-user"), (&tokens.operator, "operator")] {
            assert_eq!(issuer.caller(&format!("Bearer {token}")).unwrap().name(), name);
            assert_eq!(issuer.caller(token).unwrap().name(), name);
        }
    }

    #[test]
    fn anothers_tokens_prove_nothing() {
        let issuer = Issuer::at(HERE).unwrap();
        let refused = |header: &str| issuer.caller(header).unwrap_err();
        assert_eq!(refused(&Issuer::at(HERE).unwrap().tokens().demo), Refused::Signature);
        assert_eq!(refused("Bearer"), Refused::Malformed);
    }
}
