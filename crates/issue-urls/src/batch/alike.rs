use std::collections::HashMap;

use presign::cache::CacheKey;

use crate::steps::{Prepared, Settled};
use crate::{IssueError, Verified};

/// What URLs have in common that are refused together: of two with the same key, or of one that was signed twice in a second, what S3
/// says to one it says to the other.
#[derive(PartialEq, Eq, Hash)]
enum Alike<'a> {
    Key(&'a CacheKey),
    Url(&'a str),
}

impl<'a> Alike<'a> {
    fn of(prepared: &'a Prepared<'_>, settled: &'a Settled) -> Self {
        prepared.terms.key.as_ref().map_or_else(|| Self::Url(settled.row.url.expose()), Self::Key)
    }
}

/// What came of the trials: those that were not made, since another had worked, fail where that of one alike has failed.
pub fn as_alike_were(
    verified: Vec<Result<Option<Verified>, IssueError>>,
    prepared: &[Result<Prepared<'_>, IssueError>],
    items: &[Result<Settled, IssueError>],
) -> Vec<Result<Option<Verified>, IssueError>> {
    let settled = || prepared.iter().zip(items).map(|(prepared, item)| prepared.as_ref().ok().zip(item.as_ref().ok()));
    let failed = settled().zip(&verified).filter_map(|(settled, verified)| {
        let (prepared, settled) = settled?;
        match verified {
            // What nobody knows of the one, and whether the object is there, is no reason to refuse the other.
            Err(error @ IssueError::WouldFail(would_fail)) if !would_fail.is_about_the_object() => {
                Some((Alike::of(prepared, settled), error.clone()))
            }
            _ => None,
        }
    });
    let failed: HashMap<Alike<'_>, IssueError> = failed.collect();
    let alike = settled().zip(verified).map(|(settled, verified)| match settled {
        Some((prepared, settled)) if settled.then.to_try && matches!(verified, Ok(None)) => {
            failed.get(&Alike::of(prepared, settled)).map_or(Ok(None), |error| Err(error.clone()))
        }
        _ => verified,
    });
    alike.collect()
}
