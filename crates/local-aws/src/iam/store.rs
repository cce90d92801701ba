//! Roles, managed policies and the master key, kept in one JSON file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::policy::{Facts, MalformedPolicy, Policy, TrustPolicy, Verdict};
use crate::identity::MasterKey;

/// A role: its inline policies, the ARNs of the managed ones that are attached to it, and of the one that bounds it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Role {
    /// In the file it is the key.
    #[serde(skip)]
    pub name: String,
    pub id: String,
    pub path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub created_at: Timestamp,
    pub max_session_duration: u32,
    pub trust: TrustDocument,
    pub policies: BTreeMap<String, PolicyDocument>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub attached: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<String>,
}

/// A policy's document as it was put, and as the evaluator reads it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PolicyDocument {
    pub document: String,
    parsed: Policy,
}

/// A trust policy's document as it was put, and as the evaluator reads it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct TrustDocument {
    pub document: String,
    pub parsed: TrustPolicy,
}

/// A managed policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ManagedPolicy {
    pub name: String,
    pub id: String,
    pub path: String,
    pub created_at: Timestamp,
    pub versions: BTreeMap<u32, PolicyVersion>,
    /// The number of the version in force.
    pub default: u32,
}

/// A version of a managed policy: since when, and what it says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PolicyVersion(pub Timestamp, pub PolicyDocument);

impl TryFrom<String> for PolicyDocument {
    type Error = MalformedPolicy;

    fn try_from(document: String) -> Result<Self, MalformedPolicy> {
        Ok(Self { parsed: Policy::parse(&document)?, document })
    }
}

impl From<PolicyDocument> for String {
    fn from(policy: PolicyDocument) -> Self {
        policy.document
    }
}

impl TryFrom<String> for TrustDocument {
    type Error = MalformedPolicy;

    fn try_from(document: String) -> Result<Self, MalformedPolicy> {
        Ok(Self { parsed: TrustPolicy::parse(&document)?, document })
    }
}

impl From<TrustDocument> for String {
    fn from(trust: TrustDocument) -> Self {
        trust.document
    }
}

impl Role {
    /// The role's ARN, path included.
    #[must_use]
    pub fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:role{}{}", self.path, self.name)
    }
}

impl ManagedPolicy {
    /// The policy's ARN, path included.
    #[must_use]
    pub fn arn(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:policy{}{}", self.path, self.name)
    }
}

/// What all of `policies` together say.
fn together<'a>(
    policies: impl IntoIterator<Item = &'a PolicyDocument>,
    action: &str,
    resource: &str,
    facts: &Facts,
) -> Verdict {
    let mut together = Verdict::Silent;
    for policy in policies {
        match policy.parsed.verdict(action, resource, facts) {
            Verdict::Deny => return Verdict::Deny,
            Verdict::Allow => together = Verdict::Allow,
            Verdict::Silent => {}
        }
    }
    together
}

type Roles = BTreeMap<String, Arc<Role>>;

/// Roles by name, and managed policies by ARN.
#[derive(Debug, Clone, Default)]
pub struct Entities {
    pub roles: Roles,
    pub policies: BTreeMap<String, Arc<ManagedPolicy>>,
}

/// The account's roles and managed policies. Every change is on disk before it takes effect.
#[derive(Debug)]
pub struct RoleStore {
    path: PathBuf,
    master_key: MasterKey,
    entities: Mutex<Entities>,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("cannot read or write `{path}`")]
    File { path: PathBuf, source: io::Error },
    #[error("`{path}` does not hold the local account's roles")]
    Format { path: PathBuf, source: serde_json::Error },
    #[error("no randomness for a key")]
    Random(#[source] getrandom::Error),
}

/// The file as it is read.
#[derive(Deserialize)]
struct File {
    master_key: MasterKey,
    roles: BTreeMap<String, Role>,
    #[serde(default)]
    policies: BTreeMap<String, ManagedPolicy>,
}

/// The file as it is written.
#[derive(Serialize)]
struct FileOf<'a> {
    master_key: &'a MasterKey,
    roles: BTreeMap<&'a str, &'a Role>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    policies: BTreeMap<&'a str, &'a ManagedPolicy>,
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
                let store = Self { path, master_key, entities: Mutex::default() };
                store.write(&Entities::default())?;
                return Ok(store);
            }
            Err(source) => return Err(StoreError::File { path, source }),
        };
        let file: File = match serde_json::from_slice(&text) {
            Ok(file) => file,
            Err(source) => return Err(StoreError::Format { path, source }),
        };
        let named = |(name, role): (String, Role)| (name.clone(), Arc::new(Role { name, ..role }));
        let roles = file.roles.into_iter().map(named).collect();
        let policies = file.policies.into_iter().map(|(arn, policy)| (arn, Arc::new(policy))).collect();
        Ok(Self { path, master_key: file.master_key, entities: Mutex::new(Entities { roles, policies }) })
    }

    fn entities(&self) -> MutexGuard<'_, Entities> {
        self.entities.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key that sessions follow from.
    #[must_use]
    pub fn master_key(&self) -> &MasterKey {
        &self.master_key
    }

    /// The role of this name, if there is one.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<Arc<Role>> {
        self.entities().roles.get(name).cloned()
    }

    /// All roles, by name.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Role>> {
        self.entities().roles.values().cloned().collect()
    }

    /// The managed policy of this ARN, if there is one.
    #[must_use]
    pub fn policy(&self, arn: &str) -> Option<Arc<ManagedPolicy>> {
        self.entities().policies.get(arn).cloned()
    }

    /// What a role's own policies say, inline and attached.
    #[must_use]
    pub fn verdict(&self, role: &Role, action: &str, resource: &str, facts: &Facts) -> Verdict {
        let entities = self.entities();
        let attached = role.attached.iter().filter_map(|arn| entities.in_force(arn));
        together(role.policies.values().chain(attached), action, resource, facts)
    }

    /// Which of a role's own policies say just that, as IAM's simulator names them.
    #[must_use]
    pub fn saying(&self, verdict: Verdict, role: &Role, action: &str, resource: &str, facts: &Facts) -> Vec<String> {
        let entities = self.entities();
        let inline = role.policies.iter().map(|(name, policy)| (format!("role_{}_{name}", role.name), policy));
        let attached = role.attached.iter().filter_map(|arn| {
            let name = arn.rsplit('/').next().unwrap_or_default();
            Some((name.to_owned(), entities.in_force(arn)?))
        });
        let saying = |policy: &PolicyDocument| policy.parsed.verdict(action, resource, facts) == verdict;
        inline.chain(attached).filter(|(_, policy)| saying(policy)).map(|(name, _)| name).collect()
    }

    /// What the policy that bounds a role says; a role without one is bounded by nothing.
    #[must_use]
    pub fn boundary_verdict(&self, role: &Role, action: &str, resource: &str, facts: &Facts) -> Verdict {
        let Some(boundary) = &role.boundary else { return Verdict::Allow };
        together(self.entities().in_force(boundary), action, resource, facts)
    }

    /// Changes the roles: `change` works on a copy, which takes effect once it is on disk.
    ///
    /// # Errors
    /// What `change` fails with, or that the file cannot be written.
    pub fn change<T, E: From<StoreError>>(&self, change: impl FnOnce(&mut Roles) -> Result<T, E>) -> Result<T, E> {
        self.change_all(|entities| change(&mut entities.roles))
    }

    /// Changes roles and managed policies together, as [`Self::change`] does roles.
    ///
    /// # Errors
    /// What `change` fails with, or that the file cannot be written.
    pub fn change_all<T, E>(&self, change: impl FnOnce(&mut Entities) -> Result<T, E>) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        let mut entities = self.entities();
        let mut changed = entities.clone();
        let outcome = change(&mut changed)?;
        self.write(&changed)?;
        *entities = changed;
        Ok(outcome)
    }

    fn write(&self, entities: &Entities) -> Result<(), StoreError> {
        let Entities { roles, policies } = entities;
        let file = FileOf {
            master_key: &self.master_key,
            roles: roles.iter().map(|(name, role)| (name.as_str(), &**role)).collect(),
            policies: policies.iter().map(|(arn, policy)| (arn.as_str(), &**policy)).collect(),
        };
        let text = serde_json::to_vec_pretty(&file)
            .map_err(|source| StoreError::Format { path: self.path.clone(), source })?;
        replace(&self.path, &text).map_err(|source| StoreError::File { path: self.path.clone(), source })
    }
}

impl Entities {
    /// The version of a managed policy that is in force.
    fn in_force(&self, arn: &str) -> Option<&PolicyDocument> {
        let policy = self.policies.get(arn)?;
        policy.versions.get(&policy.default).map(|PolicyVersion(_, policy)| policy)
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_file_is_written_as_it_is_read() {
        let allow = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
        let trust =
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}"#;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("iam.json");
        drop(RoleStore::open(path.clone()).unwrap());
        let mut file: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        file["roles"] = json!({"signer": {
            "id": "AROA1", "path": "/", "created_at": "2026-05-01T10:00:00Z", "max_session_duration": 3600,
            "trust": trust, "policies": {"access": allow}, "attached": ["arn:aws:iam::1:policy/p"],
        }});
        file["policies"] = json!({"arn:aws:iam::1:policy/p": {
            "name": "p", "id": "ANPA1", "path": "/", "created_at": "2026-05-01T10:00:00Z",
            "versions": {"1": ["2026-05-01T10:00:00Z", allow]}, "default": 1,
        }});
        fs::write(&path, file.to_string()).unwrap();

        let store = RoleStore::open(path.clone()).unwrap();
        assert_eq!(store.role("signer").unwrap().name, "signer");
        store.change(|_| Ok::<_, StoreError>(())).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&fs::read(&path).unwrap()).unwrap(), file);

        file["roles"]["signer"]["policies"]["access"] = json!("{}");
        fs::write(&path, file.to_string()).unwrap();
        let error = RoleStore::open(path).unwrap_err();
        assert!(matches!(error, StoreError::Format { .. }), "{error:?}");
    }
}
