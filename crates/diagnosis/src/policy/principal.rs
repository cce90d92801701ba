use super::truth::Truth;

/// Who signed, as policies may name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The user's or role's ARN.
    pub arn: String,
    /// Whether a role's path is in it: the ARN of its sessions, of which it may be made, leaves the path out.
    pub path_known: bool,
    /// The session's own ARN, `…:assumed-role/ROLE/SESSION`.
    pub session: Option<String>,
}

/// In place of a session's name that is not known: none has it.
const ANY_SESSION: &str = "*";

impl Principal {
    /// Of a user, a role, or a role's session.
    #[must_use]
    pub fn of(arn: impl Into<String>) -> Self {
        let arn = arn.into();
        match role_of_session(&arn) {
            Some(role) => Self { arn: role, path_known: false, session: Some(arn) },
            None => Self { arn, path_known: true, session: None },
        }
    }

    /// Whether both are of one role, or sessions of it. A role's path is in no session's ARN.
    #[must_use]
    pub fn is_role_of(&self, other: &Self) -> bool {
        self.role_name() == other.role_name() && self.account() == other.account()
    }

    #[must_use]
    pub fn account(&self) -> Option<&str> {
        account_of(&self.arn)
    }

    #[must_use]
    pub fn partition(&self) -> &str {
        self.arn.split(':').nth(1).unwrap_or("aws")
    }

    /// The role's name, without its path.
    #[must_use]
    pub fn role_name(&self) -> Option<&str> {
        role_name(&self.arn)
    }

    /// A user, or a session by its own name alone, be it known or not.
    pub(crate) fn without_role(&self) -> Self {
        let arn = match (&self.session, self.role_name()) {
            (Some(session), _) => session.clone(),
            (None, Some(role)) => {
                let (partition, account) = (self.partition(), self.account().unwrap_or_default());
                format!("arn:{partition}:sts::{account}:assumed-role/{role}/{ANY_SESSION}")
            }
            (None, None) => self.arn.clone(),
        };
        Self { arn, path_known: true, session: None }
    }

    /// Whether it is known but for the name of a role's session.
    pub(super) fn lacks_only_its_session(&self) -> bool {
        let of_role = self.role_name().is_some() || self.arn.ends_with(ANY_SESSION);
        of_role && self.path_known && self.session.is_none()
    }

    /// Whether an ARN is the signer's own, as role or as session; none if that depends on what is not known.
    pub(crate) fn is_called(&self, arn: &str) -> Option<bool> {
        match self.is(arn) {
            Truth::True => Some(true),
            Truth::False => Some(false),
            Truth::Unknown => None,
        }
    }

    /// Whether one of these is the signer; with `by_account`, its account counts for it.
    pub(super) fn is_named_by(&self, names: &[String], by_account: bool) -> Truth {
        Truth::any(names.iter().map(|name| {
            let everyone = name == "*" || by_account && self.is_of_account(name);
            if everyone { Truth::True } else { self.is(name) }
        }))
    }

    /// Whether these, which a statement leaves out, leave out the signer: its account must be among them as well as itself,
    /// and of a session the role and the session.
    ///
    /// Source: IAM user guide, "AWS JSON policy elements: `NotPrincipal`".
    pub(super) fn is_left_out_by(&self, names: &[String]) -> Truth {
        let lists = |arn: &str| names.iter().any(|name| name == arn);
        if lists("*") {
            return Truth::True;
        }
        if self.is_named_by(names, false) == Truth::False {
            return Truth::False;
        }
        let of_account = names.iter().any(|name| self.is_of_account(name));
        let as_session = self.role_name().is_none() || self.session.as_deref().is_some_and(lists);
        if of_account && lists(&self.arn) && as_session { Truth::True } else { Truth::Unknown }
    }

    fn is(&self, name: &str) -> Truth {
        if name == self.arn || self.session.as_deref() == Some(name) {
            return Truth::True;
        }
        let some_session = self.arn.strip_suffix(ANY_SESSION).and_then(session_role);
        let may_be = some_session.is_some_and(|role| session_role(name) == Some(role))
            || self.role_name().is_some_and(|role| {
                self.session.is_none() && session_role(name) == Some(role)
                    || !self.path_known && role_name(name) == Some(role)
            });
        if may_be && account_of(name) == self.account() { Truth::Unknown } else { Truth::False }
    }

    /// `123456789012`, `arn:aws:iam::123456789012:root`
    pub(crate) fn is_of_account(&self, name: &str) -> bool {
        let account = self.account();
        account == Some(name) || name.ends_with(":root") && account.is_some() && account_of(name) == account
    }
}

pub(crate) fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}

/// `…:role/PATH/ROLE`
fn role_name(arn: &str) -> Option<&str> {
    arn.split_once(":role/").and_then(|(_, path)| path.rsplit('/').next()).filter(|name| !name.is_empty())
}

/// `…:assumed-role/ROLE/SESSION`
fn session_role(arn: &str) -> Option<&str> {
    let (role, _session) = arn.split_once(":assumed-role/")?.1.split_once('/')?;
    Some(role).filter(|role| !role.is_empty())
}

fn role_of_session(arn: &str) -> Option<String> {
    let partition = arn.split(':').nth(1)?;
    Some(format!("arn:{partition}:iam::{}:role/{}", account_of(arn)?, session_role(arn)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/signer/s1";
    const ROLE: &str = "arn:aws:iam::123456789012:role/signer";
    const ROOT: &str = "arn:aws:iam::123456789012:root";
    const USER: &str = "arn:aws:iam::123456789012:user/bob";

    fn list(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_session_leads_to_its_role() {
        let session = Principal::of(SESSION);
        assert_eq!((session.arn.as_str(), session.path_known), (ROLE, false));
        assert_eq!((session.session.as_deref(), session.role_name()), (Some(SESSION), Some("signer")));
        let role = Principal::of("arn:aws:iam::123456789012:role/team/signer");
        assert_eq!((role.role_name(), role.session.as_deref()), (Some("signer"), None));
        assert_eq!(Principal::of(USER).role_name(), None);
    }

    #[test]
    fn a_policy_may_name_the_signer_its_session_or_its_account() {
        let (session, role, user) = (Principal::of(SESSION), Principal::of(ROLE), Principal::of(USER));
        let other_session = "arn:aws:sts::123456789012:assumed-role/signer/s2";
        let with_path = "arn:aws:iam::123456789012:role/team/signer";
        for (principal, name, truth) in [
            (&session, SESSION, Truth::True),
            (&session, ROLE, Truth::True),
            (&session, other_session, Truth::False),
            (&session, with_path, Truth::Unknown),
            (&session, "arn:aws:iam::210987654321:role/signer", Truth::False),
            (&session, ROOT, Truth::True),
            (&role, SESSION, Truth::Unknown),
            (&role, with_path, Truth::False),
            (&role, "arn:aws:sts::123456789012:assumed-role/other/s1", Truth::False),
            (&user, USER, Truth::True),
            (&user, "123456789012", Truth::True),
            (&user, "*", Truth::True),
            (&user, ROLE, Truth::False),
        ] {
            assert_eq!(principal.is_named_by(&list(&[name]), true), truth, "{principal:?} {name}");
        }
        assert_eq!(user.is_named_by(&list(&[ROOT]), false), Truth::False);
    }

    #[test]
    fn to_be_left_out_takes_the_account_and_oneself() {
        let (session, role, user) = (Principal::of(SESSION), Principal::of(ROLE), Principal::of(USER));
        for (principal, names, truth) in [
            (&user, &[USER, ROOT][..], Truth::True),
            (&user, &[USER], Truth::Unknown),
            (&user, &[ROOT, "arn:aws:iam::123456789012:user/alice"], Truth::False),
            (&session, &[SESSION, ROLE, ROOT], Truth::True),
            (&session, &[ROLE, ROOT], Truth::Unknown),
            (&role, &[SESSION, ROLE, ROOT], Truth::Unknown),
            (&role, &[ROOT], Truth::False),
            (&role, &["*"], Truth::True),
        ] {
            assert_eq!(principal.is_left_out_by(&list(names)), truth, "{principal:?} {names:?}");
        }
    }
}
