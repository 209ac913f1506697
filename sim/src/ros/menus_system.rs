//! The menus about the router itself and its network, as far as a hotspot needs them.

use super::schema::{
    DISABLED, FIXED, Kind, Menu, Prop, SHOWN, SINGLE, Verb, flag, named, prop, shown, single,
    table, text,
};

const ANY: Kind = Kind::Num(0, i64::MAX);
const PORT: Kind = Kind::Num(1, 65535);
const YES: Kind = Kind::Bool;

const RESOURCE: &[Prop] = &[
    shown("uptime", Kind::Time),
    shown("version", Kind::Text),
    shown("build-time", Kind::Text),
    shown("factory-software", Kind::Text),
    shown("free-memory", ANY),
    shown("total-memory", ANY),
    shown("cpu", Kind::Text),
    shown("cpu-count", ANY),
    shown("cpu-frequency", ANY),
    shown("cpu-load", ANY),
    shown("free-hdd-space", ANY),
    shown("total-hdd-space", ANY),
    shown("write-sect-since-reboot", ANY),
    shown("write-sect-total", ANY),
    shown("bad-blocks", ANY),
    shown("architecture-name", Kind::Text),
    shown("board-name", Kind::Text),
    shown("platform", Kind::Text),
];

const CLOCK: &[Prop] = &[
    text("time"),
    text("date"),
    prop("time-zone-autodetect", YES).default("true"),
    text("time-zone-name").default("Africa/Nairobi"),
    shown("gmt-offset", Kind::Text).default("+03:00"),
    shown("dst-active", YES).default("false"),
];

const ROUTERBOARD: &[Prop] = &[
    shown("routerboard", YES).default("true"),
    shown("model", Kind::Text).default("RBD52G-5HacD2HnD"),
    shown("serial-number", Kind::Text).default("HEX0SIM00001"),
    shown("firmware-type", Kind::Text).default("ipq4000L"),
    shown("current-firmware", Kind::Text),
    shown("upgrade-firmware", Kind::Text),
];

const HEALTH: &[Prop] = &[
    shown("name", Kind::Text).summary(),
    shown("value", Kind::Text).summary(),
    shown("type", Kind::Text).summary(),
];

const DEVICE_MODE: &[Prop] = &[
    prop("mode", Kind::Word(&["advanced", "basic", "home", "enterprise"])).default("advanced"),
    prop("hotspot", YES).default("true"),
    prop("scheduler", YES).default("true"),
    prop("fetch", YES).default("true"),
    prop("socks", YES).default("true"),
    shown("flagged", YES).default("false"),
    shown("attempt-count", ANY).default("0"),
];

const NTP: &[Prop] = &[
    prop("enabled", YES).default("false"),
    text("mode").default("unicast"),
    text("servers").default(""),
    text("primary-ntp").default("0.0.0.0"),
    text("secondary-ntp").default("0.0.0.0"),
    text("server-dns-names").default(""),
    shown("status", Kind::Text).default("stopped"),
];

const RADIUS: &[Prop] = &[
    prop("service", Kind::Words(&["ppp", "login", "hotspot", "wireless", "dhcp", "ipsec"]))
        .summary(),
    text("called-id").default(""),
    text("domain").default(""),
    prop("address", Kind::Ip).summary().required(),
    text("secret").default("").secret(),
    prop("authentication-port", PORT).default("1812"),
    prop("accounting-port", PORT).default("1813"),
    prop("timeout", Kind::Time).default("00:00:01.100"),
    prop("src-address", Kind::Ip).default("0.0.0.0"),
    prop("accounting-backup", YES).default("false"),
    text("realm"),
    text("protocol").default("udp"),
    text("comment"),
    DISABLED,
];

const SERVICES: &[Prop] = &[
    shown("name", Kind::Text).summary(),
    prop("port", PORT).summary(),
    text("address").default("").summary(),
    text("certificate"),
    prop("max-sessions", Kind::Num(1, 1000)).default("20"),
    flag("invalid"),
    DISABLED,
];

const SSH: &[Prop] = &[
    prop("strong-crypto", YES).default("false"),
    prop("forwarding-enabled", Kind::Word(&["no", "both", "local", "remote"])).default("no"),
    prop("always-allow-password-login", YES).default("false"),
    text("ciphers").default("auto"),
    prop("host-key-size", Kind::Num(1024, 8192)).default("2048"),
    prop("host-key-type", Kind::Word(&["rsa", "ed25519"])).default("rsa"),
];

const INTERFACES: &[Prop] = &[
    text("name").summary(),
    shown("type", Kind::Text).summary(),
    shown("mac-address", Kind::Mac).summary(),
    prop("mtu", Kind::Num(68, 65535)).default("1500").summary(),
    shown("rx-byte", ANY).default("0"),
    shown("tx-byte", ANY).default("0"),
    text("comment"),
    flag("running"),
    flag("dynamic"),
    DISABLED,
];

const POOLS: &[Prop] =
    &[text("name").summary().required(), text("ranges").summary().required(), text("comment")];

const LOG: &[Prop] = &[
    shown("time", Kind::Text).summary(),
    shown("topics", Kind::Text).summary(),
    shown("message", Kind::Text).summary(),
];

const FILES: &[Prop] = &[
    text("name").summary().required(),
    shown("type", Kind::Text).default(".txt file").summary(),
    shown("size", ANY).default("0").summary(),
    text("contents"),
];

const DNS_STATIC: &[Prop] = &[
    text("name").summary().required(),
    prop("address", Kind::Ip).summary(),
    prop("ttl", Kind::Time).default("1d00:00:00").summary(),
    text("comment"),
    DISABLED,
];

const ADDRESSES: &[Prop] = &[
    text("address").summary().required(),
    shown("network", Kind::Text).summary(),
    prop("interface", Kind::Ref("interface", &[])).summary().required(),
    text("comment"),
    DISABLED,
];

const SSH_VERBS: &[Verb] = &[Verb::Set, Verb::Get, Verb::Print, Verb::RegenerateHostKey];

pub(crate) static MENUS: &[Menu] = &[
    single("system identity", &[text("name").default("MikroTik")]),
    Menu { verbs: SHOWN, ..single("system resource", RESOURCE) },
    single("system clock", CLOCK),
    Menu { verbs: SHOWN, ..single("system routerboard", ROUTERBOARD) },
    Menu { verbs: SHOWN, ..table("system health", HEALTH) },
    Menu { verbs: SHOWN, ..single("system device-mode", DEVICE_MODE) },
    single("system ntp client", NTP),
    Menu { verbs: &[Verb::Reboot], ..single("system", &[]) },
    table("radius", RADIUS),
    single(
        "radius incoming",
        &[prop("accept", YES).default("false"), prop("port", PORT).default("1700")],
    ),
    Menu { verbs: FIXED, ..table("ip service", SERVICES) },
    Menu { verbs: SSH_VERBS, ..single("ip ssh", SSH) },
    Menu { verbs: SINGLE, ..single("ip dns", &[text("servers").default("")]) },
    table("ip dns static", DNS_STATIC),
    named("ip pool", POOLS),
    table("ip address", ADDRESSES),
    Menu { verbs: FIXED, ..named("interface", INTERFACES) },
    Menu { verbs: &[Verb::Find, Verb::Get, Verb::Print], ..table("log", LOG) },
    Menu {
        verbs: &[Verb::Add, Verb::Set, Verb::Remove, Verb::Find, Verb::Get, Verb::Print],
        ..named("file", FILES)
    },
];
