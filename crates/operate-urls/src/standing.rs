use std::time::{Duration, SystemTime};

use presign::names::RoleArn;
use presign::revocation::{CutOff, Denial, FOLD_SIZE, POLICY_NAME, RevocationName, foldable, read, superfluous};

use crate::{IamError, RolePolicies};

/// The revocations that a role's policies were when they were looked at.
///
/// Whoever else changes them meanwhile, and wherever this is cut short: what was killed stays dead. A policy is taken away only
/// after one was put that kills all that it does and is itself kept by the same rule; or when it is spent. On
/// `AWSRevokeOlderSessions`, which others write too, nothing is taken away. IAM has no conditional write: of a revocation that found no
/// room but in place of another this holds unless that one is taken away between its last reading and its deletion.
pub struct Standing<'a, P> {
    policies: &'a P,
    role: &'a RoleArn,
    names: Vec<RevocationName>,
}

/// What kills what a denial is to kill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    pub cut_off: CutOff,
    pub policy_name: String,
}

/// How far the clock of STS may be behind this function's, or ahead of it.
pub(crate) const CLOCK_SKEW: Duration = Duration::from_millis(200);
/// What a revocation waits for room to be made.
const ROOM_TIMEOUT: Duration = Duration::from_secs(3);

impl<'a, P: RolePolicies> Standing<'a, P> {
    /// # Errors
    /// When IAM does not answer.
    pub async fn find(policies: &'a P, role: &'a RoleArn) -> Result<Self, IamError> {
        let names = policies.names(role).await?.iter().filter_map(|name| RevocationName::of_policy(name)).collect();
        Ok(Self { policies, role, names })
    }

    #[must_use]
    pub fn role(&self) -> &RoleArn {
        self.role
    }

    /// What kills already all that `denial` would. A name tells only which policies to read: others may have changed what they say.
    ///
    /// # Errors
    /// When the denial is of all and `AWSRevokeOlderSessions` is another policy, or IAM does not answer.
    pub async fn in_force(&self, denial: &Denial) -> Result<Option<InForce>, IamError> {
        let of_all = match self.told(POLICY_NAME).await {
            // It stands in no other's place.
            Err(IamError::AnotherPolicy(_)) if !denial.is_of_all() => None,
            told => told?,
        };
        if let Some(of_all) = of_all.filter(|of_all| of_all.covers(denial)) {
            return Ok(Some(InForce { cut_off: of_all.cut_off(), policy_name: POLICY_NAME.to_owned() }));
        }
        let wanted = denial.name();
        let whose = wanted.tags().map(|(whose, _)| whose);
        let is_fold = |name: &RevocationName| name.tags().is_some_and(|(of, count)| Some(of) == whose && count > 1);
        let may_kill = |name: &&RevocationName| {
            **name == wanted || name.covers(&wanted) || (is_fold(name) && name.cut_off() >= wanted.cut_off())
        };
        let mut may_kill: Vec<_> = self.names.iter().filter(may_kill).collect();
        may_kill.sort_by_key(|name| (is_fold(name), std::cmp::Reverse(name.cut_off())));
        for name in may_kill {
            if let Some(told) = self.say(name).await?.filter(|told| told.covers(denial)) {
                return Ok(Some(InForce { cut_off: told.cut_off(), policy_name: name.to_string() }));
            }
        }
        Ok(None)
    }

    /// What [`kill`](Self::kill) makes, where there is room.
    #[must_use]
    pub fn planned(&self, denial: &Denial) -> InForce {
        let all = denial.is_of_all().then(|| POLICY_NAME.to_owned());
        InForce { cut_off: denial.cut_off(), policy_name: all.unwrap_or_else(|| denial.name().to_string()) }
    }

    /// # Errors
    /// When another policy has its name, IAM does not take it, or the role has no room for it.
    pub async fn kill(&self, denial: &Denial, now: SystemTime) -> Result<InForce, IamError> {
        let planned = self.planned(denial);
        let document = denial.document();
        match self.put(denial, &planned.policy_name, &document).await {
            Err(IamError::Full(_)) => {}
            done => return done.map(|()| planned),
        }
        if let Ok(Err(error)) = tokio::time::timeout(ROOM_TIMEOUT, self.take_away(&self.names, None, now)).await {
            tracing::warn!(role = %self.role, %error, "what does nothing any more keeps its room");
        }
        match self.put(denial, &planned.policy_name, &document).await {
            // Others have changed places meanwhile, or made room.
            Err(IamError::Full(_)) if denial.is_of_all() => {
                Self::find(self.policies, self.role).await?.kill_in_place(denial).await
            }
            Err(IamError::Full(role)) => {
                let room_for_all =
                    !self.names.is_empty() || self.told(POLICY_NAME).await.is_ok_and(|told| told.is_some());
                Err(if room_for_all { IamError::FullForOne(role) } else { IamError::Full(role) })
            }
            done => done.map(|()| planned),
        }
    }

    /// Puts a denial, but not over what is to stay: another may have come first and gone further, or have made another policy of
    /// it by hand.
    async fn put(&self, denial: &Denial, name: &str, document: &str) -> Result<(), IamError> {
        match self.told(name).await? {
            Some(told) if told.covers(denial) => Ok(()),
            Some(told) if !denial.covers(&told) => Err(IamError::AnotherPolicy(name.to_owned())),
            _ => self.policies.put(self.role, name, document).await,
        }
    }

    /// Writes a revocation of the whole role over revocations of tags, which it covers and than which it is shorter, until there
    /// is room for its own policy: there is no moment in which something lives that was killed. Where there is none in the end,
    /// they are its place: what is in it tells from when on it is spent, not its name.
    async fn kill_in_place(&self, denial: &Denial) -> Result<InForce, IamError> {
        let document = denial.document();
        let mut places: Vec<_> = self.names.iter().collect();
        places.sort_by_key(|name| std::cmp::Reverse(name.tags().map(|(_, count)| count)));
        let mut killing = Err(IamError::Full(self.role.clone()));
        for name in places {
            match self.kill_in_place_of(name, denial, &document).await {
                Ok(Some(in_place)) => killing = Ok(in_place),
                Ok(None) => continue,
                Err(error) => return killing.map_err(|_| error),
            }
            match self.put(denial, POLICY_NAME, &document).await {
                Ok(()) => return Ok(self.planned(denial)),
                Err(IamError::Full(_)) => {}
                Err(error) => {
                    tracing::warn!(role = %self.role, %error, "a revocation stays in place of what it covers");
                    return killing;
                }
            }
        }
        match killing {
            // A place that was another's a moment ago may be nobody's now.
            Err(IamError::Full(_)) => self.put(denial, POLICY_NAME, &document).await.map(|()| self.planned(denial)),
            killing => killing,
        }
    }

    /// None where the policy of this name is not one that the denial covers, or is gone, or has no room for it.
    async fn kill_in_place_of(
        &self,
        name: &RevocationName,
        denial: &Denial,
        document: &str,
    ) -> Result<Option<InForce>, IamError> {
        let policy_name = name.to_string();
        match self.say(name).await? {
            Some(told) if told.covers(denial) => return Ok(Some(InForce { cut_off: told.cut_off(), policy_name })),
            Some(told) if denial.covers(&told) => {}
            _ => return Ok(None),
        }
        match self.policies.put(self.role, &policy_name, document).await {
            Err(IamError::Full(_)) => return Ok(None),
            done => done?,
        }
        // Somebody may have read what was there before, and take it away.
        let there = self.say(name).await?.is_some_and(|told| told.covers(denial));
        Ok(there.then(|| InForce { cut_off: denial.cut_off(), policy_name }))
    }

    /// Once `done` is in force: takes away what it has made superfluous, and makes one of many where there are many.
    ///
    /// # Errors
    /// When IAM does not do it. What stays does no harm.
    pub async fn tidy(&self, done: &Denial, may_fold: bool, now: SystemTime) -> Result<(), IamError> {
        let mut names = self.names.clone();
        let has_covered = || names.iter().any(|name| name.cut_off() <= done.cut_off() && !name.is_spent(now));
        if !done.is_of_all() {
            names.push(done.name());
        } else if has_covered() {
            // In place of those that go: another could yet write an earlier time into `AWSRevokeOlderSessions`.
            self.put(done, &done.name().to_string(), &done.document()).await?;
            names.push(done.name());
        }
        self.take_away(&names, Some(done), now).await?;
        if may_fold {
            let superfluous = superfluous(&names, now);
            let left: Vec<_> = names.iter().filter(|name| !superfluous.contains(name)).cloned().collect();
            self.fold(&left, now).await?;
        }
        Ok(())
    }

    /// Takes away what can hit no session any more, and what is covered. How many they were.
    ///
    /// # Errors
    /// When IAM does not do it. What stays does no harm.
    pub async fn prune(&self, now: SystemTime) -> Result<usize, IamError> {
        Ok(self.take_away(&self.names, None, now).await? + self.finish_folds(now).await?)
    }

    /// `done` was written just now.
    async fn take_away(
        &self,
        names: &[RevocationName],
        done: Option<&Denial>,
        now: SystemTime,
    ) -> Result<usize, IamError> {
        let mut taken = vec![];
        for name in superfluous(names, now) {
            // What says something else than its name is no revocation, or one of the whole role that found no other room.
            let Some(told) = self.say(name).await? else { continue };
            let others = names.iter().filter(|other| *other != name && !taken.contains(other));
            if told.cut_off().is_spent(now) || self.cover(others, &told, done).await? {
                self.policies.delete(self.role, &name.to_string()).await?;
                taken.push(name);
            }
        }
        Ok(taken.len())
    }

    /// Whether one of these policies says that it kills all that `told` does.
    async fn cover(
        &self,
        names: impl Iterator<Item = &RevocationName>,
        told: &Denial,
        done: Option<&Denial>,
    ) -> Result<bool, IamError> {
        let covered = told.name();
        for name in names.filter(|name| name.covers(&covered) || **name == covered) {
            let says = match done.filter(|done| done.name() == *name) {
                Some(done) => Some(done.clone()),
                None => self.say(name).await?,
            };
            if says.is_some_and(|says| says.covers(told)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn fold(&self, names: &[RevocationName], now: SystemTime) -> Result<(), IamError> {
        let mut members = vec![];
        for name in foldable(names, now, CLOCK_SKEW) {
            if members.len() < FOLD_SIZE {
                members.extend(self.say(name).await?.filter(|told| told.name() == *name));
            }
        }
        let Some(fold) = Denial::fold(&members).filter(|_| members.len() == FOLD_SIZE) else { return Ok(()) };
        let name = fold.name();
        self.put(&fold, &name.to_string(), &fold.document()).await?;
        for member in members.iter().map(Denial::name).filter(|member| *member != name) {
            self.take_away_covered(&member, &fold).await?;
        }
        Ok(())
    }

    /// Takes away what folds cover that were cut short before they did. How many they were.
    async fn finish_folds(&self, now: SystemTime) -> Result<usize, IamError> {
        let live = || self.names.iter().filter(|name| !name.is_spent(now));
        let mut taken = 0;
        for fold in live().filter(|name| name.tags().is_some_and(|(_, count)| count > 1)) {
            let whose = fold.tags().map(|(whose, _)| whose);
            let may_be_covered = |name: &&RevocationName| {
                *name != fold && name.cut_off() <= fold.cut_off() && name.tags().map(|(whose, _)| whose) == whose
            };
            let mut candidates = live().filter(may_be_covered).peekable();
            if candidates.peek().is_none() {
                continue;
            }
            let Some(told) = self.say(fold).await?.filter(|told| told.name() == *fold) else { continue };
            for name in candidates {
                taken += usize::from(self.take_away_covered(name, &told).await?);
            }
        }
        Ok(taken)
    }

    /// Takes this policy away, if it still says what its name does and `by` covers that. Whether it did.
    async fn take_away_covered(&self, name: &RevocationName, by: &Denial) -> Result<bool, IamError> {
        let covered = self.say(name).await?.is_some_and(|told| told.name() == *name && by.covers(&told));
        if covered {
            self.policies.delete(self.role, &name.to_string()).await?;
        }
        Ok(covered)
    }

    /// What a policy of this name says; none where it is gone, or is no revocation as they are written here.
    async fn say(&self, name: &RevocationName) -> Result<Option<Denial>, IamError> {
        match self.told(&name.to_string()).await {
            Err(IamError::AnotherPolicy(_)) => Ok(None),
            told => told,
        }
    }

    /// The same, of a name that may be `AWSRevokeOlderSessions`, which AWS's console writes too; an error where it is no revocation.
    async fn told(&self, name: &str) -> Result<Option<Denial>, IamError> {
        let Some(document) = self.policies.document(self.role, name).await? else { return Ok(None) };
        let told = if name == POLICY_NAME { read(&document).map(Denial::of_all) } else { Denial::read(&document) };
        told.map(Some).ok_or_else(|| IamError::AnotherPolicy(name.to_owned()))
    }
}
