//! Everything around the program: its data directory, routers, an SMS gateway.

use super::facts::Facts;
use super::server::{Server, free_address};
use crate::harness::package;
use mlango::app::Site;
use mlango::config::{Config, secrets};
use mlango::domain::package::Package;
use mlango::domain::router::Access;
use mlango::domain::secret::Secret;
use mlango::store::routers::{LoginKind, RouterFacts};
use mlango::store::{packages, routers};
use mlango::vault::purpose;
use mlango_sim::{Dialect, Forwarder, Router, RouterSpec, SmsGateway};
use std::fs::File;
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

pub const SHORTCODE: &str = "600638";
/// What a router thinks about each command.
pub const ROUTER_LATENCY: Duration = Duration::from_millis(20);
const SECRET: &str = "a secret of forwarder and box";

pub struct Kiosk {
    pub routers: Vec<Router>,
    pub sms: SmsGateway,
    pub http: SocketAddr,
    pub admin: SocketAddr,
    dir: tempfile::TempDir,
}

/// How callbacks must come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    Token,
    Signature,
}

/// What is for sale: code, price in cents, seconds, rate.
pub const PACKAGES: [(&str, i64, i64, &str); 3] =
    [("1h", 2000, 3600, "2M/5M"), ("3h", 5000, 10_800, "3M/8M"), ("1d", 10_000, 86_400, "1M/1M")];

impl Kiosk {
    /// A data directory with packages and routers in it. `more` is added to the configuration.
    pub fn new(dialects: &[Dialect], more: &str) -> Kiosk {
        let spec = |dialect| RouterSpec { latency: ROUTER_LATENCY, ..RouterSpec::new(dialect) };
        let router = |dialect: &Dialect| Router::start(spec(*dialect));
        let kiosk = Kiosk {
            routers: dialects.iter().map(router).collect(),
            sms: SmsGateway::start(),
            http: free_address(),
            admin: free_address(),
            dir: tempfile::tempdir().unwrap(),
        };
        let secret = kiosk.dir.path().join("hmac.secret");
        let mut file =
            File::options().write(true).create_new(true).mode(0o600).open(secret).unwrap();
        file.write_all(SECRET.as_bytes()).unwrap();
        kiosk.write_config(Trust::Token, more);
        kiosk.write_config(Trust::Signature, more);
        kiosk.furnish();
        kiosk
    }

    fn furnish(&self) {
        let site = self.site();
        for (code, price, seconds, rate) in PACKAGES {
            let package =
                Package { rate: Some(rate.parse().unwrap()), ..package(code, price, seconds) };
            site.store.write(|tx| packages::insert(tx, &package)).unwrap().unwrap();
        }
        for (nth, router) in self.routers.iter().enumerate() {
            let facts = RouterFacts {
                name: format!("Router {nth}").parse().unwrap(),
                address: router.address().to_string().parse().unwrap(),
                user: "mlango".to_owned(),
                login: LoginKind::Password,
                sealed_login: site.vault.seal(purpose::ROUTER_LOGIN, &Secret::new("sim-password")),
                host_key: None,
                access: Access::Both,
                nas_ip: None,
                sealed_nas_secret: None,
            };
            site.store.write(|tx| routers::insert(tx, &facts)).unwrap().unwrap();
        }
    }

    /// The data directory as a command beside the program opens it.
    pub fn site(&self) -> Site {
        let site = Site::open(Config::load(&self.config(Trust::Token)).unwrap()).unwrap();
        site.wake_server_on_commit();
        site
    }

    /// Where the configuration is.
    pub fn config(&self, trust: Trust) -> PathBuf {
        self.dir.path().join(format!("{trust:?}.toml"))
    }

    fn write_config(&self, trust: Trust, more: &str) {
        let secret = match trust {
            Trust::Token => String::new(),
            Trust::Signature => "hmac_secret_file = \"../hmac.secret\"".to_owned(),
        };
        let (http, admin, url) = (self.http, self.admin, self.sms.url());
        let text = format!(
            r#"
data_dir = {data_dir:?}
http.listen = "{http}"
admin.listen = "{admin}"
[mpesa]
shortcodes = ["{SHORTCODE}"]
unsigned_limit = "10000000"
{secret}
[sms]
gateway = "http"
[sms.http]
url = "{url}"
success = {{ pointer = "/status", values = ["ok"] }}
id_pointer = "/id"
{more}
"#,
            data_dir = self.data_dir(),
        );
        std::fs::write(self.config(trust), text).unwrap();
    }

    pub fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Starts the program, and does not wait for it.
    pub fn spawn(&self, trust: Trust) -> Server {
        Server::spawn(&self.config(trust), self.http, &self.dir.path().join("stderr.log"))
    }

    pub fn start(&self, trust: Trust) -> Server {
        let mut server = self.spawn(trust);
        server.wait_until_healthy();
        server
    }

    pub(super) fn facts(&self) -> Facts {
        Facts::open(&self.data_dir().join("mlango.db"))
    }

    /// What brings callbacks as the box trusts them.
    pub fn forwarder(&self, trust: Trust) -> Forwarder {
        let base = format!("http://{}", self.http);
        match trust {
            Trust::Signature => Forwarder::new(&base, None, Some(SECRET.as_bytes())),
            Trust::Token => {
                let config = Config::load(&self.config(Trust::Token)).unwrap();
                let tokens = secrets::path_tokens(&config).unwrap();
                Forwarder::new(&base, Some(tokens[0].expose()), None)
            }
        }
    }
}
