use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use lru::LruCache;

use crate::vocabulary::Vocabulary;
use crate::{Action, Decision, Denied, Question, Resource};

/// What was decided before. The same question has the same answer for as long as the policies are the same, which is as long as they are
/// there, unless they speak of the time.
#[derive(Debug)]
pub struct Remembered(Option<Mutex<LruCache<Known, Result<Decision, Denied>>>>);

/// All that policies can know of a question, but for its time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Known {
    caller: Option<String>,
    groups: BTreeSet<String>,
    tenant: Option<String>,
    claims: BTreeMap<String, String>,
    action: Action,
    resource: String,
    source_ip: Option<IpAddr>,
    expires_in: Option<u32>,
    content_type: Option<String>,
    content_length: Option<u64>,
    server_side_encryption: Option<String>,
}

impl Remembered {
    /// Of some hundred bytes each; of some kilobytes where policies speak of all that a token says.
    const MOST: NonZeroUsize = NonZeroUsize::new(1024).unwrap();

    /// For policies that speak of what the vocabulary has.
    pub fn new(vocabulary: &Vocabulary) -> Self {
        Self((!vocabulary.has("time")).then(|| Mutex::new(LruCache::new(Self::MOST))))
    }

    /// What was decided about this question, or else is by `decide`.
    pub fn or_else(
        &self,
        question: &Question<'_>,
        vocabulary: &Vocabulary,
        decide: impl FnOnce() -> Result<Decision, Denied>,
    ) -> Result<Decision, Denied> {
        let Some(decided) = &self.0 else { return decide() };
        let known = Known::of(question, vocabulary);
        let lock = || decided.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = lock().get(&known) {
            return before.clone().map_err(|denied| Denied { resource: question.resource.to_string(), ..denied });
        }
        let now = decide();
        // What could not be evaluated is tried again.
        if now.as_ref().map_or_else(|denied| denied.errors.is_empty(), |_| true) {
            lock().put(known, now.clone());
        }
        now
    }
}

impl Known {
    fn of(question: &Question<'_>, vocabulary: &Vocabulary) -> Self {
        let Question { caller, action, resource, asking } = question;
        let url = asking.url.as_ref();
        let owned = |name: &str, text: Option<&str>| text.filter(|_| vocabulary.has(name)).map(str::to_owned);
        Self {
            caller: Some(&caller.name).filter(|_| vocabulary.has("name") || vocabulary.has("Caller::")).cloned(),
            groups: if vocabulary.has("Group") { caller.groups.clone() } else { BTreeSet::new() },
            tenant: owned("tenant", caller.tenant.as_deref()),
            claims: if vocabulary.has("Tag") { caller.claims.clone() } else { BTreeMap::new() },
            action: *action,
            resource: shared_name(*resource, vocabulary),
            source_ip: asking.source_ip.filter(|_| vocabulary.has("sourceIp")),
            expires_in: url.filter(|_| vocabulary.has("expiresIn")).map(|url| url.expires_in),
            content_type: owned("contentType", url.and_then(|url| url.content_type)),
            content_length: url.filter(|_| vocabulary.has("contentLength")).and_then(|url| url.content_length),
            server_side_encryption: owned("serverSideEncryption", url.and_then(|url| url.server_side_encryption)),
        }
    }
}

/// A name that the resource has in common with all that policies cannot tell from it. The folders of an object are all in its key up to the last
/// slash.
fn shared_name(resource: Resource<'_>, vocabulary: &Vocabulary) -> String {
    match resource {
        Resource::Object { bucket, key } if !vocabulary.has("Object::") && !vocabulary.has("key") => {
            let folders = if vocabulary.has("folders") { key.rfind('/') } else { None };
            [bucket.as_str(), "/", folders.and_then(|end| key.get(..=end)).unwrap_or_default()].concat()
        }
        _ => resource.to_string(),
    }
}
