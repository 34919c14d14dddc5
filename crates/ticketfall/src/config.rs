//! The configuration: `ticketfall.toml`, the `TICKETFALL_*` variables and the flags, read once.
//! It holds no secrets; those are in the vault.

pub mod cookies;
mod environment;
mod error;
mod file;
mod hosts;
mod layers;
mod notify;
mod secret;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::JsonSchema;
use serde::de::IntoDeserializer as _;
use serde::{Deserialize, Serialize};
use ticketfall_core::configuration::Configuration;
use ticketfall_core::ids::{ProfileId, SellerId};
use url::Url;

pub use cookies::CookieSettings;
pub use environment::{Environment, PREFIX};
pub use error::Error;
pub use hosts::{HostError, HostName};
pub use layers::{Flag, KEYS, Source, variable_of};
pub use notify::NotifySettings;
pub use secret::SecretError;

use file::File;
use layers::Layers;

const FILE_NAME: &str = "ticketfall.toml";
const PORT: u16 = 7474;
const GOLOGIN_LOCAL: &str = "http://localhost:36912";
const GOLOGIN_CLOUD: &str = "https://api.gologin.com";

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// What failed.
    Error,
    /// And what a person should look at.
    Warn,
    /// And what happened.
    Info,
    /// And why.
    Debug,
    /// And every step.
    Trace,
}

/// What a log line looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// A line for people.
    Text,
    /// A JSON object a line.
    Json,
}

/// What is logged, and where to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogSettings {
    /// How much.
    pub level: LogLevel,
    /// For whom.
    pub format: LogFormat,
    /// A file that gets the same lines.
    pub file: Option<PathBuf>,
}

/// The browser that members sign in with and pay in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BrowserSettings {
    /// The program; left out, the first one found.
    pub path: Option<PathBuf>,
    /// Whether it starts without a window.
    pub headless: bool,
    /// Whether it is closed when nobody needs it.
    pub close_when_idle: bool,
}

/// Where GoLogin is, and the token for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GoLoginSettings {
    /// A file with the API token; left out, only the desktop app can be used.
    pub token_file: Option<PathBuf>,
    /// The desktop app.
    pub local_url: Url,
    /// The cloud.
    pub cloud_url: Url,
}

/// How sellers and proxies are reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NetworkSettings {
    /// Certificates that are trusted beside Mozilla's list, as PEM.
    pub extra_roots: Option<PathBuf>,
}

/// How what is secret is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VaultSettings {
    /// The file with the key; left out, the vault decides.
    pub key_file: Option<PathBuf>,
}

/// How looks are spent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LookSettings {
    /// Whether they go where falls are likely, where that is proven to win.
    pub where_likely: bool,
}

/// The dashboard and the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApiSettings {
    /// The address and port to listen at.
    pub listen: SocketAddr,
    /// Names that it answers to besides that address.
    pub hosts: Vec<HostName>,
}

/// What the user adds to a seller definition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SellerSettings {
    /// Where the seller is, for a definition that is a template.
    pub origin: Option<Url>,
    /// A file that holds the API key alone and that nobody else may read, for a definition that wants one.
    pub api_key_file: Option<PathBuf>,
}

/// A search that the service starts by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MonitorSettings {
    /// Whose.
    #[schemars(with = "String")]
    pub profile: ProfileId,
    /// The match page; left out, the page that the profile's browser shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Url>,
    /// What is wanted, in the words of the API.
    #[serde(default)]
    #[schemars(schema_with = "file::configuration_schema")]
    pub configuration: Configuration,
}

/// What counts, after flags, variables, the file and the defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Config {
    /// Where profiles, sessions and everything seen are kept.
    pub data_dir: PathBuf,
    /// Where the user's own seller definitions lie.
    pub sellers_dir: PathBuf,
    /// How what is secret is kept.
    pub vault: VaultSettings,
    /// The members' browser.
    pub browser: BrowserSettings,
    /// How sellers and proxies are reached.
    pub network: NetworkSettings,
    /// Members' browsers at GoLogin.
    pub gologin: GoLoginSettings,
    /// How looks are spent.
    pub looks: LookSettings,
    /// The log.
    pub log: LogSettings,
    /// The dashboard and the API.
    pub api: ApiSettings,
    /// The service that cookies are fetched from.
    pub cookies: CookieSettings,
    /// Who is told of notices.
    pub notify: NotifySettings,
    /// What the user adds to seller definitions.
    pub sellers: BTreeMap<SellerId, SellerSettings>,
    /// Searches to start with.
    pub monitors: Vec<MonitorSettings>,
}

impl Config {
    /// Where the browser of a profile keeps what is its own.
    pub fn browser_dir(&self, profile: &ProfileId) -> PathBuf {
        browser_dir(&self.data_dir, profile)
    }
}

/// Where the browser of a profile keeps what is its own, below the data directory.
pub fn browser_dir(data_dir: &Path, profile: &ProfileId) -> PathBuf {
    let name = utf8_percent_encode(profile.as_str(), NON_ALPHANUMERIC).to_string();
    data_dir.join("browsers").join(name)
}

/// A configuration, and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// What counts.
    pub config: Config,
    /// Where each of [`KEYS`] got its value.
    pub sources: BTreeMap<&'static str, Source>,
    /// The file that was read, if there is one.
    pub file: Option<PathBuf>,
    /// What is strange but no error, a line each.
    pub warnings: Vec<String>,
}

/// Reads the file (at `path`, else where `TICKETFALL_CONFIG` says, else where it usually lies)
/// and puts variables and flags above it. Only a file that was asked for must exist.
pub fn load(path: Option<&Path>, flags: &[Flag], environment: &Environment) -> Result<Loaded, Error> {
    let asked = path.or_else(|| environment.variable("TICKETFALL_CONFIG").map(Path::new));
    let usual = environment.config_dir.join(FILE_NAME);
    let path = asked.unwrap_or(&usual);
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let file = parse(path, &text)?;
            let loaded = resolve(file, flags, environment)?;
            Ok(Loaded { file: Some(path.to_owned()), ..loaded })
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && asked.is_none() => {
            resolve(File::default(), flags, environment)
        }
        Err(source) => Err(Error::Read { path: path.to_owned(), source }),
    }
}

/// The JSON schema of `ticketfall.toml`.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(File).to_value()
}

fn parse(path: &Path, text: &str) -> Result<File, Error> {
    toml::from_str(text).map_err(|error| Error::invalid(path, text, &error))
}

fn resolve(file: File, flags: &[Flag], environment: &Environment) -> Result<Loaded, Error> {
    let mut layers = Layers::new(flags, environment);
    let home = |path: Option<PathBuf>| path.map(|path| in_home(&environment.home_dir, path));
    let config = Config {
        data_dir: home(layers.pick("data_dir", file.data_dir)?)
            .unwrap_or_else(|| environment.data_dir.clone()),
        sellers_dir: home(layers.pick("sellers_dir", file.sellers_dir)?)
            .unwrap_or_else(|| environment.config_dir.join("sellers")),
        vault: VaultSettings { key_file: home(layers.pick("vault.key_file", file.vault.key_file)?) },
        browser: BrowserSettings {
            path: home(layers.pick("browser.path", file.browser.path)?),
            headless: layers.pick("browser.headless", file.browser.headless)?.unwrap_or(false),
            close_when_idle: layers
                .pick("browser.close_when_idle", file.browser.close_when_idle)?
                .unwrap_or(true),
        },
        network: NetworkSettings {
            extra_roots: home(layers.pick("network.extra_roots", file.network.extra_roots)?),
        },
        gologin: GoLoginSettings {
            token_file: home(layers.pick("gologin.token_file", file.gologin.token_file)?),
            local_url: layers
                .pick("gologin.local_url", file.gologin.local_url)?
                .unwrap_or_else(|| usual(GOLOGIN_LOCAL)),
            cloud_url: layers
                .pick("gologin.cloud_url", file.gologin.cloud_url)?
                .unwrap_or_else(|| usual(GOLOGIN_CLOUD)),
        },
        looks: LookSettings {
            where_likely: layers.pick("looks.where_likely", file.looks.where_likely)?.unwrap_or(true),
        },
        log: LogSettings {
            level: layers.pick("log.level", file.log.level)?.unwrap_or(LogLevel::Info),
            format: layers.pick("log.format", file.log.format)?.unwrap_or(LogFormat::Text),
            file: home(layers.pick("log.file", file.log.file)?),
        },
        api: ApiSettings {
            listen: layers
                .pick("api.listen", file.api.listen)?
                .unwrap_or_else(|| (Ipv4Addr::LOCALHOST, PORT).into()),
            hosts: file.api.hosts,
        },
        cookies: CookieSettings::resolve(file.cookies, &mut layers, &environment.home_dir)?,
        notify: NotifySettings::resolve(file.notify, &mut layers, &environment.home_dir)?,
        sellers: sellers(file.sellers, &environment.home_dir),
        monitors: file.monitors,
    };
    let warnings =
        layers::strange_variables(environment, config.cookies.variables().chain(config.notify.variable()));
    Ok(Loaded { config, sources: layers.sources, file: None, warnings })
}

fn sellers(sellers: BTreeMap<SellerId, SellerSettings>, home: &Path) -> BTreeMap<SellerId, SellerSettings> {
    let placed = |settings: SellerSettings| {
        let api_key_file = settings.api_key_file.map(|path| in_home(home, path));
        SellerSettings { api_key_file, ..settings }
    };
    sellers.into_iter().map(|(id, settings)| (id, placed(settings))).collect()
}

fn usual(address: &str) -> Url {
    Url::parse(address).expect("an address of ours is a URL")
}

fn in_home(home: &Path, path: PathBuf) -> PathBuf {
    match path.strip_prefix("~") {
        Ok(rest) => home.join(rest),
        Err(_) => path,
    }
}

impl FromStr for LogLevel {
    type Err = serde::de::value::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::deserialize(text.into_deserializer())
    }
}

impl FromStr for LogFormat {
    type Err = serde::de::value::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::deserialize(text.into_deserializer())
    }
}

#[cfg(test)]
mod tests;
