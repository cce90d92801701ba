use std::path::{Path, PathBuf};

use cedar_policy::{EntityUid, Policy, PolicyId, PolicySet, get_sdk_version};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use sha2::{Digest, Sha256};

use crate::PoliciesError;
use crate::rules::{Rules, Unreadable, Written, about};
use crate::schema::SCHEMA;
use crate::terms::Terms;

/// Policies that were checked before they were deployed, as Cedar writes them in JSON. A start that finds them beside the file of
/// policies has no text to read, and nothing to check.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checked {
    /// The digest of what was checked.
    of: String,
    policies: Vec<CheckedPolicy>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckedPolicy {
    id: String,
    /// Whom or what its head names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    about: Option<Named>,
    policy: Box<RawValue>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    #[serde(rename = "type")]
    kind: String,
    id: String,
}

/// Where the checked policies of a file are.
#[must_use]
pub fn checked_beside(policies: &Path) -> PathBuf {
    policies.with_extension("checked.json")
}

impl Checked {
    /// Of this text, which these policies stand in; they fit the schema.
    pub fn new(text: &str, policies: &PolicySet) -> Result<Self, PoliciesError> {
        let policies = policies.policies().map(CheckedPolicy::new).collect::<Result<_, _>>()?;
        Ok(Self { of: digest(text), policies })
    }

    /// Whether it is this text that was checked, by this version of Cedar, against the schema of today.
    pub fn is_of(&self, text: &str) -> bool {
        self.of == digest(text)
    }

    /// # Errors
    /// When one that is about all is no policy.
    pub fn rules(self, terms: &Terms) -> Result<Rules, Unreadable> {
        Rules::written(self.policies.into_iter().map(|CheckedPolicy { id, about, policy }| {
            let about = about.and_then(|Named { kind, id }| terms.named(&kind, &id));
            (about, Written { id: PolicyId::new(id), json: policy })
        }))
    }
}

impl CheckedPolicy {
    fn new(policy: &Policy) -> Result<Self, PoliciesError> {
        let unwritable = |error: &dyn ToString| PoliciesError::Unwritable(error.to_string());
        let json = policy.to_json().map_err(|error| unwritable(&error))?;
        let named = |uid: EntityUid| Named { kind: uid.type_name().to_string(), id: uid.id().unescaped().to_owned() };
        Ok(Self {
            id: policy.id().to_string(),
            about: about(policy).map(named),
            policy: to_raw_value(&json).map_err(|error| unwritable(&error))?,
        })
    }
}

fn digest(text: &str) -> String {
    let cedar = get_sdk_version().to_string();
    let digest = [SCHEMA, &cedar, text].into_iter().fold(Sha256::new(), |digest, part| {
        // None of the first two has the byte that sets them apart.
        digest.chain_update(part).chain_update([0])
    });
    hex::encode(digest.finalize())
}
