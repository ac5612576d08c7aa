//! What is built once per cold start. Whatever opens something fails when a setting is missing or wrong: the function stops
//! at INIT, and the log has one line that names the variable.

use domain::keys::KeySet;
use domain::keys::signing_key::{SigningKey, VerifyingKey};
use domain::keys::token_key::TokenKey;
use domain::provider::Listed;
use domain::provider::registry::Providers;
use domain::request::viewer::OriginSecret;

use crate::adapter::aws::Aws;
use crate::adapter::log;
use crate::adapter::mail::Mailer;
use crate::adapter::secrets::Cached;
use crate::adapter::store::challenges::Challenges;
use crate::adapter::store::invites::Invites;
use crate::adapter::store::limits::Limits;
use crate::adapter::store::magic_links::MagicLinks;
use crate::adapter::store::partials::Partials;
use crate::adapter::store::passkeys::Passkeys;
use crate::adapter::store::second_factors::SecondFactors;
use crate::adapter::store::sessions::Sessions;
use crate::adapter::store::sign_ins::SignIns;
use crate::adapter::store::undos::Undos;
use crate::adapter::store::users::Users;
use crate::adapter::store::{Table, Transactions};
use crate::config::{ConfigError, Env};

/// What stops a function at INIT.
pub type StartError = Box<dyn std::error::Error + Send + Sync>;

/// Settings, and the tables and secrets that they name. A function opens only those that it needs, so that the linker
/// drops the rest.
#[derive(Debug)]
pub struct App {
    /// The settings.
    pub env: Env,
    aws: Aws,
}

impl App {
    /// Reads the environment and starts the log: JSON lines on standard output, at `info`.
    ///
    /// # Errors
    ///
    /// When Lambda's own variables are missing.
    pub fn start() -> Result<Self, StartError> {
        log::start();
        let env = Env::of_process();
        let aws = Aws::from_env(&env)?;
        Ok(Self { env, aws })
    }

    /// Writes to several tables at once.
    pub fn transactions(&self) -> Transactions {
        Transactions::new(self.aws.dynamodb())
    }

    /// The way to SES, for mail from `MAIL_FROM`.
    pub fn mailer(&self) -> Mailer {
        Mailer::new(&self.aws.sesv2(), self.env.optional("MAIL_FROM"))
    }
}

/// Tables. Some hold several kinds of items.
impl App {
    /// How often things happened.
    pub fn limits(&self) -> Result<Limits, ConfigError> {
        self.table("LIMITS_TABLE").map(Limits::new)
    }

    /// Invites.
    pub fn invites(&self) -> Result<Invites, ConfigError> {
        self.table("INVITES_TABLE").map(Invites::new)
    }

    /// Mailed links, and their codes.
    pub fn magic_links(&self) -> Result<MagicLinks, ConfigError> {
        self.table("MAGIC_LINKS_TABLE").map(MagicLinks::new)
    }

    /// People who are at a provider.
    pub fn sign_ins(&self) -> Result<SignIns, ConfigError> {
        self.sign_ins_table().map(SignIns::new)
    }

    /// What authenticators were asked.
    pub fn challenges(&self) -> Result<Challenges, ConfigError> {
        self.sign_ins_table().map(Challenges::new)
    }

    /// Sessions.
    pub fn sessions(&self) -> Result<Sessions, ConfigError> {
        self.sessions_table().map(Sessions::new)
    }

    /// Partial sessions.
    pub fn partials(&self) -> Result<Partials, ConfigError> {
        self.sessions_table().map(Partials::new)
    }

    /// What the readers of notices may undo.
    pub fn undos(&self) -> Result<Undos, ConfigError> {
        self.sessions_table().map(Undos::new)
    }

    /// Accounts.
    pub fn users(&self) -> Result<Users, ConfigError> {
        self.users_table().map(Users::new)
    }

    /// Second factors.
    pub fn second_factors(&self) -> Result<SecondFactors, ConfigError> {
        self.users_table().map(SecondFactors::new)
    }

    /// Passkeys, among the second factors.
    pub fn passkeys(&self) -> Result<Passkeys, ConfigError> {
        self.users_table().map(Passkeys::new)
    }

    fn sign_ins_table(&self) -> Result<Table, ConfigError> {
        self.table("SIGN_INS_TABLE")
    }

    fn sessions_table(&self) -> Result<Table, ConfigError> {
        self.table("SESSIONS_TABLE")
    }

    fn users_table(&self) -> Result<Table, ConfigError> {
        self.table("USERS_TABLE")
    }

    fn table(&self, variable: &str) -> Result<Table, ConfigError> {
        Ok(Table::new(self.aws.dynamodb(), self.env.text(variable)?))
    }
}

/// Secrets.
impl App {
    /// What access tokens are signed with.
    pub fn signing_keys(&self) -> Result<Cached<KeySet<SigningKey>>, ConfigError> {
        self.secret("SIGNING_KEYS_SECRET", KeySet::parse)
    }

    /// What access tokens are verified with: the public halves of those.
    pub fn verifying_keys(&self) -> Result<Cached<KeySet<VerifyingKey>>, ConfigError> {
        self.secret("VERIFYING_KEYS_SECRET", KeySet::parse)
    }

    /// What refresh tokens and other things are sealed with.
    pub fn token_keys(&self) -> Result<Cached<KeySet<TokenKey>>, ConfigError> {
        self.secret("TOKEN_KEYS_SECRET", KeySet::parse)
    }

    /// What the seeds of second factors are sealed with.
    pub fn factor_keys(&self) -> Result<Cached<KeySet<TokenKey>>, ConfigError> {
        self.secret("FACTOR_KEYS_SECRET", KeySet::parse)
    }

    /// Providers, and what they know us by.
    pub fn providers(&self) -> Result<Cached<Providers>, ConfigError> {
        self.secret("PROVIDERS_SECRET", Providers::parse)
    }

    /// What pages say of the providers.
    pub fn provider_labels(&self) -> Result<Cached<Vec<Listed>>, ConfigError> {
        self.secret("PROVIDER_LABELS_SECRET", Listed::parse_all)
    }

    /// What CloudFront shows to be ours.
    pub fn origin_secret(&self) -> Result<Cached<OriginSecret>, ConfigError> {
        self.secret("ORIGIN_SECRET", OriginSecret::parse)
    }

    fn secret<T>(&self, variable: &str, parse: fn(&str) -> Result<T, String>) -> Result<Cached<T>, ConfigError> {
        Ok(Cached::new(self.aws.secretsmanager(), self.env.text(variable)?, parse))
    }
}
