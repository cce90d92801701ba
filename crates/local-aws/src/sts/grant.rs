//! A session that is given out, and how answers tell it.

use std::collections::BTreeMap;

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};

use crate::clock::seconds;
use crate::crypto;
use crate::iam::policy::Policy;
use crate::identity::{Caller, Directory, Holder, Session};
use crate::query::{Parameters, QueryError};
use crate::xml::Xml;

const POLICY_CHARACTERS: usize = 2048;

/// What a session is to be like.
pub struct Wanted {
    pub holder: Holder,
    pub name: String,
    /// Seconds.
    pub duration: u32,
    pub policy: Option<String>,
    pub source_identity: Option<String>,
    pub tags: BTreeMap<String, String>,
}

/// A session, with the keys that go with it.
pub struct Grant {
    session: Session,
    secret: String,
    token: String,
}

impl Grant {
    pub fn new(wanted: Wanted, directory: &Directory) -> Result<Self, QueryError> {
        let Wanted { holder, name, duration, policy, source_identity, tags } = wanted;
        let issued_at = whole_seconds(directory.clock.now());
        let expires_at = issued_at + SignedDuration::from_secs(i64::from(duration));
        let access_key_id = crypto::identifier("ASIA", 16).map_err(internal)?;
        let session = Session { access_key_id, holder, name, issued_at, expires_at, policy, source_identity, tags };
        let master_key = directory.roles.master_key();
        let secret = master_key.secret(&session.access_key_id);
        let token = master_key.seal(&session).map_err(internal)?;
        Ok(Self { session, secret, token })
    }

    /// The element `Credentials`.
    pub fn credentials(&self, xml: Xml) -> Xml {
        xml.element("Credentials", |xml| {
            xml.text("AccessKeyId", &self.session.access_key_id)
                .text("SecretAccessKey", &self.secret)
                .text("SessionToken", &self.token)
                .text("Expiration", &seconds(self.session.expires_at))
        })
    }

    /// Whoever has it.
    pub fn caller(&self) -> Caller {
        Caller::Session(Box::new(self.session.clone()))
    }
}

/// The parameter `Policy`, as far as it is there.
pub fn session_policy(parameters: &Parameters) -> Result<Option<String>, QueryError> {
    let Some(document) = parameters.get("Policy") else { return Ok(None) };
    if document.chars().count() > POLICY_CHARACTERS {
        let message = format!("a session policy has at most {POLICY_CHARACTERS} characters");
        return Err(QueryError::invalid(message));
    }
    // Source: AWS STS API reference, `AssumeRole`, `Policy`.
    if let Some(c) = document.chars().find(|c| !matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}')) {
        return Err(QueryError::invalid(format!("a session policy has no character beyond U+00FF, as {c:?} is")));
    }
    Policy::parse(document)
        .map_err(|error| QueryError::new(StatusCode::BAD_REQUEST, "MalformedPolicyDocument", error.to_string()))?;
    Ok(Some(document.to_owned()))
}

/// Sessions are issued and expire on whole seconds.
fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

fn internal(error: impl std::error::Error) -> QueryError {
    QueryError::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure", error.to_string())
}
