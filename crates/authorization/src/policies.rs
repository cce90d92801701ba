use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use cedar_policy::{
    Authorizer, Context, Decision as CedarDecision, Diagnostics, Entities, Entity, EntityId, EntityTypeName, EntityUid,
    ParseErrors, PolicyId, PolicySet, Request, RestrictedExpression, Schema, ValidationMode, Validator,
};

use crate::{Action, Asking, Decision, Denied, Question, Resource};

const SCHEMA: &str = include_str!("schema.cedarschema");
const NAMESPACE: &str = "Presign";

/// A file of policies that fits the schema.
#[derive(Debug)]
pub struct Policies {
    schema: Schema,
    set: PolicySet,
    authorizer: Authorizer,
    kinds: Kinds,
}

#[derive(Debug, thiserror::Error)]
pub enum PoliciesError {
    #[error("the policy file `{}` cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("the policies cannot be read: {0}")]
    Syntax(String),
    #[error("the policies do not fit the schema: {0}")]
    Invalid(String),
    #[error("the policies permit nothing: no policy begins with `permit`")]
    NothingPermitted,
    #[error("the schema cannot be read: {0}")]
    Schema(String),
}

/// The question could not be put in the schema's terms, which a valid request never leads to.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unaskable(String);

impl Unaskable {
    fn from(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

impl Policies {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// When it cannot be read, or has a mistake.
    pub fn load(path: &Path) -> Result<Self, PoliciesError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| PoliciesError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&text)
    }

    /// # Errors
    /// When the text is not Cedar, speaks of what the schema does not know, or permits nothing.
    pub fn parse(text: &str) -> Result<Self, PoliciesError> {
        let (schema, _) =
            Schema::from_cedarschema_str(SCHEMA).map_err(|error| PoliciesError::Schema(error.to_string()))?;
        let policies: PolicySet = text.parse().map_err(|error| PoliciesError::Syntax(syntax(text, &error)))?;
        let validation = Validator::new(schema.clone()).validate(&policies, ValidationMode::Strict);
        if !validation.validation_passed() {
            let errors: Vec<String> = validation.validation_errors().map(ToString::to_string).collect();
            return Err(PoliciesError::Invalid(errors.join("; ")));
        }
        if !policies.policies().any(|policy| policy.effect() == cedar_policy::Effect::Permit) {
            return Err(PoliciesError::NothingPermitted);
        }
        Ok(Self { schema, set: policies, authorizer: Authorizer::new(), kinds: Kinds::new()? })
    }

    /// # Errors
    /// When a policy forbids it, none permits it, or one could not be evaluated.
    pub fn decide(&self, question: &Question<'_>) -> Result<Decision, Denied> {
        let denied = |policies, errors| Denied {
            action: question.action.as_str(),
            resource: described(question.resource),
            policies,
            errors,
        };
        let response = self
            .ask(question)
            .map(|(request, entities)| self.authorizer.is_authorized(&request, &self.set, &entities))
            .map_err(|error| denied(vec![], vec![error.to_string()]))?;
        let policies = self.names(response.diagnostics());
        // Cedar passes over a policy that fails, also over one that would have forbidden.
        let errors: Vec<String> = response.diagnostics().errors().map(ToString::to_string).collect();
        match response.decision() {
            CedarDecision::Allow if errors.is_empty() => Ok(Decision { policies }),
            CedarDecision::Allow => Err(denied(vec![], errors)),
            CedarDecision::Deny => Err(denied(policies, errors)),
        }
    }

    fn names(&self, diagnostics: &Diagnostics) -> Vec<String> {
        let name = |id: &PolicyId| self.set.annotation(id, "id").map_or_else(|| id.to_string(), str::to_owned);
        let mut names: Vec<String> = diagnostics.reason().map(name).collect();
        names.sort_unstable();
        names
    }

    fn ask(&self, question: &Question<'_>) -> Result<(Request, Entities), Unaskable> {
        let kinds = &self.kinds;
        let principal = uid(&kinds.caller, &question.caller.name);
        let action = uid(&kinds.action, question.action.as_str());
        let (resource, resource_entities) = kinds.resource(question.resource)?;
        let context = context(question.action, &question.asking)?;
        let schema = Some(&self.schema);
        let request = Request::new(principal.clone(), action, resource, context, schema).map_err(Unaskable::from)?;

        let groups: HashSet<EntityUid> = question.caller.groups.iter().map(|group| uid(&kinds.group, group)).collect();
        let tenant = question.caller.tenant.as_deref().filter(|tenant| !tenant.is_empty());
        let mut attributes = vec![("name".to_owned(), text(&question.caller.name))];
        attributes.extend(tenant.map(|tenant| ("tenant".to_owned(), text(tenant))));
        let claims = question.caller.claims.iter().map(|(name, value)| (name.clone(), text(value)));
        let caller = Entity::new_with_tags(principal, attributes, groups, claims).map_err(Unaskable::from)?;

        // With the schema, the groups of actions are entities too.
        let entities =
            Entities::from_entities(resource_entities.into_iter().chain([caller]), schema).map_err(Unaskable::from)?;
        Ok((request, entities))
    }
}

/// Where in the text it cannot be read, by line.
fn syntax(text: &str, error: &ParseErrors) -> String {
    use miette::Diagnostic;
    let offset = error.iter().find_map(|error| Some(error.labels()?.next()?.offset()));
    let line = offset.map(|offset| text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1);
    line.map_or_else(|| error.to_string(), |line| format!("line {line}: {error}"))
}

/// The schema's types. Cedar takes some microseconds to read the name of one, and each question has several.
#[derive(Debug)]
struct Kinds {
    caller: EntityTypeName,
    group: EntityTypeName,
    action: EntityTypeName,
    bucket: EntityTypeName,
    object: EntityTypeName,
    signing_role: EntityTypeName,
}

impl Kinds {
    fn new() -> Result<Self, PoliciesError> {
        let kind = |name: &str| {
            let name = format!("{NAMESPACE}::{name}");
            name.parse().map_err(|error: ParseErrors| PoliciesError::Schema(error.to_string()))
        };
        Ok(Self {
            caller: kind("Caller")?,
            group: kind("Group")?,
            action: kind("Action")?,
            bucket: kind("Bucket")?,
            object: kind("Object")?,
            signing_role: kind("SigningRole")?,
        })
    }

    fn resource(&self, resource: Resource<'_>) -> Result<(EntityUid, Vec<Entity>), Unaskable> {
        match resource {
            Resource::Object { bucket, key } => {
                let bucket_uid = uid(&self.bucket, bucket.as_str());
                let object = uid(&self.object, &format!("{bucket}/{key}"));
                let attributes = [
                    ("bucket".to_owned(), text(bucket.as_str())),
                    ("key".to_owned(), text(key)),
                    ("folders".to_owned(), RestrictedExpression::new_set(folders(key).map(text))),
                ];
                let entity =
                    Entity::new(object.clone(), attributes.into(), [bucket_uid].into()).map_err(Unaskable::from)?;
                Ok((object, vec![entity]))
            }
            Resource::Bucket(bucket) => Ok((uid(&self.bucket, bucket.as_str()), vec![])),
            Resource::SigningRole(arn) => {
                let role = uid(&self.signing_role, &arn.to_string());
                let attributes = [("arn".to_owned(), text(&arn.to_string()))];
                let entity = Entity::new(role.clone(), attributes.into(), HashSet::new()).map_err(Unaskable::from)?;
                Ok((role, vec![entity]))
            }
        }
    }
}

/// Every folder that the key lies in: what stands before each of its slashes.
fn folders(key: &str) -> impl Iterator<Item = &str> {
    key.match_indices('/').filter_map(|(at, _)| key.get(..at))
}

fn context(action: Action, asking: &Asking<'_>) -> Result<Context, Unaskable> {
    let since_1970 = asking.time.duration_since(UNIX_EPOCH).map_err(Unaskable::from)?;
    let milliseconds = i64::try_from(since_1970.as_millis()).map_err(Unaskable::from)?;
    let mut pairs = vec![("time".to_owned(), datetime(milliseconds)?)];
    pairs.extend(asking.source_ip.map(|ip| ("sourceIp".to_owned(), RestrictedExpression::new_ip(ip.to_string()))));
    if let (Action::Url(_) | Action::PostObjects, Some(url)) = (action, &asking.url) {
        let length = url.content_length.map(i64::try_from).transpose().map_err(Unaskable::from)?;
        pairs.push(("expiresIn".to_owned(), RestrictedExpression::new_long(url.expires_in.into())));
        pairs.extend(url.content_type.map(|value| ("contentType".to_owned(), text(value))));
        pairs.extend(length.map(|value| ("contentLength".to_owned(), RestrictedExpression::new_long(value))));
        pairs.extend(url.server_side_encryption.map(|value| ("serverSideEncryption".to_owned(), text(value))));
    }
    Context::from_pairs(pairs).map_err(Unaskable::from)
}

fn datetime(milliseconds: i64) -> Result<RestrictedExpression, Unaskable> {
    let time = jiff::Timestamp::from_millisecond(milliseconds).map_err(Unaskable::from)?;
    Ok(RestrictedExpression::new_datetime(time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()))
}

fn text(value: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(value.to_owned())
}

fn uid(kind: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}

/// What the refusal calls it.
fn described(resource: Resource<'_>) -> String {
    match resource {
        Resource::Object { bucket, key } => format!("{bucket}/{key}"),
        Resource::Bucket(bucket) => bucket.to_string(),
        Resource::SigningRole(arn) => arn.to_string(),
    }
}
