use std::sync::LazyLock;

use authorize_callers::Verifier;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Map, Value};

const ISSUER: &str = "https://login.example.com/";
const AUDIENCE: &str = "presign";

/// An issuer's key, new each time.
static KEY: LazyLock<(EncodingKey, [Jwk; 1])> = LazyLock::new(|| {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    let pair = EncodingKey::from_ec_der(pair.to_pkcs8v1().expect("its text").as_ref());
    let mut public = Jwk::from_encoding_key(&pair, Algorithm::ES256).expect("its public half");
    public.common.key_id = Some("a".to_owned());
    (pair, [public])
});

/// A header `Authorization`, which proves nobody, or else the claims of a token that the issuer has signed: who is taken for a caller
/// is whom the claims name, in a token of this issuer for this audience.
pub fn tokens(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (key, public) = &*KEY;
    let verifier = Verifier::new(ISSUER, vec![AUDIENCE.to_owned()]);
    assert!(verifier.verify(text, public).is_err(), "nobody but the issuer has its key");
    let Ok(claims) = serde_json::from_str::<Map<String, Value>>(text) else { return };
    let header = Header { kid: Some("a".to_owned()), ..Header::new(Algorithm::ES256) };
    let token = jsonwebtoken::encode(&header, &claims, key).expect("claims can be signed");
    let Ok(caller) = verifier.verify(&token, public) else { return };
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!(claims["sub"], caller.name.as_str());
    assert!(!caller.name.is_empty());
    assert!(claims["exp"].as_f64().is_some_and(|end| end > 1_700_000_000.0), "it has an end, which is to come");
    let audience = claims.get("aud").or(claims.get("client_id"));
    let named = audience.map(|audience| audience.as_array().cloned().unwrap_or_else(|| vec![audience.clone()]));
    assert!(named.is_some_and(|named| named.contains(&AUDIENCE.into())));
    assert!(caller.claims.keys().all(|name| claims.contains_key(name)), "no claim is made up");
}
