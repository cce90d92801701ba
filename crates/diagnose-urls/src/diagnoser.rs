use std::sync::Arc;
use std::time::Duration;

use authorization::{Action, Asking, Denied, Resource};
use aws_config::{Region, SdkConfig};
use diagnosis::facts::{Circumstances, Facts};
use diagnosis::url::SuspectUrl;
use diagnosis::{Case, CaseError, Input, Report};
use diagnosis_online::{AwsAccount, Patient, gather};
use http_api::{Caller, Gate};
use jiff::Timestamp;
use presign::clock::Clock;
use presign::names::BucketName;
use presign::profile::{AddressingStyle, BucketProfile, Profiles};

/// Finds out why URLs fail, once the policies have permitted it.
pub struct Diagnoser {
    pub(crate) gate: Gate,
    pub(crate) profiles: Profiles,
    pub(crate) aws: SdkConfig,
    pub(crate) clock: Clock,
}

/// A URL that fails, and what is known of it. It prints nothing of itself: a URL is a bearer token.
pub struct Asked {
    pub url: String,
    /// S3's answer.
    pub error: Option<String>,
    /// The request as it was sent.
    pub request: Option<String>,
    pub circumstances: Circumstances,
    /// Whether to look into the account, if a profile serves the bucket.
    pub online: bool,
}

/// What came of it.
pub struct Diagnosed {
    pub report: Report,
    /// Whether it was looked into the account.
    pub online: bool,
    /// The policies that permitted it, for the audit.
    pub permitted_by: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum DiagnoseError {
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error(transparent)]
    Unreadable(#[from] CaseError),
    #[error("no bucket is served, so that no policy can permit it")]
    NothingServed,
}

/// How long all looks may take together. API Gateway gives up after 27 seconds.
const PATIENCE: Duration = Duration::from_secs(20);

impl Diagnoser {
    /// Tells why the URL fails.
    ///
    /// # Errors
    /// When the policies do not permit it for the URL's bucket, or what is given cannot be read.
    pub async fn diagnose(&self, caller: &Caller, asked: &Asked) -> Result<Diagnosed, DiagnoseError> {
        let now = Timestamp::try_from((self.clock)()).unwrap_or(Timestamp::MAX);
        let (error, request) = (asked.error.as_deref(), asked.request.as_deref());
        // The policies are asked before more is read than the URL: the rest may be megabytes.
        let url = SuspectUrl::read(&asked.url).map_err(CaseError::from)?;
        let bucket = url.place().bucket.as_deref().and_then(|bucket| bucket.parse::<BucketName>().ok());
        let permitted_by = self.admit(caller, bucket.as_ref())?;
        let case = Case::read(Input { url: &asked.url, error, request, now })?;
        let case = case.from_page(asked.circumstances.origin.clone());
        let profile = bucket.as_ref().and_then(|bucket| self.profiles.get(bucket)).filter(|_| asked.online);
        let case = match profile {
            Some(profile) => {
                let facts = Box::pin(self.look(profile, &case, asked)).await;
                case.with_facts(facts)
            }
            None => case,
        };
        Ok(Diagnosed { report: Report::of(&case), online: profile.is_some(), permitted_by })
    }

    /// The policies that permit it for the bucket. A URL that is too damaged to tell its bucket may be looked at by whoever may
    /// look at those of any bucket.
    fn admit(&self, caller: &Caller, bucket: Option<&BucketName>) -> Result<Vec<String>, DiagnoseError> {
        let asking = Asking { time: (self.clock)(), source_ip: caller.source_ip(), url: None };
        let ask = |bucket| self.gate.ask(caller, Action::Diagnose, Resource::Bucket(bucket), asking);
        if let Some(bucket) = bucket {
            return Ok(ask(bucket)?);
        }
        let mut refusal = DiagnoseError::NothingServed;
        for profile in self.profiles.iter() {
            match ask(profile.bucket()) {
                Ok(permitted_by) => return Ok(permitted_by),
                Err(denied) => refusal = denied.into(),
            }
        }
        Err(refusal)
    }

    async fn look(&self, profile: &BucketProfile, case: &Case, asked: &Asked) -> Facts {
        let region = Region::new(profile.region().as_str().to_owned());
        let path_style = profile.addressing_style() == AddressingStyle::Path;
        let clock = Arc::clone(&self.clock);
        let now = move || Timestamp::try_from(clock()).unwrap_or(Timestamp::MAX);
        let account = AwsAccount::new(self.aws.to_builder().region(region).build(), path_style, Arc::new(now));
        let usual_signer = profile.signer().role().map(|arn| arn.as_str().to_owned());
        let circumstances = asked.circumstances.clone();
        let asked = diagnosis_online::Asked { signer: None, usual_signer, doubts_answer: true, circumstances };
        gather(&Patient::new(account, PATIENCE), case, &asked).await
    }
}
