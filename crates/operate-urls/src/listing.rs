use std::num::NonZeroUsize;

use authorization::{Action, Denied, Resource};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http_api::Caller;
use presign::names::BucketName;
use serde::{Deserialize, Serialize};
use url_cache::{IssuedUrl, Place, UrlTableError, Wanted};

use crate::Operator;

/// What is to be listed: URLs that have not ended and that meet all that is stated.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// The name of the caller they were issued to.
    pub principal: Option<String>,
    /// The tenant of that caller.
    pub tenant: Option<String>,
    pub bucket: Option<BucketName>,
    /// How their keys begin.
    pub prefix: Option<String>,
    pub limit: usize,
    pub cursor: Option<Cursor>,
}

/// Where the next page begins. It tells of a row nothing but its key, which is a digest, and when it ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    bucket: BucketName,
    /// With when that row ends; none at a bucket's beginning.
    after: Option<(String, u64)>,
}

/// A page of what is out.
#[derive(Debug, Clone, Default)]
pub struct Listed {
    pub urls: Vec<IssuedUrl>,
    pub cursor: Option<Cursor>,
}

#[derive(Debug, thiserror::Error)]
pub enum ListError {
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error("the bucket `{0}` is not served: it has no profile")]
    NotServed(BucketName),
    #[error("the cursor is not one that this listing has answered with")]
    Cursor,
    #[error(transparent)]
    Table(#[from] UrlTableError),
}

/// Readings of the table for one page, of however many buckets: each looks through a thousand rows or one bucket. They are done
/// long before API Gateway waits for the answer in vain.
const READINGS: usize = 20;

impl Cursor {
    /// None when it is none of ours.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()
    }

    #[must_use]
    pub fn write(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }
}

impl Operator {
    /// A page of the URLs that are out, those that end first before the others, one bucket after another.
    ///
    /// # Errors
    /// When the policies do not permit it for the bucket, or for any, or the table does not answer.
    pub async fn list(&self, caller: &Caller, listing: &Listing) -> Result<Listed, ListError> {
        let buckets = self.buckets_to_list(caller, listing)?;
        let (mut rest, mut after) = (buckets.as_slice(), None);
        if let Some(cursor) = &listing.cursor {
            let at = buckets.iter().position(|bucket| *bucket == cursor.bucket).ok_or(ListError::Cursor)?;
            rest = buckets.get(at..).unwrap_or_default();
            after = cursor.after.clone().map(|(row, expires_at)| Place { expires_at, row });
        }
        let wanted = Wanted {
            caller: listing.principal.as_deref(),
            tenant: listing.tenant.as_deref(),
            prefix: listing.prefix.as_deref(),
            signing_role: None,
        };
        let mut listed = Listed::default();
        let mut readings = READINGS;
        while let [bucket, others @ ..] = rest {
            let Some(left) = NonZeroUsize::new(readings).filter(|_| listed.urls.len() < listing.limit) else {
                listed.cursor = Some(Cursor { bucket: bucket.clone(), after: None });
                break;
            };
            let room = listing.limit - listed.urls.len();
            let page = self.table.issued(bucket, wanted, self.now(), after.take(), room, left).await?;
            readings -= page.readings;
            listed.urls.extend(page.urls);
            if let Some(Place { expires_at, row }) = page.next {
                listed.cursor = Some(Cursor { bucket: bucket.clone(), after: Some((row, expires_at)) });
                break;
            }
            rest = others;
        }
        Ok(listed)
    }

    /// The bucket that is asked for; or of all those that the caller may list.
    fn buckets_to_list(&self, caller: &Caller, listing: &Listing) -> Result<Vec<BucketName>, ListError> {
        let admit = |bucket| self.admit(caller, Action::ListIssued, Resource::Bucket(bucket));
        if let Some(bucket) = &listing.bucket {
            admit(bucket)?;
            let served = self.profiles.get(bucket).ok_or_else(|| ListError::NotServed(bucket.clone()))?;
            return Ok(vec![served.bucket().clone()]);
        }
        let (mut permitted, mut denied) = (vec![], None);
        for profile in self.profiles.iter() {
            match admit(profile.bucket()) {
                Ok(_) => permitted.push(profile.bucket().clone()),
                Err(refusal) => denied = Some(refusal),
            }
        }
        match denied {
            Some(refusal) if permitted.is_empty() => Err(refusal.into()),
            _ => Ok(permitted),
        }
    }
}
