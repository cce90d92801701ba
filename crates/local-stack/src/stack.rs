use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use authorization::{Policies, PoliciesError};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use axum::serve::ListenerExt;
use axum::{Json, Router};
use http_api::{Problem, ProblemKind, RequestIds};
use local_aws::{EventSent, LocalAws, OpenError, SeedError};
use operate_urls::{Operator, Pruned};
use presign::clock::Clock;
use presign::names::AccountId;
use reconcile_urls::{ReconcileError, Reconciled};
use serde_json::{Value, json};
use settings::{Settings, SettingsError};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tower::ServiceExt;
use uuid::Uuid;

use crate::address::{Function, function_for, is_for_aws, is_signed_for_the_api};
use crate::auth::{Authorizer, IssuerError, Tokens};
use crate::clock::StackClock;
use crate::data_folder::{DataFolder, DataFolderError};
use crate::event_bus::EventBus;
use crate::usage_plan::UsagePlan;
use crate::{Options, cors, demo};

/// A stack that runs, until it is stopped or dropped.
pub struct LocalStack {
    address: SocketAddr,
    aws: LocalAws,
    data: DataFolder,
    services: Arc<Services>,
    clock: StackClock,
    stop: oneshot::Sender<()>,
    server: JoinHandle<io::Result<()>>,
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("port {port} of {host} cannot be had ({source}): name another with --port, or 0 for any free one")]
    Port { host: Ipv4Addr, port: u16, source: io::Error },
    #[error("this machine has not the address {0}: name another with --host")]
    Host(Ipv4Addr),
    #[error(transparent)]
    Data(#[from] DataFolderError),
    #[error(transparent)]
    Aws(#[from] OpenError),
    #[error(transparent)]
    Seed(#[from] SeedError),
    #[error("the table cannot be made: {0}")]
    Table(#[from] Box<aws_sdk_dynamodb::Error>),
    #[error("events that an earlier run could not deliver cannot be read: {0}")]
    Redrive(io::Error),
    #[error("the settings file cannot be written: {0}")]
    WriteSettings(io::Error),
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Policies(#[from] PoliciesError),
    #[error(transparent)]
    Issuer(#[from] IssuerError),
}

/// What the one address answers with.
struct Services {
    issuer: Router,
    operators: Router,
    operator: Arc<Operator>,
    diagnoser: Router,
    aws: LocalAws,
    bus: EventBus,
    reconciler: reconcile_urls::App,
    /// The account that all of this is in.
    home: Option<AccountId>,
    authorizer: Authorizer,
    usage_plan: Option<UsagePlan>,
    clock: StackClock,
}

/// The most that API Gateway takes, in bytes.
/// Source: API Gateway developer guide, "Quotas for configuring and running an HTTP API in API Gateway".
const LARGEST_REQUEST: usize = 10_000_000;

/// How long open requests may take to end once the stack is told to stop.
const GRACE: Duration = Duration::from_secs(2);

impl LocalStack {
    /// Starts everything; it answers as soon as this returns.
    ///
    /// # Errors
    /// When the port is taken, or the data folder cannot be used.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let (host, port) = (options.host, options.port);
        let taken = |source: io::Error| match source.kind() {
            io::ErrorKind::AddrNotAvailable => StartError::Host(host),
            _ => StartError::Port { host, port, source },
        };
        let listener = TcpListener::bind((host, port)).await.map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        let endpoint = format!("http://{address}");

        let by_port = || (port != 0).then(|| PathBuf::from(format!(".local-stack/{port}")));
        let data = DataFolder::open(options.data.clone().or_else(by_port).as_deref())?;
        let (events, waiting) = mpsc::unbounded_channel();
        let authorizer = Authorizer::new(options.auth, &endpoint)?;
        let stack_clock = StackClock::default();
        let hand = stack_clock.clone();
        let clock: Clock = Arc::new(move || hand.now());
        let aws = LocalAws::open(local_aws::Settings {
            data: data.path().to_owned(),
            account_id: demo::ACCOUNT_ID.to_owned(),
            region: demo::REGION.to_owned(),
            access_key_id: demo::ACCESS_KEY_ID.to_owned(),
            secret_access_key: demo::SECRET_ACCESS_KEY.to_owned(),
            now: clock.clone(),
            web_identity: authorizer.web_identity(&address.to_string()),
            events,
        })
        .await?;
        demo::seed(&aws).await?;

        let settings_file = data.path().join("settings.toml");
        std::fs::write(&settings_file, demo::settings(&options, &endpoint)).map_err(StartError::WriteSettings)?;
        let settings = Settings::load(&settings_file)?;
        let config = || settings::Config { settings: settings.clone(), table: demo::TABLE.to_owned() };
        let sdk = sdk_config(&endpoint, &stack_clock);
        let issuer = issue_urls::connect(config(), policies(&options)?, &sdk, clock.clone());
        let operator = Arc::new(operate_urls::connect(config(), policies(&options)?, &sdk, clock.clone()));
        let diagnoser = diagnose_urls::connect(config(), policies(&options)?, &sdk, clock.clone());
        let invalidator = invalidate_urls::connect(config(), &sdk, clock.clone());
        let home: Option<AccountId> = demo::ACCOUNT_ID.parse().ok();
        let services = Arc::new(Services {
            issuer: issue_urls::router(Arc::new(issuer)),
            operators: operate_urls::router(Arc::clone(&operator)),
            operator,
            diagnoser: diagnose_urls::router(Arc::new(diagnoser)),
            aws: aws.clone(),
            bus: EventBus::new(invalidator, home.clone(), data.path().join("dead-letters.jsonl"), waiting),
            reconciler: reconcile_urls::connect(config(), &sdk, clock.clone()),
            home,
            authorizer,
            usage_plan: options.caller_rate.map(UsagePlan::new),
            clock: stack_clock.clone(),
        });
        let (server, stop) = serve(listener, Arc::clone(&services), &options.cors_origin);
        let dynamodb = aws_sdk_dynamodb::Client::new(&sdk);
        url_cache::create_table(&dynamodb, demo::TABLE).await.map_err(Box::new)?;
        services.bus.redrive().await.map_err(StartError::Redrive)?;
        Ok(Self { address, aws, data, services, clock: stack_clock, stop, server })
    }

    /// The one address of everything.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The AWS services, for faults and counts.
    #[must_use]
    pub fn aws(&self) -> &LocalAws {
        &self.aws
    }

    /// Lets time pass, for the functions, for AWS and for clients with [`sdk_config`](Self::sdk_config) alike. Others, whose clock
    /// does not follow, have quarter of an hour before their signatures are refused.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// Puts a whole event on the bus, as any AWS service could, and waits a moment for it to be handled.
    pub async fn deliver(&self, event: Value) {
        self.aws.publish(event);
        self.services.bus.deliver().await;
    }

    /// Waits until each event so far has been handled, or has become a dead letter, which happens after some 25 seconds.
    pub async fn settled(&self) {
        self.services.bus.settled().await;
    }

    /// How many events could not be handled, and are kept for the next start.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn dead_letters(&self) -> io::Result<usize> {
        self.services.bus.dead_letters()
    }

    /// Looks for changes of which no event has told, as the schedule does in an account.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn reconcile(&self) -> Result<Reconciled, ReconcileError> {
        self.services.reconciler.reconcile(self.services.home.as_ref()).await
    }

    /// Takes away the revocations that do nothing any more, as the schedule does in an account.
    pub async fn prune(&self) -> Pruned {
        self.services.operator.prune(self.services.home.as_ref()).await
    }

    /// Loses the events of policy changes from now on, as a trail that is stopped does.
    pub fn lose_events(&self, lose: bool) {
        self.services.bus.lose(lose);
    }

    /// What makes the SDKs' clients clients of this stack, as its administrator.
    #[must_use]
    pub fn sdk_config(&self) -> SdkConfig {
        sdk_config(&self.endpoint(), &self.clock)
    }

    /// The tokens that the API asks for, where it asks for any.
    #[must_use]
    pub fn tokens(&self) -> Option<&Tokens> {
        self.services.authorizer.tokens()
    }

    /// Where everything is kept.
    #[must_use]
    pub fn data(&self) -> &std::path::Path {
        self.data.path()
    }

    /// Lets open requests end, for a moment, and stops.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        let abort = self.server.abort_handle();
        if tokio::time::timeout(GRACE, self.server).await.is_err() {
            abort.abort();
        }
        self.services.bus.stop().await;
    }
}

/// Answers what comes in at the listener, until it is told to stop.
fn serve(
    listener: TcpListener,
    services: Arc<Services>,
    cors_origins: &[HeaderValue],
) -> (JoinHandle<io::Result<()>>, oneshot::Sender<()>) {
    let (stop, stopped) = oneshot::channel();
    // Small answers to small requests: waiting to fill a packet would cost some 40 ms each.
    let listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
    });
    let mut app = Router::new().fallback(answer).with_state(services);
    if let Some(cors) = cors::for_pages_of(cors_origins) {
        app = app.layer(cors);
    }
    let server = tokio::spawn(async move {
        // Dropping the stack, too, is to stop it.
        let stopped = async { stopped.await.unwrap_or_default() };
        axum::serve(listener, app).with_graceful_shutdown(stopped).await
    });
    (server, stop)
}

/// Clients of the stack's own address, as any AWS tool would be one.
fn sdk_config(endpoint: &str, clock: &StackClock) -> SdkConfig {
    let credentials = Credentials::new(demo::ACCESS_KEY_ID, demo::SECRET_ACCESS_KEY, None, None, "local stack");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static(demo::REGION))
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .time_source(clock.clone())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build()
}

async fn answer(State(services): State<Arc<Services>>, request: Request) -> Response<Body> {
    let (parts, mut body) = request.into_parts();
    if is_for_aws(&parts) {
        let response = services.aws.handle(Request::from_parts(parts, body)).await;
        // Not after each call of IAM: the invalidator makes some, while an event waits for it.
        if response.extensions().get::<EventSent>().is_some() {
            services.bus.deliver().await;
        }
        return response;
    }
    if let Some(document) = services.authorizer.public_document(parts.uri.path()) {
        return Json(document).into_response();
    }
    if matches!(services.authorizer, Authorizer::OneCaller) && is_signed_for_the_api(&parts) {
        body = match administrators(&services.aws, &parts, body).await {
            Ok(body) => body,
            Err(refusal) => return refusal,
        };
    }
    let caller = services.authorizer.caller(&parts);
    let mut request = Request::from_parts(parts, body);
    let id = Uuid::new_v4().to_string();
    request.extensions_mut().insert(RequestIds { request: Some(id.clone()), ..RequestIds::default() });
    if let Some(caller) = caller {
        let counted = services.usage_plan.as_ref().map(|plan| plan.admit(&caller, services.clock.now()));
        if let Some(Err(too_often)) = counted {
            return Problem { request_id: Some(id.into()), ..too_often }.into_response();
        }
        // A request without one the API refuses by itself.
        request.extensions_mut().insert(caller);
    }
    let api = match function_for(request.uri().path()) {
        Function::Issuer => &services.issuer,
        Function::Operator => &services.operators,
        Function::Diagnoser => &services.diagnoser,
    };
    let response = api.clone().oneshot(request).await.into_response();
    match response.extensions().get::<Problem>() {
        Some(problem) if problem.kind == ProblemKind::NotAuthenticated => {
            // Here the authorizer has been asked, and a REST API says so of itself.
            let detail = "the token is missing, or is not good here";
            Problem { detail: detail.into(), ..problem.clone() }.into_response()
        }
        _ => response,
    }
}

/// The body of a request that the administrator has signed; of another, what API Gateway answers where a method asks for IAM.
async fn administrators(aws: &LocalAws, parts: &Parts, body: Body) -> Result<Body, Response<Body>> {
    let refusal = |status: StatusCode, message: &str| (status, Json(json!({"message": message}))).into_response();
    let whole = to_bytes(body, LARGEST_REQUEST).await;
    let whole = whole.map_err(|_| refusal(StatusCode::PAYLOAD_TOO_LARGE, "Request Too Long"))?;
    aws.check_administrators(parts, &whole).map_err(|message| refusal(StatusCode::FORBIDDEN, &message))?;
    Ok(Body::from(whole))
}

fn policies(options: &Options) -> Result<Policies, PoliciesError> {
    match &options.policies {
        Some(path) => Policies::load(path),
        None => Policies::parse(demo::policies(options.auth)),
    }
}
