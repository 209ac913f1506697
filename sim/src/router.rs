//! A simulated router: how it is set up, and the handle tests hold it by.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::account::Account;
use crate::dialect::Dialect;
use crate::door::Door;
use crate::faults::{Fault, Times};
use crate::ros::world::{Rights, World};
use crate::ros::{self, hotspot, login};
use crate::script;
use crate::ssh::{Command, Core, Guard, HostKey, Login, lock};

/// Whether a router comes with a hotspot that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    /// Server `hotspot1` on `bridge-lan`, profile `hsprof1`, pool `hs-pool`.
    Hotspot,
    /// As it left the factory.
    Bare,
}

#[derive(Clone)]
pub struct RouterSpec {
    pub identity: String,
    pub dialect: Dialect,
    pub accounts: Vec<Account>,
    /// How long the router thinks about each command.
    pub latency: Duration,
    pub setup: Setup,
    pub has_strong_crypto: bool,
    /// `rsa` or `ed25519`.
    pub host_key_type: String,
    /// Routers of different numbers have different host keys.
    pub host_key: u32,
}

impl RouterSpec {
    /// A prepared hotspot with the account `mlango`, password `sim-password`.
    pub fn new(dialect: Dialect) -> Self {
        let host_key_type = if dialect.is_v7() { "ed25519" } else { "rsa" };
        Self {
            identity: "MikroTik".to_owned(),
            dialect,
            accounts: vec![Account::new("mlango", "sim-password")],
            latency: Duration::ZERO,
            setup: Setup::Hotspot,
            has_strong_crypto: false,
            host_key_type: host_key_type.to_owned(),
            host_key: 0,
        }
    }

    fn world(&self) -> World {
        let mut world = World::new(self.dialect);
        world.host_key_generation = self.host_key;
        world.single_mut("system identity").put("name", &self.identity);
        let ssh = world.single_mut("ip ssh");
        ssh.put("strong-crypto", self.has_strong_crypto.to_string());
        ssh.put("host-key-type", &self.host_key_type);
        if self.setup == Setup::Hotspot {
            ros::start::add_hotspot(&mut world);
        }
        for account in &self.accounts {
            add_account(&mut world, account);
        }
        world
    }
}

fn add_account(world: &mut World, account: &Account) {
    let name = account.name.as_bytes();
    let policy = account.policies.join(",");
    world.insert("user group", &[("name", name), ("policy", policy.as_bytes())]);
    let mut fields = vec![("name", name), ("group", name)];
    if let Some(password) = &account.password {
        fields.push(("password", password.as_bytes()));
    }
    world.insert("user", &fields);
    for key in &account.keys {
        world.insert("user ssh-keys", &[("user", name), ("key", key.as_bytes())]);
    }
}

/// Runs until it is dropped.
pub struct Router {
    pub(crate) core: Arc<Core>,
    door: Door,
    /// Taken when it ends.
    runtime: Option<Runtime>,
}

impl Router {
    /// Listens on a free port of 127.0.0.1 when it returns.
    pub fn start(spec: RouterSpec) -> Self {
        let runtime = crate::door::runtime();
        let core = Arc::new(Core::new(spec.world(), spec.latency));
        let mut guard = Guard::new(Arc::clone(&core));
        let door = Door::open(&runtime, move |stream, peer| guard.admit(stream, peer));
        Self { core, door, runtime: Some(runtime) }
    }

    pub fn address(&self) -> SocketAddr {
        self.door.address()
    }

    /// `SHA256:...` of the preferred host key, as OpenSSH prints it.
    pub fn host_key_fingerprint(&self) -> String {
        let world = lock(&self.core.world);
        HostKey(world.host_key_generation).fingerprints(&world).swap_remove(0)
    }

    /// Connections made from now on see another host key.
    pub fn regenerate_host_key(&self) {
        lock(&self.core.world).host_key_generation += 1;
    }

    /// Runs a script as the console would, with every right, and gives what it printed.
    pub fn run(&self, script: &str) -> String {
        String::from_utf8_lossy(&self.execute(script).text).into_owned()
    }

    /// `/import` of a file with this script, by an operator with every right: what is shown.
    pub fn import(&self, script: &str) -> String {
        let output = self.execute(script);
        let shown = String::from_utf8_lossy(&output.text).into_owned();
        match output.failure {
            None => shown + "\r\nScript file loaded and executed successfully\r\n",
            Some(_) => shown,
        }
    }

    /// A file among the router's own, as one that was uploaded.
    pub fn upload(&self, name: &str, contents: &str) {
        let fields = [("name", name.as_bytes()), ("contents", contents.as_bytes())];
        lock(&self.core.world).insert("file", &fields);
    }

    fn execute(&self, script: &str) -> script::Output {
        let mut world = lock(&self.core.world);
        ros::refresh(&mut world);
        script::run(&mut world, &Rights::Every, script.as_bytes())
    }

    pub fn inject(&self, fault: Fault, times: Times) {
        lock(&self.core.faults).add(fault, times);
    }

    pub fn clear_faults(&self) {
        lock(&self.core.faults).clear();
    }

    pub fn set_latency(&self, latency: Duration) {
        *lock(&self.core.latency) = latency;
    }

    /// New connections are refused; those there are stay.
    pub fn refuse_connections(&self) {
        self.door.shut();
    }

    pub fn accept_connections(&self) {
        self.door.reopen();
    }

    /// Connections that are open break.
    pub fn cut_connections(&self) {
        self.core.cut_all();
    }

    /// Gone from the network, and all sessions of customers with it.
    pub fn power_off(&self) {
        self.door.shut();
        self.reboot();
    }

    pub fn power_on(&self) {
        self.door.reopen();
    }

    /// Sessions end, connections break, and the uptime begins at nothing. Users, their counters
    /// and cookies stay.
    pub fn reboot(&self) {
        hotspot::restart(&mut lock(&self.core.world));
        self.core.cut_all();
    }

    /// Only the customers go: as after a reset, or with an old backup.
    pub fn wipe_hotspot(&self) {
        hotspot::wipe(&mut lock(&self.core.world));
    }

    /// Without `hotspot` in device-mode, `/ip hotspot` can be read but not changed.
    pub fn set_device_mode_hotspot(&self, is_allowed: bool) {
        let mut world = lock(&self.core.world);
        world.single_mut("system device-mode").put("hotspot", is_allowed.to_string());
    }

    /// A path such as `ip hotspot`, as on devices too small for it.
    pub fn remove_menu(&self, path: &str) {
        lock(&self.core.world).missing.insert(path.to_owned());
    }

    pub fn restore_menu(&self, path: &str) {
        lock(&self.core.world).missing.remove(path);
    }

    pub fn set_policies(&self, account: &str, policies: &[&str]) {
        let mut world = lock(&self.core.world);
        let group = world.rows_mut("user group").iter_mut();
        for group in group.filter(|row| row.bytes("name") == account.as_bytes()) {
            group.put("policy", policies.join(","));
        }
    }

    /// Sets the clock, as a time server would. Until then it is of some day long ago.
    pub fn set_clock(&self, seconds_since_1970: i64) {
        let mut world = lock(&self.core.world);
        world.booted_at += seconds_since_1970 - world.now();
    }

    /// Lets time pass for sessions, cookies and the router's clock.
    pub fn tick(&self, passed: Duration) {
        hotspot::tick(&mut lock(&self.core.world), passed);
    }

    /// Bytes that a user's device sent and got; false if it is not online.
    pub fn traffic(&self, user: &str, received: u64, sent: u64) -> bool {
        hotspot::traffic(&mut lock(&self.core.world), user, received, sent)
    }

    /// A customer types in a user name and password. The error is what the page would say.
    pub fn login(&self, user: &str, password: &str, mac: &str) -> Result<(), String> {
        let proof = login::Proof::Portal { password };
        login::log_in(&mut lock(&self.core.world), user, mac, None, proof)
    }

    /// A device that was here before comes back; a cookie may let it in.
    pub fn reappear(&self, mac: &str) -> Result<(), String> {
        login::reappear(&mut lock(&self.core.world), mac)
    }

    /// A customer logs out.
    pub fn logout(&self, mac: &str) {
        let mut world = lock(&self.core.world);
        if let Some(id) = hotspot::session_of_mac(&world, mac) {
            hotspot::end_session(&mut world, id, hotspot::Cause::UserRequest);
        }
    }

    /// Every line that came by SSH, oldest first.
    pub fn commands(&self) -> Vec<Command> {
        lock(&self.core.journal).commands.clone()
    }

    pub fn logins(&self) -> Vec<Login> {
        lock(&self.core.journal).logins.clone()
    }

    /// How many connections arrived so far, those that were turned away included.
    pub fn connections(&self) -> usize {
        lock(&self.core.journal).connections
    }

    pub fn open_connections(&self) -> usize {
        lock(&self.core.sockets).len()
    }
}

impl Drop for Router {
    fn drop(&mut self) {
        self.door.shut();
        self.core.cut_all();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
