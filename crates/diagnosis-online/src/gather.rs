use diagnosis::facts::{Circumstances, Facts, Looked, Permission, Principal};
use diagnosis::url::region_of;
use diagnosis::{ACTION_UNTOLD, Case, Further, On};
use futures_util::future::join_all;

use crate::Account;
use crate::key_met::key_met;
use crate::revocations::revocations;

/// What the engineer adds to what the URL tells.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The ARN of the user or role that signed. A session's access key does not tell it.
    pub signer: Option<String>,
    /// Who signs such URLs, unless S3's answer names another.
    pub usual_signer: Option<String>,
    /// Whether S3's answer is believed of no other signer than the usual one: who hands it in may have made it up, to learn of a role
    /// that signs for others.
    pub doubts_answer: bool,
    pub circumstances: Circumstances,
}

/// Looks at everything that may end the URL of `case`.
pub async fn gather(account: &impl Account, case: &Case, asked: &Asked) -> Facts {
    let url = case.url();
    let id = url.access_key_id().unwrap_or_default();
    let mut facts = Facts { circumstances: asked.circumstances.clone(), ..Facts::default() };
    Box::pin(of_access_key(account, id, &mut facts)).await;
    // Boxed, since what waits for many answers at once is large.
    Box::pin(signer(account, case, asked, &mut facts)).await;
    if url.place().access_point {
        behind_access_point(&mut facts);
    } else if let Some(bucket) = url.place().bucket.as_deref() {
        facts.bucket_region = Box::pin(account.bucket_region(bucket)).await;
        // Without a look, the region that the URL is signed for is the best that is known.
        let signed = url.v4().and_then(|v4| v4.region()).or(url.place().region.as_deref()).unwrap_or("us-east-1");
        let region = facts.bucket_region.found().cloned().unwrap_or_else(|| signed.to_owned());
        if facts.bucket_region != Looked::Nothing {
            Box::pin(of_bucket(account, case, &region, bucket, &mut facts)).await;
            Box::pin(of_key(account, case, &region, &mut facts)).await;
        }
        Box::pin(permissions(account, case, bucket, &mut facts)).await;
    }
    facts
}

/// What cannot be looked at where the URL names an access point.
fn behind_access_point(facts: &mut Facts) {
    fn unseen<T>() -> Looked<T> {
        Looked::CouldNot("the URL names an access point, which does not tell the bucket behind it".to_owned())
    }
    facts.bucket_region = unseen();
    facts.object = unseen();
    facts.may_request = unseen();
    facts.may_decrypt = unseen();
    facts.may_generate_data_key = unseen();
    facts.bucket_policy = unseen();
    facts.public_access_block = unseen();
    facts.bucket_encryption = unseen();
    facts.kms_key = unseen();
    facts.key_policy = unseen();
    facts.grants = unseen();
    if facts.circumstances.origin.is_some() {
        facts.cors = unseen();
    }
}

async fn of_access_key(account: &impl Account, id: &str, facts: &mut Facts) {
    (facts.caller, facts.key_account, facts.key_user, facts.clock_skew) =
        tokio::join!(account.caller(), account.key_account(id), account.key_user(id), account.clock_skew());
}

/// Who signed: the owner of the key; of a session, the role that S3's answer or the engineer names.
async fn signer(account: &impl Account, case: &Case, asked: &Asked, facts: &mut Facts) {
    let id = case.url().access_key_id().unwrap_or_default();
    if let Some(user) = facts.key_user.found() {
        let (status, user) = tokio::join!(account.key_status(user, id), account.user_arn(user));
        facts.key_status = status;
        facts.signer = user.map(Principal::of);
        return;
    }
    if let Looked::CouldNot(reason) = &facts.key_user {
        facts.key_status = Looked::CouldNot(reason.clone());
    }
    let answered = case.denial().map(|denial| denial.user).filter(|arn| arn.starts_with("arn:"));
    let named = asked.signer.clone().filter(|arn| arn.starts_with("arn:")).or_else(|| answered.clone());
    let usual = asked.usual_signer.as_deref().map(Principal::of);
    let is_usual = |arn: &String| usual.as_ref().is_some_and(|usual| usual.is_role_of(&Principal::of(arn.as_str())));
    if asked.doubts_answer && answered.as_ref().is_some_and(|arn| !is_usual(arn)) {
        let reason = match usual {
            Some(_) => "S3's answer names another signer than the one that signs for the bucket here",
            None => "the bucket's profile does not tell who signs, and S3's answer alone is not believed here",
        };
        facts.signer = Looked::CouldNot(reason.to_owned());
        facts.revocations = Looked::CouldNot(reason.to_owned());
        return;
    }
    facts.signer_is_guessed = named.is_none();
    // Whoever usually signs does so by sessions: a user's key is another signer's.
    let of_user = id.starts_with("AKIA");
    let Some(arn) = named.or_else(|| asked.usual_signer.clone().filter(|_| !of_user)) else {
        facts.signer_is_guessed = false;
        if of_user {
            facts.signer = Looked::CouldNot(unknown_user(&facts.key_user));
            return;
        }
        let reason = "a session's access key does not tell whose it is: name the signer with `--signer ARN`";
        facts.signer = Looked::CouldNot(reason.to_owned());
        facts.revocations = Looked::CouldNot(reason.to_owned());
        return;
    };
    let mut signer = Principal::of(arn);
    if let Some(answered) = answered.map(Principal::of).filter(|it| signer.is_role_of(it)) {
        signer.session = signer.session.or(answered.session);
    }
    let Some(role) = signer.role_name().map(str::to_owned) else {
        facts.signer = Looked::Found(signer);
        return;
    };
    let own = facts.caller.found().map(|caller| Principal::of(caller.as_str()));
    if let (Some(own), Some(of_role)) = (own.as_ref().and_then(Principal::account), signer.account())
        && own != of_role
    {
        // Of a role's name IAM knows only the one in the account that asks.
        let reason = format!("the role is of the account {of_role}, and this look is made from {own}");
        facts.revocations = Looked::CouldNot(reason);
        facts.signer = Looked::Found(signer);
        return;
    }
    let (role_arn, revocations) = tokio::join!(account.role_arn(&role), revocations(account, &role));
    facts.signer = match role_arn {
        Looked::Found(arn) => Looked::Found(Principal { arn, path_known: true, ..signer }),
        Looked::Nothing => Looked::Nothing,
        // Not to be allowed to see the path does not make the rest unknown: most roles have none.
        Looked::CouldNot(_) | Looked::NotAsked => Looked::Found(signer),
    };
    facts.revocations = if facts.signer == Looked::Nothing { Looked::NotAsked } else { revocations };
}

fn unknown_user(key_user: &Looked<String>) -> String {
    match key_user {
        Looked::CouldNot(reason) => format!("which user's the access key is could not be seen: {reason}"),
        _ => {
            "IAM knows no user of this account whose the access key is: name the signer with `--signer ARN`".to_owned()
        }
    }
}

async fn of_bucket(account: &impl Account, case: &Case, region: &str, bucket: &str, facts: &mut Facts) {
    let url = case.url();
    let version = url.query().get("versionId");
    let object = async {
        let key = url.place().key.as_str();
        if case.operation().needs_object && !key.is_empty() {
            account.object(region, bucket, key, version.as_deref()).await
        } else {
            Looked::NotAsked
        }
    };
    let cors = async {
        if facts.circumstances.origin.is_some() { account.cors(region, bucket).await } else { Looked::NotAsked }
    };
    let (object, policy, block, encryption, cors) = tokio::join!(
        object,
        account.bucket_policy(region, bucket),
        account.public_access_block(region, bucket),
        account.bucket_encryption(region, bucket),
        cors
    );
    facts.object = object;
    facts.bucket_policy = policy;
    facts.public_access_block = block;
    facts.bucket_encryption = encryption;
    facts.cors = cors;
}

/// Looks at the KMS key that the request meets, if it meets one.
async fn of_key(account: &impl Account, case: &Case, region: &str, facts: &mut Facts) {
    if case.kms_actions().is_empty() {
        return;
    }
    let key = match key_met(case, facts) {
        Looked::Found(key) => key,
        Looked::CouldNot(reason) => {
            facts.kms_key = Looked::CouldNot(reason.clone());
            facts.key_policy = Looked::CouldNot(reason.clone());
            facts.grants = Looked::CouldNot(reason);
            return;
        }
        Looked::Nothing | Looked::NotAsked => return,
    };
    // KMS knows a key in its own region only.
    let region = region_of(&key).unwrap_or(region);
    facts.kms_key = account.kms_key(region, &key).await;
    // Of a policy and grants it tells by the key's id or ARN, and by no alias.
    let id = match &facts.kms_key {
        Looked::Found(found) => &found.arn,
        Looked::CouldNot(reason) if is_alias(&key) => {
            facts.key_policy = Looked::CouldNot(reason.clone());
            facts.grants = Looked::CouldNot(reason.clone());
            return;
        }
        Looked::CouldNot(_) => &key,
        Looked::Nothing | Looked::NotAsked => return,
    };
    (facts.key_policy, facts.grants) = tokio::join!(account.key_policy(region, id), account.grants(region, id));
}

fn is_alias(key: &str) -> bool {
    key.starts_with("alias/") || key.contains(":alias/")
}

/// What IAM's simulator says of the signer. One answer that is missing leaves the others as they are.
async fn permissions(account: &impl Account, case: &Case, bucket: &str, facts: &mut Facts) {
    let operation = case.operation();
    let key = match &facts.kms_key {
        Looked::Found(key) => Looked::Found(key.arn.clone()),
        Looked::CouldNot(reason) => Looked::CouldNot(reason.clone()),
        Looked::Nothing | Looked::NotAsked => Looked::NotAsked,
    };
    let asked = case.kms_actions();
    let needed = |action| if asked.contains(&action) { key.clone() } else { Looked::NotAsked };
    let (to_read, to_write) = (needed("kms:Decrypt"), needed("kms:GenerateDataKey"));
    let (request, decrypt, generate) = match (&facts.signer, case.is_form()) {
        (Looked::Found(signer), false) => {
            let (partition, signer) = (signer.partition(), signer.arn.as_str());
            let key = &case.url().place().key;
            let object = if key.is_empty() { bucket.to_owned() } else { format!("{bucket}/{key}") };
            let arn = |of: &str| format!("arn:{partition}:s3:::{of}");
            let object = arn(&object);
            let request = async {
                match operation.action {
                    Some(action) => account.permission(signer, action, &object).await,
                    None => Looked::CouldNot(ACTION_UNTOLD.to_owned()),
                }
            };
            let further = join_all(case.further().into_iter().map(|Further { action, on, .. }| {
                let on = match on {
                    On::Own => Looked::Found(object.clone()),
                    On::Other(other) => Looked::Found(arn(&other)),
                    On::Untold(why) => Looked::CouldNot(why.to_owned()),
                };
                async move { permission(account, signer, &action, on).await }
            }));
            let (request, further, decrypt, generate) = tokio::join!(
                request,
                further,
                permission(account, signer, "kms:Decrypt", to_read),
                permission(account, signer, "kms:GenerateDataKey", to_write)
            );
            facts.may_further = further;
            (request, decrypt, generate)
        }
        (Looked::Found(_), true) => {
            let of_form = "the key stands in the form's fields: it is not known for which to ask".to_owned();
            (Looked::CouldNot(of_form), Looked::NotAsked, Looked::NotAsked)
        }
        (Looked::CouldNot(reason), _) => {
            let unseen =
                |of_key| if of_key == Looked::NotAsked { Looked::NotAsked } else { Looked::CouldNot(reason.clone()) };
            (Looked::CouldNot(reason.clone()), unseen(to_read), unseen(to_write))
        }
        (Looked::Nothing | Looked::NotAsked, _) => return,
    };
    facts.may_request = request;
    facts.may_decrypt = decrypt;
    facts.may_generate_data_key = generate;
}

async fn permission(account: &impl Account, signer: &str, action: &str, on: Looked<String>) -> Looked<Permission> {
    match on {
        Looked::Found(resource) => account.permission(signer, action, &resource).await,
        Looked::CouldNot(reason) => Looked::CouldNot(reason),
        Looked::Nothing | Looked::NotAsked => Looked::NotAsked,
    }
}
