//! Who calls, and what they may do.

mod directory;
mod session;
mod user_keys;

pub use directory::{Denied, Directory, IdentityError};
use serde_json::{Value, json};
pub use session::{Holder, MasterKey, Session};
pub use user_keys::UserKeys;

/// The long-term key that may do everything in the local account.
#[derive(Clone)]
pub struct Administrator {
    pub access_key_id: String,
    pub secret_access_key: String,
}

impl Administrator {
    /// The IAM user name that the administrator appears under.
    pub const USER: &'static str = "local-administrator";
    /// The unique id of that user.
    pub const USER_ID: &'static str = "AIDALOCALADMINISTRATR";
}

impl std::fmt::Debug for Administrator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Administrator").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// An authenticated caller.
#[derive(Debug, Clone)]
pub enum Caller {
    Administrator { access_key_id: String },
    Session(Box<Session>),
}

impl Caller {
    /// The caller's ARN: a user's, or an assumed role's.
    #[must_use]
    pub fn arn(&self, account: &str) -> String {
        match self {
            Self::Administrator { .. } => format!("arn:aws:iam::{account}:user/{}", Administrator::USER),
            Self::Session(session) => match &session.holder {
                Holder::Role { role_name, .. } => {
                    format!("arn:aws:sts::{account}:assumed-role/{role_name}/{}", session.name)
                }
                Holder::FederatedUser {} => format!("arn:aws:sts::{account}:federated-user/{}", session.name),
            },
        }
    }

    /// The value of `aws:userid`.
    #[must_use]
    pub fn user_id(&self) -> String {
        match self {
            Self::Administrator { .. } => Administrator::USER_ID.to_owned(),
            Self::Session(session) => match &session.holder {
                Holder::Role { role_id, .. } => format!("{role_id}:{}", session.name),
                Holder::FederatedUser {} => format!("{}:{}", Administrator::USER_ID, session.name),
            },
        }
    }

    /// The `userIdentity` element of a CloudTrail event.
    #[must_use]
    pub fn user_identity(&self, account: &str) -> Value {
        let (kind, access_key_id) = match self {
            Self::Administrator { access_key_id } => ("IAMUser", access_key_id),
            Self::Session(session) => match session.holder {
                Holder::Role { .. } => ("AssumedRole", &session.access_key_id),
                Holder::FederatedUser {} => ("FederatedUser", &session.access_key_id),
            },
        };
        let mut identity = json!({
            "type": kind,
            "principalId": self.user_id(),
            "arn": self.arn(account),
            "accountId": account,
            "accessKeyId": access_key_id,
        });
        let Some(members) = identity.as_object_mut() else { return identity };
        match self {
            Self::Administrator { .. } => members.insert("userName".to_owned(), Administrator::USER.into()),
            Self::Session(session) => members.insert("sessionContext".to_owned(), session_context(session)),
        };
        identity
    }
}

fn session_context(session: &Session) -> Value {
    let issuer = match &session.holder {
        Holder::Role { role_name, role_id } => json!({"type": "Role", "principalId": role_id, "userName": role_name}),
        Holder::FederatedUser {} => {
            json!({"type": "IAMUser", "principalId": Administrator::USER_ID, "userName": Administrator::USER})
        }
    };
    let mut context = json!({
        "sessionIssuer": issuer,
        "attributes": {"creationDate": session.issued_at.to_string(), "mfaAuthenticated": "false"},
    });
    if let (Some(identity), Some(context)) = (&session.source_identity, context.as_object_mut()) {
        context.insert("sourceIdentity".to_owned(), identity.clone().into());
    }
    context
}
