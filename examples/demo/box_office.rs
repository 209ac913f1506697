//! The appliance's data directory and configuration, furnished by the commands an operator types.

use crate::say;
use anyhow::{Context as _, bail};
use clap::Parser as _;
use mlango::app::Site;
use mlango::cli::{Cli, Desk, Task};
use mlango::config::Config;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

pub(crate) const SHORTCODE: &str = "600638";
pub(crate) const SIGNING_SECRET: &str = "only the forwarder and the box know this";
/// Prices in cents of the packages below.
pub(crate) const PRICES: [u64; 3] = [1000, 2000, 5000];

const PACKAGES: [&str; 3] = [
    "package add --code 10m --name Ten-minutes --price 10 --duration 10m --rate 1M/2M",
    "package add --code 1h --name One-hour --price 20 --duration 1h --rate 2M/5M",
    "package add --code 1d --name One-day --price 50 --duration 1d --rate 2M/5M --data 1GiB",
];

/// A temporary directory. It is removed when this is dropped.
pub(crate) struct BoxOffice {
    pub(crate) config_file: PathBuf,
    dir: tempfile::TempDir,
}

impl BoxOffice {
    pub(crate) fn open() -> anyhow::Result<BoxOffice> {
        let dir = tempfile::Builder::new().prefix("mlango-demo-").tempdir()?;
        let office = BoxOffice { config_file: dir.path().join("mlango.toml"), dir };
        write_secret(&office.path("forwarder.secret"), SIGNING_SECRET)?;
        Ok(office)
    }

    /// Says how messages are sent, and what is for sale.
    pub(crate) fn furnish(&self, sms_url: &str) -> anyhow::Result<()> {
        let text = format!(
            r#"
data_dir = {data_dir:?}
http.listen = "127.0.0.1:0"
admin.listen = "127.0.0.1:0"
radius.mode = "off"
clock.trust = "trusted"
log.level = "warn"
[mpesa]
shortcodes = ["{SHORTCODE}"]
hmac_secret_file = {secret:?}
[sms]
gateway = "http"
support = "0700 000 000"
[sms.http]
url = "{sms_url}"
success = {{ pointer = "/status", values = ["ok"] }}
id_pointer = "/id"
"#,
            data_dir = self.path("data"),
            secret = self.path("forwarder.secret"),
        );
        fs::write(&self.config_file, text).context("write the configuration")?;
        PACKAGES.into_iter().try_for_each(|it| self.command(it))
    }

    /// Adds a router whose login is `user` and `password`.
    pub(crate) fn add_router(
        &self,
        name: &str,
        address: &str,
        user: &str,
        password: &str,
    ) -> anyhow::Result<()> {
        let file = self.path("router.password");
        write_secret(&file, password)?;
        let file = file.display();
        self.command(&format!(
            "router add --name {name} --address {address} --user {user} --password-file {file} \
             --access local"
        ))
    }

    pub(crate) fn config(&self) -> anyhow::Result<Config> {
        Ok(Config::load(&self.config_file)?)
    }

    pub(crate) fn first_password(&self) -> anyhow::Result<String> {
        let path = self.path("data").join("first-password");
        let text = fs::read_to_string(&path);
        Ok(text.with_context(|| format!("read {}", path.display()))?.trim().to_owned())
    }

    /// Does what `mlango` would with these words, which have no spaces in them.
    fn command(&self, words: &str) -> anyhow::Result<()> {
        say(&format!("$ mlango {words}"));
        let cli = Cli::try_parse_from(std::iter::once("mlango").chain(words.split_whitespace()))?;
        let shape = cli.shape();
        let Task::Inside(work) = cli.command.task() else { bail!("{words} opens no data") };
        let site = Site::open(self.config()?)?;
        work(&mut Desk {
            config: &site.config,
            store: &site.store,
            vault: &site.vault,
            world: &site.world,
            routers: &site.routers,
            out: &mut std::io::stdout(),
            notes: &mut std::io::stderr(),
            shape,
        })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}

fn write_secret(path: &Path, secret: &str) -> anyhow::Result<()> {
    let file = fs::File::options().write(true).create(true).truncate(true).mode(0o600).open(path);
    let written = file.and_then(|mut it| it.write_all(secret.as_bytes()));
    written.with_context(|| format!("write {}", path.display()))
}
