//! A FreeRADIUS of our own on loopback, as `mlango radius config` would set it up.

use mlango::domain::secret::Secret;
use mlango::radius::attributes::{Entitlement, Row};
use mlango::radius::client::{self, Login, Method, UdpLink};
use mlango::radius::packet::{Reply, Request};
use mlango::radius::site::{Nas, SiteConfig, render};
use mlango::radius::words::{Code, Kind};
use mlango::radius::{RadiusError, RadiusLink as _, account, directory};
use rusqlite::Connection;
use std::fs::{self, File, Permissions};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longer than any answer takes on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

pub(super) const SECRET: &str = "k3#w%v{9};x";

pub(super) struct FreeRadius {
    home: tempfile::TempDir,
    process: Child,
    pub(super) auth: SocketAddr,
    pub(super) acct: SocketAddr,
}

impl FreeRadius {
    pub(super) fn start() -> FreeRadius {
        FreeRadius::start_with(|_| {})
    }

    /// With something in the configuration unlike the usual.
    pub(super) fn start_with(change: impl FnOnce(&mut SiteConfig)) -> FreeRadius {
        let home = tempfile::tempdir().unwrap();
        fs::set_permissions(home.path(), Permissions::from_mode(0o755)).unwrap();
        let (user, group) = whom_to_run_as();
        make_database(&home.path().join("data"), &group);
        let mut site = site(home.path(), user, &group);
        change(&mut site);
        let files = render(&site).unwrap();
        directory::write(&site.config_dir, &files, site.group.as_deref()).unwrap();
        let local = |port| SocketAddr::new(site.listen, port);
        let (auth, acct) = (local(site.auth_port), local(site.acct_port));
        let process = run(&site.config_dir, &home.path().join("output"));
        let mut server = FreeRadius { home, process, auth, acct };
        server.wait_until_ready();
        server
    }

    fn wait_until_ready(&mut self) {
        let end = Instant::now() + PATIENCE;
        let secret = Secret::new(SECRET);
        loop {
            let soon = Instant::now() + Duration::from_secs(1);
            let answer = client::ping(&UdpLink, self.auth, &secret, soon);
            if answer.is_ok() {
                return;
            }
            let status = self.process.try_wait().unwrap();
            assert!(status.is_none(), "FreeRADIUS did not start: {status:?}");
            assert!(Instant::now() < end, "FreeRADIUS does not answer: {answer:?}");
        }
    }

    pub(super) fn database(&self) -> Connection {
        let database = Connection::open(self.home.path().join("data/mlango.db")).unwrap();
        database.busy_timeout(PATIENCE).unwrap();
        database
    }

    pub(super) fn data_dir(&self) -> PathBuf {
        self.home.path().join("data")
    }

    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.home.path().join("radius/log/auth.log")).unwrap_or_default()
    }

    /// Writes a customer's rows, as the payment's transaction does.
    pub(super) fn give(&self, username: &str, entitlement: &Entitlement) {
        let rows = entitlement.rows().unwrap().unwrap();
        let mut database = self.database();
        let tx = database.transaction().unwrap();
        put(&tx, "radcheck", username, &rows.check);
        put(&tx, "radreply", username, &rows.reply);
        tx.commit().unwrap();
    }

    pub(super) fn log_in(&self, name: &str, password: &str) -> Result<Reply, RadiusError> {
        self.log_in_from(name, password, Method::Pap, "")
    }

    pub(super) fn log_in_from(
        &self,
        username: &str,
        password: &str,
        method: Method,
        device: &str,
    ) -> Result<Reply, RadiusError> {
        let password = &Secret::new(password);
        let login = Login { username, password, method, device };
        let deadline = Instant::now() + PATIENCE;
        client::log_in(&UdpLink, self.auth, &Secret::new(SECRET), &login, deadline)
    }

    /// Reports on a session; panics if that is not acknowledged.
    pub(super) fn report(&self, attributes: &[(Kind, Vec<u8>)]) {
        assert!(self.acknowledges(attributes, PATIENCE));
    }

    /// Whether a report is acknowledged within so long; it is sent again meanwhile.
    pub(super) fn acknowledges(&self, attributes: &[(Kind, Vec<u8>)], within: Duration) -> bool {
        let mut request =
            Request::new(Code::AccountingRequest, client::nonce(), Secret::new(SECRET));
        for (kind, value) in attributes {
            request = request.with(*kind, value);
        }
        UdpLink.exchange(self.acct, &request, Instant::now() + within).is_ok()
    }
}

impl Drop for FreeRadius {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            let output = fs::read(self.home.path().join("output")).unwrap_or_default();
            eprintln!("FreeRADIUS said:\n{}", String::from_utf8_lossy(&output));
        }
    }
}

fn put(database: &Connection, table: &str, username: &str, rows: &[Row]) {
    for row in rows {
        let insert =
            format!("INSERT INTO {table} (username, attribute, op, value) VALUES (?1, ?2, ?3, ?4)");
        let values = (username, row.attribute.as_str(), row.op, &row.value);
        database.execute(&insert, values).unwrap();
    }
}

fn make_database(dir: &Path, group: &str) {
    fs::create_dir(dir).unwrap();
    let path = dir.join("mlango.db");
    drop(crate::store::open(&path));
    let gid = account::group_id(group);
    chown(dir, None, gid).unwrap();
    chown(&path, None, gid).unwrap();
    fs::set_permissions(dir, Permissions::from_mode(0o2770)).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o660)).unwrap();
}

fn site(home: &Path, user: String, group: &str) -> SiteConfig {
    let listen = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let library_dir = ["/usr/lib/freeradius", "/usr/lib/freeradius3", "/usr/lib64/freeradius"]
        .map(PathBuf::from)
        .into_iter()
        .find(|it| it.is_dir());
    SiteConfig {
        database: home.join("data/mlango.db"),
        config_dir: home.join("radius"),
        listen,
        auth_port: free_port(listen),
        acct_port: free_port(listen),
        user,
        group: Some(group.to_owned()),
        library_dir: library_dir.expect("install freeradius: its modules are not in /usr/lib"),
        local_secret: Secret::new("unused"),
        nas: vec![Nas {
            name: "the tests".to_owned(),
            address: listen,
            secret: Secret::new(SECRET),
            requires_message_authenticator: true,
        }],
    }
}

pub(crate) fn free_port(address: IpAddr) -> u16 {
    UdpSocket::bind((address, 0)).unwrap().local_addr().unwrap().port()
}

/// FreeRADIUS gives up root; otherwise it must stay who we are.
pub(crate) fn whom_to_run_as() -> (String, String) {
    let user = match output_of("id", &["-un"]).as_str() {
        "root" => "freerad".to_owned(),
        other => other.to_owned(),
    };
    let group = account::primary_group(&user);
    let group = group.expect("install freeradius: there is no user freerad").name;
    (user, group)
}

#[expect(clippy::disallowed_methods, reason = "tests start other programs")]
fn output_of(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[expect(clippy::disallowed_methods, reason = "tests start other programs")]
pub(crate) fn run(config_dir: &Path, output: &Path) -> Child {
    let output = File::create(output).unwrap();
    Command::new(program())
        .args(["-fxx", "-l", "stdout", "-d"])
        .arg(config_dir)
        .stdin(Stdio::null())
        .stderr(output.try_clone().unwrap())
        .stdout(output)
        .spawn()
        .unwrap()
}

fn program() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let candidates =
        dirs.flat_map(|dir| [dir.join("freeradius"), dir.join("radiusd")]).find(|it| it.is_file());
    candidates.expect("install freeradius: these tests ask a real one (apt install freeradius)")
}
