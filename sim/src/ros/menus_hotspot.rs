//! The menus below `/ip hotspot`, as MikroTik's manual lists them (ip/hotspot).

use super::schema::{
    DISABLED, Kind, MADE, Menu, Prop, Verb, counted, flag, named, prop, shown, table, text,
};

const BYTES: Kind = Kind::Num(0, i64::MAX);
const SERVER: Prop = prop("server", Kind::Ref("ip hotspot", &["all"])).default("all").summary();
const LOGIN_BY: Kind =
    Kind::Words(&["cookie", "http-chap", "http-pap", "https", "mac", "mac-cookie", "trial"]);

const SERVERS: &[Prop] = &[
    text("name").summary().required(),
    prop("interface", Kind::Ref("interface", &[])).summary().required(),
    prop("address-pool", Kind::Ref("ip pool", &["none"])).default("none").summary(),
    prop("profile", Kind::Ref("ip hotspot profile", &[])).default("default").summary(),
    prop("idle-timeout", Kind::Time).default("00:05:00").summary(),
    prop("keepalive-timeout", Kind::Time).default("none"),
    prop("login-timeout", Kind::Time).default("none"),
    prop("addresses-per-mac", Kind::Text).default("2"),
    shown("proxy-status", Kind::Text).default("running"),
    shown("ip-of-dns-name", Kind::Text),
    flag("invalid"),
    DISABLED,
];

const USERS: &[Prop] = &[
    SERVER,
    text("name").summary().required(),
    text("password").default("").secret(),
    text("otp-secret").secret(),
    prop("address", Kind::Ip).summary(),
    prop("mac-address", Kind::Mac),
    prop("profile", Kind::Ref("ip hotspot user profile", &[])).default("default").summary(),
    text("routes"),
    text("email"),
    prop("limit-uptime", Kind::Time),
    prop("limit-bytes-in", Kind::Size),
    prop("limit-bytes-out", Kind::Size),
    prop("limit-bytes-total", Kind::Size),
    text("comment"),
    counted("uptime", Kind::Time, "00:00:00").summary(),
    counted("bytes-in", BYTES, "0"),
    counted("bytes-out", BYTES, "0"),
    counted("packets-in", BYTES, "0"),
    counted("packets-out", BYTES, "0"),
    DISABLED,
    flag("dynamic"),
    flag("default"),
];

const USER_PROFILES: &[Prop] = &[
    text("name").summary().required(),
    prop("address-pool", Kind::Ref("ip pool", &["none"])),
    prop("session-timeout", Kind::Time).summary(),
    prop("idle-timeout", Kind::Time).default("none").summary(),
    prop("keepalive-timeout", Kind::Time).default("00:02:00"),
    prop("status-autorefresh", Kind::Time).default("00:01:00"),
    prop("shared-users", Kind::Text).default("1").summary(),
    prop("add-mac-cookie", Kind::Bool).default("true"),
    prop("mac-cookie-timeout", Kind::Time).default("3d00:00:00"),
    text("rate-limit").summary(),
    text("insert-queue-before"),
    text("parent-queue"),
    text("queue-type"),
    text("address-list").default(""),
    text("on-login"),
    text("on-logout"),
    prop("transparent-proxy", Kind::Bool).default("false"),
    prop("open-status-page", Kind::Word(&["always", "http-login"])),
    prop("advertise", Kind::Bool),
    flag("default"),
];

const ACTIVE: &[Prop] = &[
    shown("server", Kind::Text).summary(),
    shown("user", Kind::Text).summary(),
    shown("domain", Kind::Text),
    shown("address", Kind::Ip).summary(),
    shown("mac-address", Kind::Mac),
    shown("login-by", Kind::Text).summary(),
    shown("uptime", Kind::Time).summary(),
    shown("session-time-left", Kind::Time).summary(),
    shown("idle-time", Kind::Time),
    shown("idle-timeout", Kind::Time),
    shown("keepalive-timeout", Kind::Time),
    shown("bytes-in", BYTES),
    shown("bytes-out", BYTES),
    shown("packets-in", BYTES),
    shown("packets-out", BYTES),
    shown("limit-bytes-in", BYTES),
    shown("limit-bytes-out", BYTES),
    shown("limit-bytes-total", BYTES),
    flag("radius"),
    flag("blocked"),
];

/// What `active login` takes; not a menu that can be looked at.
pub(crate) const LOGIN_SETTINGS: &[Prop] = &[
    text("user").required(),
    text("password"),
    prop("mac-address", Kind::Mac),
    prop("ip", Kind::Ip).required(),
    text("domain"),
];

const HOSTS: &[Prop] = &[
    shown("mac-address", Kind::Mac).summary(),
    shown("address", Kind::Ip).summary(),
    shown("to-address", Kind::Ip).summary(),
    shown("server", Kind::Text).summary(),
    shown("uptime", Kind::Time),
    shown("idle-time", Kind::Time),
    shown("bytes-in", BYTES),
    shown("bytes-out", BYTES),
    flag("static"),
    flag("DHCP"),
    flag("dynamic"),
    flag("authorized"),
    flag("bypassed"),
];

const COOKIES: &[Prop] = &[
    shown("user", Kind::Text).summary(),
    shown("domain", Kind::Text).summary(),
    shown("mac-address", Kind::Mac).summary(),
    shown("expires-in", Kind::Time).summary(),
    flag("mac-cookie"),
];

const BINDINGS: &[Prop] = &[
    prop("address", Kind::Ip).summary(),
    prop("mac-address", Kind::Mac).summary(),
    prop("to-address", Kind::Ip).summary(),
    SERVER,
    prop("type", Kind::Word(&["regular", "bypassed", "blocked"])).default("regular"),
    text("comment"),
    DISABLED,
];

const SERVER_PROFILES: &[Prop] = &[
    text("name").summary().required(),
    prop("hotspot-address", Kind::Ip).default("0.0.0.0").summary(),
    text("dns-name").default("").summary(),
    text("html-directory").default("hotspot").summary(),
    text("html-directory-override").default(""),
    text("rate-limit").default("").summary(),
    prop("http-cookie-lifetime", Kind::Time).default("3d00:00:00"),
    prop("login-by", LOGIN_BY).default("cookie,http-chap"),
    prop("mac-auth-mode", Kind::Word(&["mac-as-username", "mac-as-username-and-password"])),
    text("ssl-certificate"),
    prop("use-radius", Kind::Bool).default("false"),
    prop("radius-accounting", Kind::Bool),
    text("radius-interim-update"),
    text("radius-mac-format"),
    text("nas-port-type"),
    prop("trial-uptime-limit", Kind::Time),
    prop("trial-uptime-reset", Kind::Time),
    prop("trial-user-profile", Kind::Ref("ip hotspot user profile", &[])),
    flag("default"),
];

const GARDEN: &[Prop] = &[
    prop("action", Kind::Word(&["allow", "deny"])).default("allow").summary(),
    SERVER,
    text("dst-host").summary(),
    text("dst-port").summary(),
    text("src-address"),
    text("path"),
    text("method"),
    text("comment"),
    counted("hits", BYTES, "0"),
    DISABLED,
];

const GARDEN_IP: &[Prop] = &[
    prop("action", Kind::Word(&["accept", "drop", "reject"])).default("accept").summary(),
    SERVER,
    text("dst-address").summary(),
    text("dst-host"),
    text("dst-port"),
    text("protocol"),
    text("src-address"),
    text("comment"),
    DISABLED,
];

const USER_VERBS: &[Verb] = &[
    Verb::Add,
    Verb::Set,
    Verb::Remove,
    Verb::Find,
    Verb::Get,
    Verb::Print,
    Verb::Enable,
    Verb::Disable,
    Verb::Comment,
    Verb::Unset,
    Verb::ResetCounters,
];
const ACTIVE_VERBS: &[Verb] = &[Verb::Remove, Verb::Find, Verb::Get, Verb::Print, Verb::Login];

const fn made(path: &'static str, props: &'static [Prop]) -> Menu {
    Menu { verbs: MADE, ..table(path, props) }
}

pub(crate) static MENUS: &[Menu] = &[
    named("ip hotspot", SERVERS),
    Menu {
        verbs: USER_VERBS,
        unique: Some((
            &["name", "server"],
            "failure: already have user with this name for this server",
        )),
        ..table("ip hotspot user", USERS)
    },
    named("ip hotspot user profile", USER_PROFILES),
    Menu { verbs: ACTIVE_VERBS, ..table("ip hotspot active", ACTIVE) },
    made("ip hotspot host", HOSTS),
    made("ip hotspot cookie", COOKIES),
    table("ip hotspot ip-binding", BINDINGS),
    named("ip hotspot profile", SERVER_PROFILES),
    table("ip hotspot walled-garden", GARDEN),
    table("ip hotspot walled-garden ip", GARDEN_IP),
];
