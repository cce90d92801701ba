use issue_urls::Caller;
use jsonwebtoken::{DecodingKey, Validation};
use serde_json::{Map, Value, json};

use super::claims::as_api_gateway_tells_them;
use super::keys::{Key, public_keys};

/// What a token must be for.
const AUDIENCE: &str = "presign-local";
const HALF_A_DAY: u64 = 12 * 60 * 60;

/// An identity provider with two callers. Its keys are new at each start.
pub struct Issuer {
    address: String,
    keys: [Key; 2],
    tokens: Tokens,
    verifying: Vec<(&'static str, Validation, DecodingKey)>,
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
        let verifying = keys.iter().map(|key| {
            let mut validation = Validation::new(key.algorithm);
            validation.set_issuer(&[address]);
            validation.set_audience(&[AUDIENCE]);
            validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
            validation.validate_nbf = true;
            validation.leeway = 0;
            Ok((key.id, validation, key.verifying()?))
        });
        let verifying = verifying.collect::<Result<_, IssuerError>>()?;
        let tokens = tokens(address, &keys)?;
        Ok(Self { address: address.to_owned(), keys, tokens, verifying })
    }

    /// The tokens for who tries the stack out, good for half a day.
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// Whom a header `Authorization: Bearer …` proves, if its token is good. Nothing is said of what is wrong with one that is not:
    /// API Gateway says nothing either.
    pub fn caller(&self, header: &str) -> Option<Caller> {
        // API Gateway takes a token without the word too.
        let token =
            header.split_once(' ').filter(|(word, _)| word.eq_ignore_ascii_case("bearer")).map_or(header, |it| it.1);
        let id = jsonwebtoken::decode_header(token).ok()?.kid?;
        let (_, validation, key) = self.verifying.iter().find(|(known, ..)| *known == id)?;
        let claims = jsonwebtoken::decode::<Map<String, Value>>(token, key, validation).ok()?.claims;
        let name = claims.get("sub")?.as_str().filter(|name| !name.is_empty())?;
        Some(Caller::new(name).with_claims(as_api_gateway_tells_them(&claims)))
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

    fn claims(change: impl FnOnce(&mut Map<String, Value>)) -> Value {
        let mut claims = json!({"iss": HERE, "aud": AUDIENCE, "sub": "alice", "exp": 4_000_000_000_u64});
        change(claims.as_object_mut().unwrap());
        claims
    }

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
    fn a_token_that_is_not_right_in_every_way_proves_nothing() {
        let issuer = Issuer::at(HERE).unwrap();
        let [es256, _] = &issuer.keys;
        let signed = |change: fn(&mut Map<String, Value>)| es256.sign(&claims(change)).unwrap();
        assert!(issuer.caller(&signed(|_| {})).is_some());
        for (why, token) in [
            ("another issuer", signed(|claims| drop(claims.insert("iss".to_owned(), json!("https://evil.example"))))),
            ("no issuer", signed(|claims| drop(claims.remove("iss")))),
            ("another audience", signed(|claims| drop(claims.insert("aud".to_owned(), json!("another"))))),
            ("no audience", signed(|claims| drop(claims.remove("aud")))),
            ("expired", signed(|claims| drop(claims.insert("exp".to_owned(), json!(1))))),
            ("without end", signed(|claims| drop(claims.remove("exp")))),
            ("not yet valid", signed(|claims| drop(claims.insert("nbf".to_owned(), json!(4_000_000_000_u64))))),
            ("nobody's", signed(|claims| drop(claims.remove("sub")))),
            ("of another key", Issuer::at(HERE).unwrap().keys[0].sign(&claims(|_| {})).unwrap()),
            ("no token", "Bearer".to_owned()),
        ] {
            assert!(issuer.caller(&token).is_none(), "{why}");
        }
        // The header says no algorithm, and there is no signature.
        let unsigned = "eyJhbGciOiJub25lIiwia2lkIjoiZXMyNTYifQ.eyJzdWIiOiJhbGljZSJ9.";
        assert!(issuer.caller(unsigned).is_none());
    }
}
