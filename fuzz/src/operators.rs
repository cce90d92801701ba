use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime};

use authorization::Policies;
use axum::Router;
use presign::clock::Clock;
use settings::{Config, Settings};
use tower::ServiceExt;

use crate::account::{SIGNING_ROLE, sdk_config};
use crate::http::request;
use crate::secrecy::{check_diagnosis, check_problem};
use crate::seed::with_signatures;
use crate::service::{answer, now, settle};

/// Of `operate-urls`.
static OPERATIONS: LazyLock<Router> = LazyLock::new(|| {
    let operator = operate_urls::connect(config(), policies(), &sdk_config(), clock());
    operate_urls::router(Arc::new(operator))
});

/// Of `diagnose-urls`.
static DIAGNOSES: LazyLock<Router> = LazyLock::new(|| {
    let diagnoser = diagnose_urls::connect(config(), policies(), &sdk_config(), clock());
    diagnose_urls::router(Arc::new(diagnoser))
});

fn config() -> Config {
    let settings = format!(
        r#"
[[buckets]]
bucket = "demo"
region = "eu-central-1"
signingRole = "{SIGNING_ROLE}"
sessionTag = "tenant"
operations = ["getObject"]
prefixes = [""]
"#
    );
    Config { settings: Settings::from_toml(&settings).expect("the settings are good"), table: "urls".to_owned() }
}

fn policies() -> Policies {
    Policies::parse(include_str!("../../infra/settings/policies.cedar")).expect("they are deployed")
}

/// Each look is some seconds after the last: no revocation has to wait for its second to end.
fn clock() -> Clock {
    let looks = AtomicU64::new(0);
    Arc::new(move || -> SystemTime { now() + Duration::from_secs(3 * looks.fetch_add(1, Ordering::Relaxed)) })
}

/// A request to the operators' functions, by an operator on the first line or by somebody else: only an operator is served, and no
/// answer says a signature again.
pub fn operators(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let is_operator = *first == b'!';
    let Ok(asked) = std::str::from_utf8(rest).map(with_signatures) else { return };
    let Some(mut request) = request(asked.as_bytes()) else { return };
    let claims = BTreeMap::from([("groups".to_owned(), if is_operator { "operators" } else { "readers" }.to_owned())]);
    request.extensions_mut().insert(http_api::Caller::new("olga").with_claims(claims));
    let of_diagnoses = request.uri().path() == "/diagnoses";
    let router = Router::clone(if of_diagnoses { &DIAGNOSES } else { &OPERATIONS });
    let Ok(response) = settle(router.oneshot(request));
    let (status, body) = answer(response);
    let table_or_iam = ["table-unavailable", "iam-unavailable", "revoker-refused"];
    let of_aws = table_or_iam.iter().any(|problem| body.contains(&format!("urn:presign:problem:{problem}")));
    assert!(!status.is_server_error() || of_aws, "{status}: {body}");
    assert!(is_operator || !status.is_success(), "it is served to somebody else: {body}");
    if !status.is_success() {
        check_problem(&asked, &body);
    }
    if of_diagnoses {
        check_diagnosis(&asked, &body);
    }
}
