use aws_sdk_kms::Client;
use aws_sdk_kms::config::{Config, Region};
use presign::names::KmsKeyArn;
use presign::reconcile::{Ceiling, Fingerprint, Part, Sight};

use crate::look::{Look, fingerprint, unless_absent};

const ABSENT: &[&str] = &["NotFoundException"];

pub async fn look(kms: &Client, key: &KmsKeyArn) -> Sight {
    let parts = [(Part::KeyState, state(kms, key).await), (Part::KeyPolicy, policy(kms, key).await)];
    Sight { parts: parts.into_iter().collect(), ceiling: Ceiling::Unseen }
}

fn of_key(key: &KmsKeyArn) -> aws_sdk_kms::config::Builder {
    Config::builder().region(Region::new(key.region().to_owned()))
}

async fn state(kms: &Client, key: &KmsKeyArn) -> Look<Fingerprint> {
    let call = kms.describe_key().key_id(key.as_str()).customize().config_override(of_key(key));
    let described = unless_absent(call.send().await, ABSENT)?;
    Ok(fingerprint(described, |described| {
        let state = described.key_metadata().and_then(|metadata| metadata.key_state());
        Fingerprint::of([state.map_or("unknown", |state| state.as_str())])
    }))
}

/// A key has one policy, of this name.
async fn policy(kms: &Client, key: &KmsKeyArn) -> Look<Fingerprint> {
    let call = kms.get_key_policy().key_id(key.as_str()).policy_name("default");
    let policy = unless_absent(call.customize().config_override(of_key(key)).send().await, ABSENT)?;
    Ok(fingerprint(policy, |policy| Fingerprint::of_policy(policy.policy().unwrap_or_default())))
}
