use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RsaKeyPair};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, EncodingKey, Header};

use super::IssuerError;

/// A key pair that signs tokens.
pub struct Key {
    pub algorithm: Algorithm,
    pub id: &'static str,
    signing: EncodingKey,
    public: Jwk,
}

impl Key {
    /// A new pair on the curve P-256.
    pub fn es256() -> Result<Self, IssuerError> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
        Self::new(Algorithm::ES256, "es256", EncodingKey::from_ec_der(pair.to_pkcs8v1()?.as_ref()))
    }

    /// A new pair of RSA keys.
    pub fn rs256() -> Result<Self, IssuerError> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048)?;
        let der = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair)?;
        // As PEM it may be PKCS #8, which is what can be had; as DER it may not.
        let der: &[u8] = der.as_ref();
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", BASE64_STANDARD.encode(der));
        Self::new(Algorithm::RS256, "rs256", EncodingKey::from_rsa_pem(pem.as_bytes())?)
    }

    fn new(algorithm: Algorithm, id: &'static str, signing: EncodingKey) -> Result<Self, IssuerError> {
        let mut public = Jwk::from_encoding_key(&signing, algorithm)?;
        public.common.key_id = Some(id.to_owned());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self { algorithm, id, signing, public })
    }

    /// A token of these claims.
    pub fn sign(&self, claims: &serde_json::Value) -> Result<String, IssuerError> {
        let header = Header { kid: Some(self.id.to_owned()), ..Header::new(self.algorithm) };
        Ok(jsonwebtoken::encode(&header, claims, &self.signing)?)
    }
}

/// The public halves, as an issuer serves them (RFC 7517).
pub fn public_keys(keys: &[Key]) -> JwkSet {
    JwkSet { keys: keys.iter().map(|key| key.public.clone()).collect() }
}
