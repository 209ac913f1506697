//! What an operator imports on a router to prepare it: `mlango router script`.
//!
//! Each line stands alone, holds no form of one major version only (what differs is handed to
//! `:parse`, which can be caught), adds what is missing, sets what is ours, and removes nothing.
//! Ours are the group `mlango` and the rows with a comment of ours.

use crate::domain::secret::Secret;
use std::fmt::Write as _;
use std::net::IpAddr;

/// The group of our account, and the comment of what has one.
const OURS: &str = "mlango";
/// What provisioning needs; `sensitive` shows passwords, which are compared before they are set.
const POLICY: &str = "ssh,read,write,test,sensitive";

/// What a router is to be prepared for.
pub struct Preparation {
    pub router: String,
    /// The account we log in with.
    pub user: String,
    pub login: Account,
    /// Where the router finds this box.
    pub address: IpAddr,
    /// The port of the customers' page, if they can reach it.
    pub page_port: Option<u16>,
    pub radius: Option<Radius>,
}

pub enum Account {
    /// The operator, who knows it, fills it in: the script does not hold it.
    Password,
    /// The public key comes as a file; until then this keeps everybody out.
    Key { throwaway: Secret },
}

pub struct Radius {
    pub secret: Secret,
    pub auth_port: u16,
    pub acct_port: u16,
    pub coa_port: u16,
}

impl Preparation {
    /// The script, one statement a line. With RADIUS it holds its secret.
    pub fn script(&self) -> String {
        let mut out = String::new();
        self.head(&mut out);
        out.push_str(DEVICE_MODE);
        self.account(&mut out);
        step(&mut out, "ssh", "/ip ssh set strong-crypto=yes");
        self.hotspot(&mut out);
        self.garden(&mut out);
        if let Some(radius) = &self.radius {
            self.radius(radius, &mut out);
        }
        out.push_str(CLOCK);
        out.push_str("# The login page of the hotspot stays as it is.\n");
        out.push_str(":put \"DONE\"\n");
        out
    }

    fn head(&self, out: &mut String) {
        let name: String = self.router.chars().filter(|it| !it.is_control()).collect();
        let _ = writeln!(out, "# Prepares the router {name} for mlango. Upload this file, then:");
        let _ = writeln!(out, "#   /import file-name=mlango.rsc");
        let _ = writeln!(out, "# It may be imported again at any time, and removes nothing.");
        if self.radius.is_some() {
            let _ = writeln!(out, "# It holds the RADIUS secret: delete the file afterwards.");
        }
    }

    fn account(&self, out: &mut String) {
        let add = format!("/user group add name={OURS} policy={POLICY}");
        let set = format!("/user group set [/user group find name=\"{OURS}\"] policy={POLICY}");
        let missing = format!("[:len [/user group find name=\"{OURS}\"]]=0");
        step(out, "group", &format!(":if ({missing}) do={{{add}}} else={{{set}}}"));
        let user = quote(&self.user);
        let missing = format!("[:len [/user find name={user}]]=0");
        let add = format!("/user add name={user} group={OURS} comment={OURS} password=");
        match &self.login {
            Account::Password => {
                out.push_str(
                    "# Put the password of the account between the quotes, if it is to be made.\n",
                );
                out.push_str(":global mlangoPassword \"\"\n");
                let ask = "put the password of the account into the line :global mlangoPassword \
                           of this script, and import it again";
                let add = format!(
                    ":global mlangoPassword; :if ([:len $mlangoPassword]=0) do={{:error \"{ask}\"}}\
                     ; {add}$mlangoPassword"
                );
                step(out, "user", &format!(":if ({missing}) do={{{add}}}"));
                out.push_str(":global mlangoPassword \"\"\n");
            }
            Account::Key { throwaway } => {
                let add = format!("{add}{}", quote(throwaway.expose()));
                step(out, "user", &format!(":if ({missing}) do={{{add}}}"));
                let ask = "upload the public key as mlango.pub (ssh-keygen -y -f KEY > \
                           mlango.pub makes it), and import this again";
                let import =
                    format!("/user ssh-keys import public-key-file=mlango.pub user={user}");
                let key = format!(
                    ":if ([:len [/user ssh-keys find user={user}]]=0) do={{:if ([:len [/file find \
                     name=\"mlango.pub\"]]=0) do={{:error \"{ask}\"}}; {import}}}"
                );
                step(out, "key", &key);
            }
        }
        let _ = writeln!(
            out,
            ":if ([/user get [/user find name={user}] group]!=\"{OURS}\") do={{:put \"NOTE the \
             account was there before; its group is left as it is and must allow {POLICY}\"}}"
        );
    }

    fn hotspot(&self, out: &mut String) {
        out.push_str(
            ":if ([:len [/ip hotspot find]]=0) do={:put \"NOTE there is no hotspot server: run \
             /ip hotspot setup, and import this again\"}\n",
        );
        let profile = "[/ip hotspot profile find name=[/ip hotspot get $i profile]]";
        let methods = format!(
            ":foreach i in=[/ip hotspot find] do={{:local p {profile}; :local s \"http-pap\"; \
             :foreach m in=[:toarray [/ip hotspot profile get $p login-by]] do={{:if \
             ($m!=\"http-pap\") do={{:set s ($s . \",\" . $m)}}}}; /ip hotspot profile set $p \
             login-by=$s}}"
        );
        step(out, "login", &methods);
        if self.radius.is_some() {
            let asks = format!(
                ":foreach i in=[/ip hotspot find] do={{:local p {profile}; /ip hotspot profile set \
                 $p use-radius=yes radius-accounting=yes radius-interim-update=received}}"
            );
            step(out, "profile", &asks);
        }
    }

    fn garden(&self, out: &mut String) {
        let Some(port) = self.page_port else {
            out.push_str("# No walled garden: the customers' page listens on loopback only.\n");
            return;
        };
        let settings =
            format!("action=accept dst-address={} protocol=tcp dst-port={port}", self.address);
        upsert(out, "garden", "/ip hotspot walled-garden ip", &settings);
    }

    fn radius(&self, radius: &Radius, out: &mut String) {
        let settings = format!(
            "service=hotspot address={} secret={} authentication-port={} accounting-port={} \
             timeout=3s",
            self.address,
            quote(radius.secret.expose()),
            radius.auth_port,
            radius.acct_port
        );
        upsert(out, "radius", "/radius", &settings);
        let incoming = format!("/radius incoming set accept=yes port={}", radius.coa_port);
        step(out, "incoming", &incoming);
    }
}

/// Versions without this menu do not lock the hotspot.
const DEVICE_MODE: &str = concat!(
    r#"{:local m "unknown"; :do {:local f [:parse ":return "#,
    r#"[:tostr [/system device-mode get hotspot]]"]; :set m [$f]} on-error={}; "#,
    r#":if (($m="no") || ($m="false")) do={:error "device-mode forbids the hotspot: run "#,
    r#"/system device-mode update hotspot=yes, then press the button of the router or cut "#,
    r#"its power, and import this again"}}"#,
    "\n:put \"OK device-mode\"\n"
);

/// The two major versions name their servers differently. A client that runs is left alone.
const CLOCK: &str = concat!(
    r#"{:local e [:tostr [/system ntp client get enabled]]; :if (($e!="true") && ($e!="yes")) "#,
    r#"do={:do {:local f [:parse "/system ntp client set enabled=yes servers=pool.ntp.org"]; "#,
    r#"$f} on-error={:local f [:parse "/system ntp client set enabled=yes "#,
    r#"server-dns-names=pool.ntp.org"]; $f}}}"#,
    "\n:put \"OK clock\"\n"
);

fn step(out: &mut String, name: &str, statement: &str) {
    let _ = writeln!(out, "{statement}\n:put \"OK {name}\"");
}

/// Sets our row of a menu, or adds it.
fn upsert(out: &mut String, name: &str, menu: &str, settings: &str) {
    let find = format!("[{menu} find comment=\"{OURS}\"]");
    let add = format!("{menu} add comment=\"{OURS}\" {settings}");
    step(
        out,
        name,
        &format!(":if ([:len {find}]=0) do={{{add}}} else={{{menu} set {find} {settings}}}"),
    );
}

/// A console string that people can read: only what would end it, or work inside it, is escaped.
fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'\\' | b'"' | b'$' => {
                out.push('\\');
                out.push(char::from(byte));
            }
            b' '..=b'>' | b'@'..=b'~' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "\\{byte:02X}"); // `?` asks for help in a terminal
            }
        }
    }
    out.push('"');
    out
}

#[test]
fn values_stay_inside_their_quotes() {
    let check = |text: &str, out: &str| assert_eq!(quote(text), out);
    check("testing123", r#""testing123""#);
    check(r#"a"b\c$d"#, r#""a\"b\\c\$d""#);
    check("é?\n[x];{}", r#""\C3\A9\3F\0A[x];{}""#);
}

#[test]
fn lines_are_short_and_plain() {
    let script = Preparation {
        router: "Main\n/system reset-configuration".to_owned(),
        user: "mlango".to_owned(),
        login: Account::Password,
        address: IpAddr::from([192, 168, 88, 10]),
        page_port: Some(8080),
        radius: Some(Radius {
            secret: Secret::new("s".repeat(64)),
            auth_port: 1812,
            acct_port: 1813,
            coa_port: 3799,
        }),
    };
    let script = script.script();
    for line in script.lines() {
        assert!(line.len() < 2048 && line.is_ascii(), "{line}");
        assert!(!line.starts_with("/system reset") && !line.contains(" remove "), "{line}");
        for newer in [":serialize", ":onerror", "/ip/", "proplist"] {
            assert!(!line.contains(newer), "{line}");
        }
    }
    assert_eq!(script.lines().last(), Some(":put \"DONE\""));
}
