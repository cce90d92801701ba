use std::sync::LazyLock;

use authorization::{Action, Asking, CallerIdentity, Policies, Question, Resource, UrlAsking};
use presign::names::{BucketName, ObjectKey};
use presign::operation::Operation;

use crate::service::now;

static POLICIES: LazyLock<Policies> =
    LazyLock::new(|| Policies::parse(include_str!("../../infra/settings/tenants.cedar")).expect("the example is good"));

static BUCKET: LazyLock<BucketName> = LazyLock::new(|| "demo".parse().expect("a bucket's name"));

/// A tenant on the first line, and a key: the tenant may have it if, byte for byte, it begins with the tenant's name and a slash. One
/// whose name has a slash itself has nothing.
pub fn folders(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some((tenant, key)) = text.split_once('\n') else { return };
    let Ok(key) = key.parse::<ObjectKey>() else { return };
    let caller = CallerIdentity { tenant: Some(tenant.to_owned()), ..CallerIdentity::named("alice") };
    let url = UrlAsking { expires_in: 60, content_type: None, content_length: None, server_side_encryption: None };
    let question = Question {
        caller: &caller,
        action: Action::Url(Operation::PutObject),
        resource: Resource::Object { bucket: &BUCKET, key: key.as_str() },
        asking: Asking { time: now(), source_ip: None, url: Some(url) },
    };
    let within = key.as_str().strip_prefix(tenant).is_some_and(|rest| rest.starts_with('/'));
    assert_eq!(
        POLICIES.decide(&question).is_ok(),
        within && !tenant.is_empty() && !tenant.contains('/'),
        "{tenant:?} {key:?}"
    );
}
