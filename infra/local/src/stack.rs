//! The whole stack: what is started, in which order, and what the person is told.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::{Redirect, Response};
use axum::routing::get;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::app::{self, LocalApp};
use crate::failure::{Context, Failure, Result};
use crate::files;
use crate::gateway::{Gateway, REQUEST_ID};
use crate::journal::Journal;
use crate::lambda::binaries::{self, Build};
use crate::lambda::instance::{Launch, service_variables};
use crate::lambda::pool::Pool;
use crate::lambda::watch::Watch;
use crate::local_api::LocalApi;
use crate::mailbox::Mailbox;
use crate::mock_providers::{self, MockProviders};
use crate::options::{self, DataLocation, Options};
use crate::page;
use crate::providers;
use crate::random;
use crate::rotation;
use crate::services::Services;
use crate::services::dynamodb::DynamoDb;
use crate::services::faults::Faults;
use crate::services::secrets::Secrets;
use crate::template::{Deployment, Function, Template};
use crate::trace::Trace;

/// Where `cargo lambda watch` listens unless told otherwise.
const CARGO_LAMBDA_URL: &str = "http://localhost:9000";

/// A started stack.
pub struct StartedStack {
    listener: TcpListener,
    router: Router,
    /// Base of the API and of the local pages.
    url: String,
    /// For `--services-only`: what a function needs in its environment.
    variables: BTreeMap<String, String>,
    _data: Option<File>,
}

impl StartedStack {
    /// Starts everything. Afterwards every function has its binary, accepts its settings and finds its keys.
    pub async fn start(options: &Options) -> Result<Self> {
        let template_file = options::find_template()?;
        let template = Template::read(&template_file)?;
        let given = given_settings(options, &template)?;
        let provider_rows = providers::read(options.providers.as_deref())?;

        let listener = listen(options.port)?;
        let port = listener.local_addr().context("no port")?.port();
        let meanwhile = TcpListener::from_std(listener.try_clone().context("no port")?).context("no port")?;
        let meanwhile = tokio::spawn(async move { axum::serve(meanwhile, page::meanwhile()).await });
        let url = origin(port);
        let settings = local_settings(&url, options, given);
        let prefix = match options.dynamodb {
            Some(_) => format!("local-{}-", random::hex(&random::bytes::<4>()?)),
            None => String::new(),
        };
        let deployment = template.deployment(&settings, &prefix).context("template.yaml")?;

        let data = options.data();
        let occupied = match &data {
            DataLocation::Directory(directory) => Some(files::occupy(directory)?),
            DataLocation::Memory => None,
        };
        let (binaries, watch) = binaries(options, &template_file, &deployment).await?;

        let names = options.mock_providers(mock_providers::known());
        let public_url = settings.get("PUBLIC_URL").unwrap_or(&url);
        let mocks = MockProviders::new(&names, &url, public_url, &redirects(&settings), &data)?;
        let providers = providers::with_mocks(provider_rows, mocks.rows());
        let start_page = page::start(&providers::labels(&providers));
        let providers_secret = Value::from(providers).to_string();
        let (services, services_url) = start_services(options, &data, &deployment, &providers_secret).await?;

        let journal = Arc::new(Journal::new());
        let functions = pools(options, &deployment, &binaries, &services_url, &journal);
        check(&functions).await?;
        rotation::make_first_keys(&services.secrets, &deployment.secrets, &functions).await?;
        rotation::relabel(&services.secrets, &deployment.secrets, &functions).await?;
        services.trace.clear();
        if !options.quiet {
            journal.print();
        }

        let variables = environment(&deployment, &services_url);
        let settings = in_force(&deployment, &template.settings());
        let local_api = LocalApi { services: services.clone(), journal, functions: functions.clone(), settings };
        let router = local_api.router(mocks.router());
        let router = if options.services_only {
            router.route("/", get(|| async { Redirect::to("/_local/") }))
        } else {
            with_api(router, Gateway::new(&deployment, functions, watch), services, start_page)
        };
        if let Some(file) = &options.env_file {
            let lines: String = variables.iter().map(|(name, value)| env_file_line(name, value)).collect();
            files::write_private(file, lines.as_bytes())?;
        }
        meanwhile.abort();
        let listener = TcpListener::from_std(listener).context("no port")?;
        Ok(Self { listener, router, url, variables, _data: occupied })
    }

    /// Says what there is, and last that it is ready. Somebody who does not read it does not stop the stack.
    pub fn announce(&self, options: &Options) {
        let mut out = io::stdout().lock();
        let url = &self.url;
        let _ = if options.services_only {
            let variables = match &options.env_file {
                Some(file) => {
                    let file = file.display();
                    format!("# in another terminal: cargo lambda watch --env-file {file} --invoke-address 127.0.0.1\n")
                }
                None => {
                    self.variables.iter().map(|(name, value)| format!("export {name}={}\n", quote(value))).collect()
                }
            };
            writeln!(out, "{variables}# the mails, the log and the tables: {url}/_local/\nready {url}")
        } else {
            let apps: String = options.apps.iter().map(|app| format!("  {app}\n")).collect();
            writeln!(
                out,
                "\nDoorward runs on this machine: the functions are real, the AWS around them is not.\n\n  \
                 {url}/  sign in by the API and see what comes back\n  \
                 {url}/login  sign in on the hosted pages; {url}/login/security for passkeys and the second factor\n  \
                 {url}/_local/  mails, people, tables, every call to AWS, the log, and faults on order\n{apps}\n\
                 ready {url}"
            )
        };
    }

    /// Answers requests for ever.
    pub async fn serve(self) -> Result<()> {
        let service = self.router.into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(self.listener, service).await.context("the local stack stopped")
    }
}

/// The local pages, the start page and, behind everything else, the API.
fn with_api(local: Router, gateway: Gateway, services: Arc<Services>, start_page: String) -> Router {
    let api: Router = Router::new().fallback(call).with_state((Arc::new(gateway), services));
    let start = get(async || page::html(start_page)).post(page::posted);
    local.route("/", start.fallback_service(api.clone())).fallback_service(api)
}

/// Everything that is no local page is the API's business.
async fn call(
    State((gateway, services)): State<(Arc<Gateway>, Arc<Services>)>,
    ConnectInfo(source): ConnectInfo<SocketAddr>,
    request: Request<Body>,
) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let response = gateway.answer(request, source.ip()).await;
    let id = response.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
    services.trace.answered(id, method.as_str(), &path, response.status().as_u16());
    response
}

/// The settings that were given, all of which the template takes.
fn given_settings(options: &Options, template: &Template) -> Result<BTreeMap<String, String>> {
    let (given, known) = (options.settings()?, template.settings());
    if let Some(unknown) = given.keys().find(|name| !known.contains(name)) {
        return Err(Failure::new(format!("there is no setting {unknown}; the settings are {}", known.join(", "))));
    }
    if !options.unbounded {
        template.refuse_out_of_bounds(&given)?;
    }
    Ok(given)
}

fn listen(port: u16) -> Result<std::net::TcpListener> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => {
            Failure::new(format!("port {port} is in use: choose another with --port, or 0 for any that is free"))
        }
        io::ErrorKind::PermissionDenied => {
            Failure::new(format!("port {port} is privileged: choose one from 1024 upwards with --port"))
        }
        _ => Failure::new(format!("port {port}: {error}")),
    })?;
    listener.set_nonblocking(true).context("no port")?;
    Ok(listener)
}

/// The origin of a page at this port, as browsers write it: without the port that goes without saying.
fn origin(port: u16) -> String {
    if port == 80 { "http://localhost".to_owned() } else { format!("http://localhost:{port}") }
}

/// What is different on one's own machine, unless it was set.
fn local_settings(url: &str, options: &Options, given: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let public_url = if options.services_only { CARGO_LAMBDA_URL } else { url };
    let mut settings = BTreeMap::from(
        [
            ("PUBLIC_URL", public_url.to_owned()),
            ("MAIL_FROM", "Doorward <no-reply@localhost.localdomain>".to_owned()),
            ("OUTBOUND_POLICY", "any".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    settings.extend(given);
    LocalApp::allow(&options.apps, &mut settings);
    // The start page works whatever was set.
    app::extend(&mut settings, "ALLOWED_REDIRECTS", [&*format!("{url}/")].into_iter());
    settings
}

/// The pages that providers may send people back to.
fn redirects(settings: &BTreeMap<String, String>) -> Vec<String> {
    let redirects = settings.get("ALLOWED_REDIRECTS").map(String::as_str).unwrap_or_default();
    redirects.split(',').map(|redirect| redirect.trim().to_owned()).filter(|redirect| !redirect.is_empty()).collect()
}

async fn binaries(
    options: &Options,
    template_file: &Path,
    deployment: &Deployment,
) -> Result<(BTreeMap<String, PathBuf>, Option<Arc<Watch>>)> {
    let rotating = |name: &String| deployment.secrets.iter().any(|secret| secret.rotated_by.as_ref() == Some(name));
    let names: Vec<String> = deployment
        .functions
        .iter()
        .map(|function| function.name.clone())
        .filter(|name| !options.services_only || rotating(name))
        .collect();
    if let Some(directory) = &options.functions {
        return Ok((binaries::find(directory, &names)?, None));
    }
    eprintln!("building {} functions …", names.len());
    let workspace = template_file.parent().unwrap_or(Path::new(".")).to_owned();
    let build = Build { workspace, release: options.release };
    let watch = options.watch.then(|| Arc::new(Watch::new(build.clone(), &names)));
    Ok((build.run(&names).await?, watch))
}

async fn start_services(
    options: &Options,
    data: &DataLocation,
    deployment: &Deployment,
    providers_secret: &str,
) -> Result<(Arc<Services>, String)> {
    let mut dynamodb = DynamoDb::start(data, options.dynamodb.as_deref()).await?;
    dynamodb.create(&deployment.tables).await?;
    let secrets = Secrets::open(data.file("secrets.json"), &deployment.secrets)?;
    if let Some(secret) = deployment.secrets.iter().find(|secret| secret.logical_name == "ProvidersSecret") {
        secrets.set(&secret.arn, providers_secret)?;
    }
    let services = Arc::new(Services {
        dynamodb,
        secrets,
        mailbox: Mailbox::default(),
        trace: Trace::default(),
        faults: Faults::default(),
    });

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port for the services")?;
    let url = format!("http://{}", listener.local_addr().context("no port for the services")?);
    let router = services.clone().router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok((services, url))
}

/// What runs the functions that there are binaries of.
fn pools(
    options: &Options,
    deployment: &Deployment,
    binaries: &BTreeMap<String, PathBuf>,
    services_url: &str,
    journal: &Arc<Journal>,
) -> BTreeMap<String, Arc<Pool>> {
    let pool = |function: &Function| {
        let (binary, services) = (binaries.get(&function.name)?.clone(), services_url.to_owned());
        let (function, journal) = (function.clone(), journal.clone());
        let launch = Launch { function, binary, watched: options.watch, services, journal };
        Some(Arc::new(Pool::new(launch, options.instances)))
    };
    let functions = deployment.functions.iter();
    functions.filter_map(|function| Some((function.name.clone(), pool(function)?))).collect()
}

/// Starts one process of every function: a wrong setting shows now and not in the first request.
async fn check(functions: &BTreeMap<String, Arc<Pool>>) -> Result<()> {
    let checks: Vec<_> =
        functions.values().cloned().map(|function| tokio::spawn(async move { function.check().await })).collect();
    for check in checks {
        check.await.context("a function's start")??;
    }
    Ok(())
}

/// The settings that the functions run with. Other variables, such as a table's name, are not set by anybody.
fn in_force(deployment: &Deployment, settings: &[String]) -> BTreeMap<String, String> {
    let variables = deployment.functions.iter().flat_map(|function| function.environment.clone());
    variables.filter(|(name, _)| settings.contains(name)).collect()
}

/// The variables of all functions together: `cargo lambda watch` has one environment for all.
fn environment(deployment: &Deployment, services_url: &str) -> BTreeMap<String, String> {
    let mut variables = service_variables("cargo-lambda", services_url);
    variables.extend(deployment.functions.iter().flat_map(|function| function.environment.clone()));
    variables
}

/// A variable as `cargo lambda` reads it from a file: without quotes, a space ends it and what follows `#` is a comment.
fn env_file_line(name: &str, value: &str) -> String {
    if value.contains('\'') {
        format!("{name}=\"{}\"\n", value.replace('"', "\\\""))
    } else {
        format!("{name}='{value}'\n")
    }
}

/// A value for a POSIX shell.
fn quote(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}
