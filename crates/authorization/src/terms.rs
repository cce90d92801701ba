use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::sync::OnceLock;

use cedar_policy::{Entities, Entity, EntityId, EntityTypeName, EntityUid, RestrictedExpression};

use crate::vocabulary::Vocabulary;
use crate::{Action, CallerIdentity, PoliciesError, Question, Resource};

/// What a question is put in: the schema's types. They are read once, for it takes Cedar some microseconds to read the name of one.
#[derive(Debug)]
pub struct Terms {
    caller: EntityTypeName,
    group: EntityTypeName,
    bucket: EntityTypeName,
    object: EntityTypeName,
    signing_role: EntityTypeName,
    action: EntityTypeName,
    /// Each action alone, with the group that it is in; put together when it is first asked for.
    actions: HashMap<&'static str, OnceLock<Result<Entities, Unaskable>>>,
    vocabulary: Vocabulary,
}

/// The question could not be put in the schema's terms, which a valid request never leads to.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct Unaskable(String);

impl Unaskable {
    pub fn because(error: impl Display) -> Self {
        Self(error.to_string())
    }
}

impl Terms {
    /// For policies that speak of what the vocabulary has.
    ///
    /// # Errors
    /// When Cedar cannot read the name of a type, which all stand here.
    pub fn new(vocabulary: Vocabulary) -> Result<Self, PoliciesError> {
        let kind = |name: &str| name.parse().map_err(|error| PoliciesError::Schema(format!("`{name}`: {error}")));
        Ok(Self {
            caller: kind("Presign::Caller")?,
            group: kind("Presign::Group")?,
            bucket: kind("Presign::Bucket")?,
            object: kind("Presign::Object")?,
            signing_role: kind("Presign::SigningRole")?,
            action: kind("Presign::Action")?,
            actions: Action::ALL.map(|action| (action.as_str(), OnceLock::new())).into(),
            vocabulary,
        })
    }

    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    pub fn caller_uid(&self, caller: &CallerIdentity) -> EntityUid {
        uid(&self.caller, &caller.name)
    }

    pub fn action_uid(&self, action: Action) -> EntityUid {
        uid(&self.action, action.as_str())
    }

    pub fn resource_uid(&self, resource: Resource<'_>) -> EntityUid {
        match resource {
            Resource::Object { .. } => uid(&self.object, &resource.to_string()),
            Resource::Bucket(bucket) => uid(&self.bucket, bucket.as_str()),
            Resource::SigningRole(arn) => uid(&self.signing_role, arn.as_str()),
        }
    }

    /// Whom and what a question is about: the caller, the resource, and what they are in.
    pub fn names(&self, question: &Question<'_>) -> Vec<EntityUid> {
        let mut names = vec![self.caller_uid(question.caller), self.resource_uid(question.resource)];
        names.extend(question.caller.groups.iter().map(|group| uid(&self.group, group)));
        if let Resource::Object { bucket, .. } = question.resource {
            names.push(uid(&self.bucket, bucket.as_str()));
        }
        names
    }

    /// The attribute of this name, where policies speak of it.
    pub fn told<T>(&self, name: &str, value: impl FnOnce() -> T) -> Option<(String, T)> {
        self.vocabulary.has(name).then(|| (name.to_owned(), value()))
    }

    /// All that these policies can know of the caller, the action and the resource. To put it together takes Cedar longer than to
    /// decide, so that where they can know of the action alone, it is what was put together once.
    ///
    /// # Errors
    /// When Cedar takes a value for something else than it is.
    pub fn entities(&self, question: &Question<'_>) -> Result<Cow<'_, Entities>, Unaskable> {
        let action = || self.action(question.action);
        let together = |known: Vec<Entity>| Entities::from_entities(known, None).map_err(Unaskable::because);
        let mut known: Vec<Entity> = self.caller(question.caller)?.into_iter().collect();
        known.extend(self.resource(question.resource)?);
        match self.actions.get(question.action.as_str()) {
            Some(alone) if known.is_empty() => {
                alone.get_or_init(|| together(vec![action()])).as_ref().map(Cow::Borrowed).map_err(Clone::clone)
            }
            _ => {
                known.push(action());
                together(known).map(Cow::Owned)
            }
        }
    }

    fn action(&self, action: Action) -> Entity {
        let group = action.group().map(|group| uid(&self.action, group));
        Entity::new_no_attrs(self.action_uid(action), group.into_iter().collect())
    }

    /// None of a caller of whom there is nothing to know.
    fn caller(&self, caller: &CallerIdentity) -> Result<Option<Entity>, Unaskable> {
        let groups = caller.groups.iter().filter(|_| self.vocabulary.has("Group"));
        let groups: HashSet<EntityUid> = groups.map(|group| uid(&self.group, group)).collect();
        let tenant = caller.tenant.as_deref().filter(|tenant| !tenant.is_empty());
        let tenant = tenant.and_then(|tenant| self.told("tenant", || text(tenant)));
        let attributes: HashMap<_, _> = self.told("name", || text(&caller.name)).into_iter().chain(tenant).collect();
        let claims = caller.claims.iter().filter(|_| self.vocabulary.has("Tag"));
        let claims: Vec<_> = claims.map(|(name, value)| (name.clone(), text(value))).collect();
        if groups.is_empty() && attributes.is_empty() && claims.is_empty() {
            return Ok(None);
        }
        Entity::new_with_tags(self.caller_uid(caller), attributes, groups, claims).map(Some).map_err(Unaskable::because)
    }

    /// None of a resource of which there is nothing to know, as of every bucket.
    fn resource(&self, resource: Resource<'_>) -> Result<Option<Entity>, Unaskable> {
        let (attributes, parents) = match resource {
            Resource::Object { bucket, key } => {
                let attributes = [
                    self.told("bucket", || text(bucket.as_str())),
                    self.told("key", || text(key)),
                    self.told("folders", || RestrictedExpression::new_set(folders(key).map(text))),
                ];
                let within = self.vocabulary.has("Bucket").then(|| uid(&self.bucket, bucket.as_str()));
                (attributes, within.into_iter().collect())
            }
            Resource::Bucket(_) => return Ok(None),
            Resource::SigningRole(arn) => ([self.told("arn", || text(arn.as_str())), None, None], HashSet::new()),
        };
        let attributes: HashMap<_, _> = attributes.into_iter().flatten().collect();
        if attributes.is_empty() && parents.is_empty() {
            return Ok(None);
        }
        Entity::new(self.resource_uid(resource), attributes, parents).map(Some).map_err(Unaskable::because)
    }
}

/// Every folder that the key lies in: what stands before each of its slashes.
fn folders(key: &str) -> impl Iterator<Item = &str> {
    key.match_indices('/').filter_map(|(at, _)| key.get(..at))
}

pub fn text(value: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(value.to_owned())
}

fn uid(kind: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::time::UNIX_EPOCH;

    use cedar_policy::{Schema, SchemaFragment};
    use presign::operation::Operation;

    use super::*;
    use crate::Asking;
    use crate::schema::SCHEMA as JSON;

    /// `UPDATE_DOCS=1` writes it instead of comparing it.
    #[test]
    fn the_schema_that_is_read_at_start_is_the_one_that_people_read() {
        let (fragment, _) = SchemaFragment::from_cedarschema_str(include_str!("schema.cedarschema")).unwrap();
        let json = fragment.to_json_value().unwrap();
        if std::env::var_os("UPDATE_DOCS").is_some() {
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/schema.json");
            fs::write(file, format!("{json:#}\n")).unwrap();
        } else {
            let read: serde_json::Value = serde_json::from_str(JSON).unwrap();
            assert!(read == json, "src/schema.json is out of date: run this test again with UPDATE_DOCS=1");
        }
    }

    #[test]
    fn actions_are_in_the_groups_that_the_schema_says() {
        let schema = Schema::from_json_str(JSON).unwrap();
        let terms = Terms::new(Vocabulary::of("")).unwrap();
        let stated = schema.action_entities().unwrap();
        let actions = Action::ALL.map(|action| terms.action(action));
        // Which compares the groups too, as `==` of entities does not.
        Entities::from_entities(actions.clone(), Some(&schema)).unwrap();
        let groups = ["reading", "writing"].map(|group| uid(&terms.action, group));
        let all: HashSet<EntityUid> = actions.iter().map(Entity::uid).chain(groups).collect();
        assert_eq!(all, stated.iter().map(Entity::uid).collect());
    }

    #[test]
    fn what_policies_are_told_fits_the_schema() {
        let schema = Schema::from_json_str(JSON).unwrap();
        let vocabulary = Vocabulary::of_everything();
        let terms = Terms::new(vocabulary).unwrap();
        let (bucket, role) = ("demo".parse().unwrap(), "arn:aws:iam::123456789012:role/signer".parse().unwrap());
        let caller = CallerIdentity {
            groups: ["operators".to_owned()].into(),
            tenant: Some("a".to_owned()),
            claims: [("department".to_owned(), "research".to_owned())].into(),
            ..CallerIdentity::named("alice")
        };
        let object = Resource::Object { bucket: &bucket, key: "a/b/c.txt" };
        for (action, resource) in [
            (Action::Url(Operation::GetObject), object),
            (Action::PostObjects, object),
            (Action::ListIssued, Resource::Bucket(&bucket)),
            (Action::Revoke, Resource::SigningRole(&role)),
        ] {
            let asking = Asking { time: UNIX_EPOCH, source_ip: None, url: None };
            let entities =
                terms.entities(&Question { caller: &caller, action, resource, asking }).unwrap().into_owned();
            assert!(entities.get(&terms.action_uid(action)).is_some(), "{action:?}");
            Entities::from_entities(entities, Some(&schema)).unwrap();
        }
    }
}
