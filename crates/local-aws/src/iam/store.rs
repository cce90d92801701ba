//! Roles and the master key, kept in one JSON file.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::policy::{Facts, MalformedPolicy, Policy, TrustPolicy, Verdict};
use crate::identity::MasterKey;

/// A role and its inline policies: the documents as they were put, and as the evaluator reads them.
#[derive(Debug, Clone)]
pub struct Role {
    pub name: String,
    pub id: String,
    pub path: String,
    pub description: Option<String>,
    pub created_at: Timestamp,
    pub max_session_duration: u32,
    pub trust_document: String,
    pub trust: TrustPolicy,
    pub policies: BTreeMap<String, InlinePolicy>,
}

/// One inline policy.
#[derive(Debug, Clone)]
pub struct InlinePolicy {
    pub document: String,
    parsed: Policy,
}

impl InlinePolicy {
    /// Reads a document.
    ///
    /// # Errors
    /// When the evaluator cannot honour it.
    pub fn parse(document: String) -> Result<Self, MalformedPolicy> {
        Ok(Self { parsed: Policy::parse(&document)?, document })
    }
}

impl Role {
    /// The role's ARN, path included.
    #[must_use]
    pub fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:role{}{}", self.path, self.name)
    }

    /// What all inline policies together say.
    #[must_use]
    pub fn verdict(&self, action: &str, resource: &str, facts: &Facts) -> Verdict {
        let mut together = Verdict::Silent;
        for policy in self.policies.values() {
            match policy.parsed.verdict(action, resource, facts) {
                Verdict::Deny => return Verdict::Deny,
                Verdict::Allow => together = Verdict::Allow,
                Verdict::Silent => {}
            }
        }
        together
    }
}

type Roles = BTreeMap<String, Arc<Role>>;

/// The account's roles. Every change is on disk before it takes effect.
#[derive(Debug)]
pub struct RoleStore {
    path: PathBuf,
    master_key: MasterKey,
    roles: Mutex<Roles>,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("cannot read or write `{path}`")]
    File { path: PathBuf, source: io::Error },
    #[error("`{path}` does not hold the local account's roles")]
    Format { path: PathBuf, source: serde_json::Error },
    #[error("the policy of role `{role}` cannot be read")]
    Policy { role: String, source: MalformedPolicy },
    #[error("no randomness for a key")]
    Random(#[source] getrandom::Error),
}

#[derive(Serialize, Deserialize)]
struct File {
    master_key: MasterKey,
    roles: BTreeMap<String, RoleRecord>,
}

#[derive(Serialize, Deserialize)]
struct RoleRecord {
    id: String,
    path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    created_at: Timestamp,
    max_session_duration: u32,
    trust: String,
    policies: BTreeMap<String, String>,
}

impl RoleStore {
    /// Opens the file, or makes it with a new master key.
    ///
    /// # Errors
    /// When the file cannot be read, understood or made.
    pub fn open(path: PathBuf) -> Result<Self, StoreError> {
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let master_key = MasterKey::generate().map_err(StoreError::Random)?;
                let store = Self { path, master_key, roles: Mutex::default() };
                store.write(&Roles::new())?;
                return Ok(store);
            }
            Err(source) => return Err(StoreError::File { path, source }),
        };
        let file: File = match serde_json::from_slice(&text) {
            Ok(file) => file,
            Err(source) => return Err(StoreError::Format { path, source }),
        };
        let roles = file
            .roles
            .into_iter()
            .map(|(name, record)| Ok((name.clone(), Arc::new(record.into_role(name)?))))
            .collect::<Result<_, StoreError>>()?;
        Ok(Self { path, master_key: file.master_key, roles: Mutex::new(roles) })
    }

    /// The key that sessions follow from.
    #[must_use]
    pub fn master_key(&self) -> &MasterKey {
        &self.master_key
    }

    /// The role of this name, if there is one.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<Arc<Role>> {
        self.roles.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// All roles, by name.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Role>> {
        self.roles.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Changes the roles: `change` works on a copy, which takes effect once it is on disk.
    ///
    /// # Errors
    /// What `change` fails with, or that the file cannot be written.
    pub fn change<T, E: From<StoreError>>(&self, change: impl FnOnce(&mut Roles) -> Result<T, E>) -> Result<T, E> {
        let mut roles = self.roles.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = roles.clone();
        let outcome = change(&mut changed)?;
        self.write(&changed)?;
        *roles = changed;
        Ok(outcome)
    }

    fn write(&self, roles: &Roles) -> Result<(), StoreError> {
        let file = File {
            master_key: self.master_key.clone(),
            roles: roles.iter().map(|(name, role)| (name.clone(), RoleRecord::of(role))).collect(),
        };
        let text = serde_json::to_vec_pretty(&file)
            .map_err(|source| StoreError::Format { path: self.path.clone(), source })?;
        replace(&self.path, &text).map_err(|source| StoreError::File { path: self.path.clone(), source })
    }
}

/// Replaces a file in one step, readable by its owner only.
fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let new = path.with_extension("json.new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(new, path)
}

impl RoleRecord {
    fn of(role: &Role) -> Self {
        Self {
            id: role.id.clone(),
            path: role.path.clone(),
            description: role.description.clone(),
            created_at: role.created_at,
            max_session_duration: role.max_session_duration,
            trust: role.trust_document.clone(),
            policies: role.policies.iter().map(|(name, policy)| (name.clone(), policy.document.clone())).collect(),
        }
    }

    fn into_role(self, name: String) -> Result<Role, StoreError> {
        let malformed = |source| StoreError::Policy { role: name.clone(), source };
        let trust = TrustPolicy::parse(&self.trust).map_err(malformed)?;
        let policies = self
            .policies
            .into_iter()
            .map(|(policy, document)| Ok((policy, InlinePolicy::parse(document).map_err(malformed)?)))
            .collect::<Result<_, StoreError>>()?;
        Ok(Role {
            name,
            id: self.id,
            path: self.path,
            description: self.description,
            created_at: self.created_at,
            max_session_duration: self.max_session_duration,
            trust_document: self.trust,
            trust,
            policies,
        })
    }
}
