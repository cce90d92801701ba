use std::net::IpAddr;
use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use diagnosis::facts::Circumstances;
use diagnosis_online::Asked;

/// Presigned S3 URLs: why one fails, and reading and writing objects through the service that issues them, and killing what it has
/// issued.
///
/// Exit status: 0 done, or no certain or likely cause was found; 1 a cause was found, or S3 refused; 2 bad usage, or a file that
/// cannot be read or written; 3 the service refused, or it or S3 could not be reached.
#[derive(Debug, Parser)]
#[command(name = "presign", version, arg_required_else_help = true)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,

    /// Whether to use colours. `auto` uses them on a terminal, unless `NO_COLOR` is set.
    #[arg(long, value_enum, default_value_t = Color::Auto, global = true, value_name = "WHEN")]
    pub color: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Explain(Explain),
    Url(Url),
    Get(Get),
    Put(Put),
    Form(Form),
    Issued(IssuedUrls),
    Revoke(Revoke),
    CheckPolicies(CheckPolicies),
    CheckSettings(CheckSettings),
    /// Prints a shell's completions for this command.
    Completions(Completions),
    /// Prints the manual page.
    Man,
}

/// Checks policies as the functions do at their start, and writes what they then read instead.
///
/// It lies beside each file: `policies.cedar.checked` beside `policies.cedar`. Functions that find it start sooner, and with many policies
/// in a tenth of the time. Once the file is changed, they check it at each start, until this command has been run again.
#[derive(Debug, Args)]
pub struct CheckPolicies {
    /// Files of Cedar policies, such as infra/settings/policies.cedar.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
}

/// Checks settings as the functions do at their start, and writes what they then read instead.
///
/// It lies beside each file: `settings.toml.checked` beside `settings.toml`. Functions that find it read a bucket's profile when somebody
/// asks for it, so that a thousand cost a start next to nothing. Profiles with a `${NAME}` are checked at start all the same, for
/// what it stands for is not known before. Once the file is changed, all of it is, until this command has been run again.
#[derive(Debug, Args)]
pub struct CheckSettings {
    /// Settings files, such as infra/settings/settings.toml.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
}

/// Tells why a presigned URL fails, and what to do about it.
///
/// The URL alone tells much: expiry, region, missing token, damage on the way. With S3's answer (`--error`) and the request
/// as it was sent (`--request`), method, headers and encoding are compared with what was signed. Nothing is sent anywhere,
/// unless `--online` is given. Signature and session token are never printed.
///
/// Exit status: 0 no certain or likely cause was found, 1 one was found, 2 bad usage or unreadable input.
#[derive(Debug, Args)]
pub struct Explain {
    /// The URL, or `-` to read it from standard input, where no shell keeps it in its history.
    #[arg(value_name = "URL")]
    pub url: String,

    /// S3's answer: its XML, with or without HTTP's head, the line that an SDK, the AWS CLI or a browser's console printed, or a
    /// status. `-` is standard input.
    #[arg(long, value_name = "FILE")]
    pub error: Option<PathBuf>,

    /// The request as it was sent: the output of `curl -v`, a HAR file, HTTP, or what a browser copies as cURL or as fetch. `-`
    /// is standard input.
    #[arg(long, value_name = "FILE")]
    pub request: Option<PathBuf>,

    /// Print the report as JSON.
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub look: AccountLook,
}

/// A look into the account.
#[derive(Debug, Args)]
pub struct AccountLook {
    /// Look into the account too, with the credentials of the environment: signer, bucket, policies, object, KMS key, clock.
    /// Nothing is changed; what these credentials may not see is reported as unknown.
    #[arg(long)]
    pub online: bool,

    /// The user or role that signed. A session's access key does not tell whose it is.
    #[arg(long, value_name = "ARN", requires = "online")]
    pub signer: Option<String>,

    /// The address that the failing request comes from, as S3 sees it.
    #[arg(long, value_name = "ADDRESS", requires = "online")]
    pub source_ip: Option<IpAddr>,

    /// The VPC endpoint that the failing request comes through.
    #[arg(long, value_name = "ID", requires = "online")]
    pub vpc_endpoint: Option<String>,

    /// The page that makes the failing request in a browser, such as `https://app.example.com`.
    #[arg(long, value_name = "ORIGIN")]
    pub origin: Option<String>,
}

impl AccountLook {
    /// What to look at, if at all.
    pub fn asked(&self) -> Option<Asked> {
        self.online.then(|| Asked {
            signer: self.signer.clone(),
            usual_signer: None,
            doubts_answer: false,
            circumstances: Circumstances {
                source_ip: self.source_ip.map(|address| address.to_string()),
                vpc_endpoint: self.vpc_endpoint.clone(),
                origin: self.origin.clone(),
            },
        })
    }
}

/// Where the service is, and as whom it is asked.
#[derive(Debug, Args)]
pub struct Service {
    /// The service's address, such as `https://presign.example.com`.
    #[arg(long, env = "PRESIGN_API_URL", value_name = "URL")]
    pub api_url: String,

    /// The bearer token that the service's authorizer takes. Better in the environment than here.
    #[arg(long, env = "PRESIGN_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub token: Option<String>,

    /// Sign requests to the service with the AWS credentials of the environment or profile, for one that asks for IAM.
    #[arg(long, env = "PRESIGN_IAM", value_parser = FalseyValueParser::new(), action = ArgAction::SetTrue, conflicts_with = "token")]
    pub iam: bool,
}

/// How long a URL is asked for, and of whom.
#[derive(Debug, Args)]
pub struct Asking {
    #[command(flatten)]
    pub service: Service,

    /// How long the URL should live, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    pub expires_in: u32,
}

/// Prints a URL of the service, and nothing else: for whoever is to use it.
///
/// What must be known of it besides goes to standard error: how long it lives, and the headers that its holder must send. The URL is a
/// bearer token: whoever has it may use it.
///
/// Exit status: 0 done, 2 bad usage, 3 the service refused, or could not be reached.
#[derive(Debug, Args)]
pub struct Url {
    /// The object: `s3://BUCKET/KEY` or `BUCKET/KEY`.
    #[arg(value_name = "OBJECT")]
    pub object: String,

    /// What the URL is for.
    #[arg(long = "for", value_enum, default_value_t = UrlFor::Get, value_name = "USE")]
    pub used_for: UrlFor,

    /// With `--for put`, the content type that the holder must send.
    #[arg(long, value_name = "TYPE")]
    pub content_type: Option<String>,

    /// With `--for get`, the name that browsers save the object under.
    #[arg(long, value_name = "NAME", conflicts_with = "content_type")]
    pub download_as: Option<String>,

    /// Rather none than one that lives for less than is asked for.
    #[arg(long)]
    pub require: bool,

    /// Rather none than one that does not work: the service tries it first.
    #[arg(long)]
    pub verify: bool,

    #[command(flatten)]
    pub instead: Instead,

    #[command(flatten)]
    pub asking: Asking,
}

/// What is printed in the place of a URL alone.
#[derive(Debug, Args)]
pub struct Instead {
    /// Print a command line for curl instead.
    #[arg(long, conflicts_with = "json")]
    pub curl: bool,

    /// Print all that the service answers, as JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum UrlFor {
    Get,
    Head,
    Put,
    Delete,
}

/// Downloads an object with a URL of the service.
///
/// Exit status: 0 done, 1 S3 refused (and why), 2 bad usage, or the output cannot be written, 3 the service refused, or something
/// could not be reached.
#[derive(Debug, Args)]
pub struct Get {
    /// The object: `s3://BUCKET/KEY` or `BUCKET/KEY`.
    #[arg(value_name = "OBJECT")]
    pub object: String,

    /// Where to write it. Without this, standard output.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,

    #[command(flatten)]
    pub asking: Asking,
}

/// Uploads a file with URLs of the service: in a single PUT, or above a size in parts, several at once.
///
/// An upload in parts that was broken off is gone on with by the same command, as long as the file is the same. Where it stands is
/// noted in `$XDG_STATE_HOME/presign`, or `~/.local/state/presign`: no URL and no credential.
///
/// Exit status: 0 done, 1 S3 refused (and why), 2 bad usage, or the file cannot be read, 3 the service refused, or something could
/// not be reached.
#[derive(Debug, Args)]
pub struct Put {
    /// The file to upload.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// The object: `s3://BUCKET/KEY` or `BUCKET/KEY`; a `/` at its end appends the file's name.
    #[arg(value_name = "OBJECT")]
    pub object: String,

    /// The object's content type, which is signed.
    #[arg(long, value_name = "TYPE")]
    pub content_type: Option<String>,

    /// Upload files above this size in parts, in MiB. A single PUT takes 5,120 at most.
    #[arg(long, value_name = "MIB", default_value_t = 64, value_parser = clap::value_parser!(u64).range(0..=5120))]
    pub multipart_above: u64,

    /// How many parts are sent at once.
    #[arg(long, value_name = "COUNT", default_value_t = 4, value_parser = at_once)]
    pub concurrency: usize,

    #[command(flatten)]
    pub asking: Asking,
}

/// Prints the address and the fields of an upload by HTML form, as JSON.
///
/// Exit status: 0 done, 2 bad usage, 3 the service refused, or could not be reached.
#[derive(Debug, Args)]
pub struct Form {
    /// The object: `s3://BUCKET/KEY`. With `${filename}` in it or a `/` at its end, the holder's file gives the rest of the key.
    #[arg(value_name = "OBJECT")]
    pub object: String,

    /// The most that may be uploaded, in bytes.
    #[arg(long, value_name = "BYTES")]
    pub max_size: u64,

    /// The least, in bytes.
    #[arg(long, value_name = "BYTES", default_value_t = 0)]
    pub min_size: u64,

    /// The object's content type; with a `*` at its end, such as `image/*`, the holder chooses one of these.
    #[arg(long, value_name = "TYPE")]
    pub content_type: Option<String>,

    /// Print a command line for curl instead.
    #[arg(long)]
    pub curl: bool,

    #[command(flatten)]
    pub asking: Asking,
}

/// Lists what is out: URLs that have not expired, as far as the service's cache knows, without the URLs. For operators.
///
/// Exit status: 0 done, 2 bad usage, 3 the service refused, or could not be reached.
#[derive(Debug, Args)]
pub struct IssuedUrls {
    /// Only of this bucket.
    #[arg(long, value_name = "BUCKET")]
    pub bucket: Option<String>,

    /// Only for keys that begin so.
    #[arg(long, value_name = "PREFIX")]
    pub prefix: Option<String>,

    /// Only those that were issued to this caller.
    #[arg(long, value_name = "CALLER")]
    pub principal: Option<String>,

    /// Only those that were issued to callers of this tenant.
    #[arg(long, value_name = "NAME")]
    pub tenant: Option<String>,

    /// Print each as a line of JSON.
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub service: Service,
}

fn at_once(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count @ 1..=32) => Ok(count),
        _ => Err("1 to 32".to_owned()),
    }
}

/// Kills every URL that a signing role's sessions have signed until now. For operators; there is no way back.
///
/// URLs issued from then on work. It takes a second, and IAM some more until it is in force everywhere.
///
/// Exit status: 0 done, 2 bad usage, 3 the service refused, or could not be reached.
#[derive(Debug, Args)]
pub struct Revoke {
    /// The signing role, by its ARN, as a bucket's profile has it.
    #[arg(value_name = "ROLE")]
    pub signing_role: String,

    /// Kill only what was signed for this tenant. The profiles of the role must say `sessionTag = "tenant"`.
    #[arg(long, value_name = "NAME", conflicts_with = "caller")]
    pub tenant: Option<String>,

    /// Kill only what was signed for this caller. The profiles of the role must say `sessionTag = "caller"`.
    #[arg(long, value_name = "NAME")]
    pub caller: Option<String>,

    /// Kill only what sessions from before this time have signed, such as `2027-01-01T00:00:00Z`. To repeat a command with the
    /// same time changes no policy, and tells caches once more.
    #[arg(long, value_name = "TIME")]
    pub issued_before: Option<String>,

    /// Say what would be done, and do nothing. Neither the room in the role nor the permission to write is tried.
    #[arg(long)]
    pub dry_run: bool,

    #[command(flatten)]
    pub service: Service,
}

#[derive(Debug, Args)]
pub struct Completions {
    #[arg(value_enum)]
    pub shell: Shell,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
