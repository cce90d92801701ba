use std::pin::pin;
use std::task::{Context as TaskContext, Poll, Waker};

use anyhow::{Context as _, Result, bail};
use http::Request;
use reqsign_aws_v4::{Credential, RequestSigner};
use reqsign_core::{Context, SignRequest};

use super::Task;

/// reqsign, which signs for `object_store`'s and `OpenDAL`'s users. It takes no time: it reads the clock.
pub struct Reqsign {
    context: Context,
    signer: RequestSigner,
    credential: Credential,
    url: String,
}

impl Reqsign {
    pub fn new(task: &Task) -> Self {
        Self {
            context: Context::new(),
            signer: RequestSigner::new("s3", task.region),
            credential: Credential {
                access_key_id: task.access_key_id.to_owned(),
                secret_access_key: task.secret_access_key.to_owned(),
                session_token: Some(task.session_token.clone()),
                expires_in: None,
            },
            url: format!("https://{}/{}", task.host(), task.key),
        }
    }

    pub fn url(&self, task: &Task) -> Result<String> {
        let (mut parts, ()) = Request::get(&self.url).body(()).context("the URL is one")?.into_parts();
        let sign = self.signer.sign_request(&self.context, &mut parts, Some(&self.credential), Some(task.expires_in));
        // There is nothing that it waits for.
        let Poll::Ready(signed) = pin!(sign).poll(&mut TaskContext::from_waker(Waker::noop())) else {
            bail!("reqsign waits for something");
        };
        signed?;
        Ok(parts.uri.to_string())
    }
}
