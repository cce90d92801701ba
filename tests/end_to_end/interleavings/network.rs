use std::fmt;
use std::iter::Cycle;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::vec::IntoIter;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use axum::http::{HeaderValue, Request, header};
use presign::clock::Clock;
use tokio::time::{Instant, sleep};

use super::backend;
use super::history::History;
use super::scenario::{Fate, Hop, Outage, Scenario};

/// What lies between the functions and AWS.
#[derive(Clone)]
pub struct Network {
    hops: Arc<Mutex<Cycle<IntoIter<Hop>>>>,
    outages: Arc<[Range<Instant>]>,
    history: Arc<History>,
    clock: Clock,
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").finish_non_exhaustive()
    }
}

impl Network {
    #[expect(clippy::new_ret_no_self, reason = "what the SDK takes for it")]
    pub fn new(scenario: &Scenario, history: &Arc<History>, clock: &Clock) -> SharedHttpClient {
        let hops = Arc::new(Mutex::new(scenario.network.clone().into_iter().cycle()));
        let after = |millis| Instant::now() + Duration::from_millis(millis);
        let outages = scenario.outages.iter().map(|Outage { from, lasts }| after(*from)..after(from + lasts)).collect();
        let network = Self { hops, outages, history: Arc::clone(history), clock: clock.clone() };
        let connector = SharedHttpConnector::new(network);
        http_client_fn(move |_: &HttpConnectorSettings, _| connector.clone())
    }

    async fn carry(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let Hop { there, back, mut fate } = self.hops.lock().unwrap().next().unwrap();
        sleep(Duration::from_millis(there)).await;
        if self.outages.iter().any(|outage| outage.contains(&Instant::now())) {
            fate = Fate::Unreachable;
        }
        let lost = || ConnectorError::io("connection reset".into());
        if fate != Fate::Answers {
            self.history.network_failed();
        }
        match fate {
            Fate::Unreachable => return Err(lost()),
            Fate::Throttles => return Ok(HttpResponse::new(503.try_into().unwrap(), "".into())),
            Fate::Answers | Fate::AnswerLost => {}
        }
        let response = backend::call(readable(request)).await;
        self.history.answered(response.body(), (self.clock)());
        sleep(Duration::from_millis(back)).await;
        if fate == Fate::AnswerLost {
            return Err(lost());
        }
        let (parts, body) = response.into_parts();
        let mut answer = HttpResponse::new(parts.status.as_u16().try_into().unwrap(), body.into());
        for (name, value) in &parts.headers {
            answer.headers_mut().insert(name.to_string(), value.to_str().unwrap().to_owned());
        }
        Ok(answer)
    }
}

impl HttpConnector for Network {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().carry(request))
    }
}

/// The request as it would be on the wire.
fn readable(request: HttpRequest) -> Request<Vec<u8>> {
    let request = request.try_into_http1x().unwrap();
    let mut request = request.map(|body| body.bytes().unwrap().to_vec());
    let host = request.uri().authority().unwrap().to_string();
    request.headers_mut().insert(header::HOST, HeaderValue::try_from(host).unwrap());
    request
}
