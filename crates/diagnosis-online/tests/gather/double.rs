use std::future::pending;
use std::sync::Mutex;

use diagnosis::facts::{
    CorsRule, Decision, Encryption, Grants, KeyStatus, KmsKey, Looked, ObjectFacts, Permission, PublicAccessBlock,
};
use diagnosis::policy::Policy;
use diagnosis_online::Account;

use crate::KEY;

/// An account that answers as told, and notes what it was asked.
pub struct Double {
    pub refuses: bool,
    pub user: Looked<String>,
    pub decision: Decision,
    pub never_answers: Option<&'static str>,
    /// What is known of a KMS key, if not that it is enabled.
    pub key: Option<Looked<KmsKey>>,
    pub asked: Mutex<Vec<String>>,
}

impl Double {
    pub fn new() -> Self {
        Self {
            refuses: false,
            user: Looked::NotAsked,
            decision: Decision::Allowed,
            never_answers: None,
            key: None,
            asked: Mutex::default(),
        }
    }

    async fn look<T>(&self, what: &str, answer: Looked<T>) -> Looked<T> {
        self.asked.lock().unwrap().push(what.to_owned());
        if self.never_answers.is_some_and(|never| what.starts_with(never)) {
            pending::<()>().await;
        }
        if self.refuses { Looked::CouldNot(format!("{what}: AccessDenied")) } else { answer }
    }

    pub fn was_asked(&self, what: &str) -> bool {
        self.asked.lock().unwrap().iter().any(|asked| asked.starts_with(what))
    }
}

impl Account for Double {
    async fn caller(&self) -> Looked<String> {
        self.look("caller", Looked::Found("arn:aws:iam::123456789012:user/on-call".to_owned())).await
    }

    async fn key_account(&self, _: &str) -> Looked<String> {
        self.look("key account", Looked::Found("123456789012".to_owned())).await
    }

    async fn key_user(&self, _: &str) -> Looked<String> {
        self.look("key user", self.user.clone()).await
    }

    async fn key_status(&self, _: &str, _: &str) -> Looked<KeyStatus> {
        self.look("key status", Looked::Found(KeyStatus::Inactive)).await
    }

    async fn user_arn(&self, user: &str) -> Looked<String> {
        self.look("user arn", Looked::Found(format!("arn:aws:iam::123456789012:user/{user}"))).await
    }

    async fn role_arn(&self, role: &str) -> Looked<String> {
        self.look("role arn", Looked::Found(format!("arn:aws:iam::123456789012:role/team/{role}"))).await
    }

    async fn role_policies(&self, role: &str) -> Looked<Vec<String>> {
        let names = ["sign-urls", "AWSRevokeOlderSessions", "AWSRevokeOlderSessions-tenant-1"];
        self.look(&format!("policies of {role}"), Looked::Found(names.map(str::to_owned).to_vec())).await
    }

    async fn role_policy(&self, role: &str, name: &str) -> Looked<Policy> {
        let revocation = r#"{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"2026-05-01T11:00:00Z"}}}]}"#;
        let policy = if name == "AWSRevokeOlderSessions" { revocation } else { r#"{"Statement":[]}"# };
        self.look(&format!("policy {name} of {role}"), Looked::Found(Policy::read(policy).unwrap())).await
    }

    async fn bucket_region(&self, _: &str) -> Looked<String> {
        self.look("bucket region", Looked::Found("eu-central-1".to_owned())).await
    }

    async fn object(&self, region: &str, _: &str, key: &str, _: Option<&str>) -> Looked<ObjectFacts> {
        let facts = ObjectFacts {
            encryption: Looked::Found(Encryption { algorithm: "aws:kms".to_owned(), kms_key: Some(KEY.to_owned()) }),
            ..ObjectFacts::default()
        };
        self.look(&format!("object {key} in {region}"), Looked::Found(facts)).await
    }

    async fn permission(&self, principal: &str, action: &str, resource: &str) -> Looked<Permission> {
        let permission = Permission {
            action: action.to_owned(),
            resource: resource.to_owned(),
            decision: self.decision,
            organization_allows: None,
            boundary_allows: None,
            missing_context: Vec::new(),
            policies: Vec::new(),
        };
        self.look(&format!("permission {principal} {action} {resource}"), Looked::Found(permission)).await
    }

    async fn bucket_policy(&self, _: &str, _: &str) -> Looked<Policy> {
        self.look("bucket policy", Looked::Nothing).await
    }

    async fn public_access_block(&self, _: &str, _: &str) -> Looked<PublicAccessBlock> {
        self.look("public access block", Looked::Nothing).await
    }

    async fn bucket_encryption(&self, _: &str, _: &str) -> Looked<Encryption> {
        self.look(
            "bucket encryption",
            Looked::Found(Encryption { algorithm: "aws:kms".to_owned(), kms_key: Some(KEY.to_owned()) }),
        )
        .await
    }

    async fn cors(&self, _: &str, _: &str) -> Looked<Vec<CorsRule>> {
        self.look("cors", Looked::Nothing).await
    }

    async fn kms_key(&self, region: &str, key: &str) -> Looked<KmsKey> {
        let arn = if key.starts_with("alias/") { KEY } else { key }.to_owned();
        let enabled = || Looked::Found(KmsKey { arn, state: "Enabled".to_owned() });
        self.look(&format!("kms key {key} in {region}"), self.key.clone().unwrap_or_else(enabled)).await
    }

    async fn key_policy(&self, region: &str, key: &str) -> Looked<Policy> {
        let policy =
            r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"kms:*","Resource":"*"}]}"#;
        self.look(&format!("key policy {key} in {region}"), Looked::Found(Policy::read(policy).unwrap())).await
    }

    async fn grants(&self, region: &str, key: &str) -> Looked<Grants> {
        self.look(&format!("grants {key} in {region}"), Looked::Found(Grants::default())).await
    }

    async fn clock_skew(&self) -> Looked<i64> {
        self.look("clock", Looked::Found(0)).await
    }
}
