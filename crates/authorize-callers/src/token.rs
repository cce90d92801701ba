use std::collections::BTreeMap;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Map, Value};

use crate::claims::as_texts;

/// With which a token may be signed: an issuer's private keys, never a secret that it shares.
const ALGORITHMS: [Algorithm; 5] =
    [Algorithm::RS256, Algorithm::RS384, Algorithm::RS512, Algorithm::ES256, Algorithm::ES384];

/// What a token must be for, and by whom.
#[derive(Debug, Clone)]
pub struct Verifier {
    issuer: String,
    audiences: Vec<String>,
}

/// Whom a token has proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The claim `sub`.
    pub name: String,
    /// All claims, as texts; of lists, their JSON.
    pub claims: BTreeMap<String, String>,
}

/// Why a token proves nobody. It is logged, and the client is not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("it is no JSON Web Token")]
    Malformed,
    #[error("its algorithm is none of RS256, RS384, RS512, ES256 and ES384, or not that of its key")]
    Algorithm,
    #[error("its header asks for extensions that are not known here")]
    Critical,
    #[error("its header names no key")]
    Keyless,
    #[error("its issuer has no such key")]
    UnknownKey,
    #[error("its signature is wrong")]
    Signature,
    #[error("another issuer has made it")]
    Issuer,
    #[error("it is for another audience")]
    Audience,
    #[error("it has ended")]
    Ended,
    #[error("it is not valid yet")]
    NotYet,
    #[error("it lacks `exp`, `iss` or `sub`")]
    Incomplete,
}

/// The token of a header `Authorization`. As with HTTP APIs, the word `Bearer` may be missing.
fn token(header: &str) -> &str {
    header.split_once(' ').filter(|(word, _)| word.eq_ignore_ascii_case("bearer")).map_or(header, |it| it.1)
}

/// The key that a header `Authorization` says to be of.
///
/// # Errors
/// When it is no token, or says none.
pub fn key_id(header: &str) -> Result<String, Refused> {
    let header = jsonwebtoken::decode_header(token(header)).map_err(|_| Refused::Malformed)?;
    header.kid.ok_or(Refused::Keyless)
}

impl Verifier {
    #[must_use]
    pub fn new(issuer: impl Into<String>, audiences: Vec<String>) -> Self {
        Self { issuer: issuer.into(), audiences }
    }

    /// Whom the token of a header `Authorization` proves, by the machine's time. `keys` are the issuer's.
    ///
    /// # Errors
    /// When it is not right in every way.
    pub fn verify(&self, header: &str, keys: &[Jwk]) -> Result<Verified, Refused> {
        let token = token(header);
        let parts = jsonwebtoken::decode_header(token).map_err(|_| Refused::Malformed)?;
        if !ALGORITHMS.contains(&parts.alg) {
            return Err(Refused::Algorithm);
        }
        // Extensions that must be understood: none is. Source: RFC 7515, section 4.1.11.
        if parts.crit.is_some() {
            return Err(Refused::Critical);
        }
        let id = parts.kid.ok_or(Refused::Keyless)?;
        let key = keys.iter().find(|key| is_to_sign(key, &id)).ok_or(Refused::UnknownKey)?;
        if key.common.key_algorithm.is_some_and(|algorithm| algorithm.to_string() != format!("{:?}", parts.alg)) {
            return Err(Refused::Algorithm);
        }
        let key = DecodingKey::from_jwk(key).map_err(|_| Refused::UnknownKey)?;
        let decoded = jsonwebtoken::decode::<Map<String, Value>>(token, &key, &self.validation(parts.alg));
        let claims = decoded.map_err(|error| refused(error.kind()))?.claims;
        made_before(jsonwebtoken::get_current_timestamp(), claims.get("iat"))?;
        // The library is content with a list of issuers that has this one in it, and takes an `aud` of a type that it does not know
        // for none.
        if claims.get("iss").and_then(Value::as_str) != Some(&self.issuer) {
            return Err(Refused::Issuer);
        }
        if !self.is_audience(&claims) {
            return Err(Refused::Audience);
        }
        let name = claims.get("sub").and_then(Value::as_str).filter(|name| !name.is_empty());
        let name = name.ok_or(Refused::Incomplete)?.to_owned();
        Ok(Verified { name, claims: as_texts(&claims) })
    }

    fn validation(&self, algorithm: Algorithm) -> Validation {
        let mut validation = Validation::new(algorithm);
        validation.set_issuer(&[&self.issuer]);
        validation.validate_aud = false;
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        validation.validate_nbf = true;
        validation.leeway = 0;
        validation
    }

    /// Whether the claims name one of the audiences, alone or in a list. Amazon Cognito's access tokens name a client instead.
    /// Source: API Gateway developer guide, "Control access to HTTP APIs with JWT authorizers in API Gateway".
    fn is_audience(&self, claims: &Map<String, Value>) -> bool {
        let is_one = |named: &Value| named.as_str().is_some_and(|named| self.audiences.iter().any(|it| it == named));
        match claims.get("aud").or_else(|| claims.get("client_id")) {
            Some(Value::Array(named)) => named.iter().any(is_one),
            Some(named) => is_one(named),
            None => false,
        }
    }
}

/// Whether a token was made by now, in seconds since 1970, where it says when. The library does not look.
/// Source: API Gateway developer guide, "Control access to HTTP APIs with JWT authorizers in API Gateway".
fn made_before(now: u64, made: Option<&Value>) -> Result<(), Refused> {
    let Some(made) = made else { return Ok(()) };
    let made = made.as_f64().ok_or(Refused::Malformed)?;
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 have 31 bits")]
    let now = now as f64;
    if made.floor() > now { Err(Refused::NotYet) } else { Ok(()) }
}

fn is_to_sign(key: &Jwk, id: &str) -> bool {
    let for_signatures = matches!(key.common.public_key_use, None | Some(PublicKeyUse::Signature));
    for_signatures && key.common.key_id.as_deref() == Some(id)
}

fn refused(kind: &ErrorKind) -> Refused {
    match kind {
        ErrorKind::InvalidSignature => Refused::Signature,
        ErrorKind::InvalidAlgorithm | ErrorKind::UnsupportedAlgorithm => Refused::Algorithm,
        ErrorKind::InvalidIssuer => Refused::Issuer,
        ErrorKind::ExpiredSignature => Refused::Ended,
        ErrorKind::ImmatureSignature => Refused::NotYet,
        ErrorKind::MissingRequiredClaim(_) => Refused::Incomplete,
        _ => Refused::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::signing::SigningKey;

    const ISSUER: &str = "https://login.example.com/";

    fn verifier() -> Verifier {
        Verifier::new(ISSUER, vec!["presign".to_owned(), "another".to_owned()])
    }

    fn claims(change: impl FnOnce(&mut Map<String, Value>)) -> Value {
        let mut claims = json!({"iss": ISSUER, "aud": "presign", "sub": "alice", "exp": 4_000_000_000_u64});
        change(claims.as_object_mut().unwrap());
        claims
    }

    #[test]
    fn a_token_that_is_right_proves_who_has_it() {
        for key in [SigningKey::es256("a"), SigningKey::rs256("b")] {
            let token = key.sign(&claims(|claims| drop(claims.insert("groups".to_owned(), json!(["a", "b"])))));
            for header in [format!("Bearer {token}"), format!("bearer {token}"), token] {
                let verified = verifier().verify(&header, &[key.public()]).unwrap();
                assert_eq!((verified.name.as_str(), verified.claims["groups"].as_str()), ("alice", r#"["a","b"]"#));
            }
        }
    }

    #[test]
    fn a_token_was_made_before_it_is_shown() {
        for (made, expected) in [
            (None, Ok(())),
            (Some(json!(99)), Ok(())),
            (Some(json!(100)), Ok(())),
            (Some(json!(100.9)), Ok(())),
            (Some(json!(101)), Err(Refused::NotYet)),
            (Some(json!(1e300)), Err(Refused::NotYet)),
            (Some(json!(true)), Err(Refused::Malformed)),
        ] {
            assert_eq!(made_before(100, made.as_ref()), expected, "{made:?}");
        }
    }

    #[test]
    fn a_client_of_cognito_is_an_audience() {
        let key = SigningKey::es256("a");
        let token = |client: &str| {
            key.sign(&claims(|claims| {
                claims.remove("aud");
                claims.insert("client_id".to_owned(), json!(client));
            }))
        };
        assert!(verifier().verify(&token("presign"), &[key.public()]).is_ok());
        assert_eq!(verifier().verify(&token("stranger"), &[key.public()]), Err(Refused::Audience));
    }

    #[test]
    fn a_token_that_is_not_right_in_every_way_proves_nobody() {
        let (key, another) = (SigningKey::es256("a"), SigningKey::es256("a"));
        let signed = |change: fn(&mut Map<String, Value>)| key.sign(&claims(change));
        let mut forged = signed(|_| {});
        forged.truncate(forged.len() - 8);
        forged.push_str("AAAAAAAA");
        for (refused, token) in [
            (Refused::Issuer, signed(|claims| drop(claims.insert("iss".to_owned(), json!("https://evil.example"))))),
            (Refused::Incomplete, signed(|claims| drop(claims.insert("iss".to_owned(), json!(7))))),
            (Refused::Issuer, signed(|claims| drop(claims.insert("iss".to_owned(), json!([ISSUER, "evil"]))))),
            (Refused::Incomplete, signed(|claims| drop(claims.remove("iss")))),
            (Refused::Audience, signed(|claims| drop(claims.insert("aud".to_owned(), json!("a stranger"))))),
            (Refused::Audience, signed(|claims| drop(claims.insert("aud".to_owned(), json!(7))))),
            (Refused::Audience, signed(|claims| drop(claims.insert("aud".to_owned(), json!([]))))),
            (Refused::Audience, signed(|claims| drop(claims.remove("aud")))),
            (Refused::Ended, signed(|claims| drop(claims.insert("exp".to_owned(), json!(1))))),
            (Refused::Incomplete, signed(|claims| drop(claims.remove("exp")))),
            (Refused::Incomplete, signed(|claims| drop(claims.insert("exp".to_owned(), json!("4000000000"))))),
            (Refused::Malformed, signed(|claims| drop(claims.insert("nbf".to_owned(), json!(true))))),
            (Refused::NotYet, signed(|claims| drop(claims.insert("nbf".to_owned(), json!(4_000_000_000_u64))))),
            (Refused::NotYet, signed(|claims| drop(claims.insert("iat".to_owned(), json!(3_999_999_999_u64))))),
            (Refused::Malformed, signed(|claims| drop(claims.insert("iat".to_owned(), json!("1"))))),
            (Refused::Malformed, signed(|claims| drop(claims.insert("iat".to_owned(), json!(null))))),
            (Refused::Incomplete, signed(|claims| drop(claims.remove("sub")))),
            (Refused::Incomplete, signed(|claims| drop(claims.insert("sub".to_owned(), json!(""))))),
            (Refused::Incomplete, signed(|claims| drop(claims.insert("sub".to_owned(), json!(7))))),
            (Refused::Signature, another.sign(&claims(|_| {}))),
            (Refused::Signature, forged),
            (Refused::UnknownKey, SigningKey::es256("b").sign(&claims(|_| {}))),
            (Refused::Malformed, "Bearer".to_owned()),
            (Refused::Malformed, String::new()),
        ] {
            assert_eq!(verifier().verify(&token, &[key.public()]), Err(refused), "{refused}");
        }
    }

    #[test]
    fn an_extension_that_must_be_understood_is_not() {
        let key = SigningKey::es256("a");
        let token = key.sign_with(&claims(|_| {}), |header| header.crit = Some(vec!["b64".to_owned()]));
        assert_eq!(verifier().verify(&token, &[key.public()]), Err(Refused::Critical));
    }

    #[test]
    fn a_key_is_for_its_own_algorithm_and_for_signatures() {
        let key = SigningKey::rs256("a");
        let token = key.sign(&claims(|_| {}));
        let mut of_another = key.public();
        of_another.common.key_algorithm = "RS512".parse().ok();
        assert_eq!(verifier().verify(&token, &[of_another]), Err(Refused::Algorithm));
        let mut to_encrypt = key.public();
        to_encrypt.common.public_key_use = Some(PublicKeyUse::Encryption);
        assert_eq!(verifier().verify(&token, &[to_encrypt]), Err(Refused::UnknownKey));
        assert_eq!(verifier().verify(&token, &[SigningKey::es256("a").public()]), Err(Refused::Algorithm));
    }

    #[test]
    fn no_algorithm_and_no_shared_secret_proves_anything() {
        let key = SigningKey::rs256("a");
        // The public key as the secret of an HMAC: its text is known to everybody.
        let public = serde_json::to_vec(&key.public()).unwrap();
        let header = jsonwebtoken::Header { kid: Some("a".to_owned()), ..jsonwebtoken::Header::new(Algorithm::HS256) };
        let secret = jsonwebtoken::EncodingKey::from_secret(&public);
        let shared = jsonwebtoken::encode(&header, &claims(|_| {}), &secret).unwrap();
        assert_eq!(verifier().verify(&shared, &[key.public()]), Err(Refused::Algorithm));
        // The header says `none`, and there is no signature.
        let unsigned = "eyJhbGciOiJub25lIiwia2lkIjoiYSJ9.eyJzdWIiOiJhbGljZSJ9.";
        assert_eq!(verifier().verify(unsigned, &[key.public()]), Err(Refused::Malformed));
    }
}
