//! The menus of those who may log in to the router itself.

use super::schema::{
    DISABLED, Kind, MADE, Menu, Prop, Verb, flag, named, prop, shown, table, text,
};

const POLICIES: &[&str] = &[
    "local",
    "telnet",
    "ssh",
    "ftp",
    "reboot",
    "read",
    "write",
    "policy",
    "test",
    "winbox",
    "password",
    "web",
    "sniff",
    "sensitive",
    "api",
    "romon",
    "rest-api",
];

const USERS: &[Prop] = &[
    text("name").summary().required(),
    text("password").hidden(),
    prop("group", Kind::Ref("user group", &[])).summary().required(),
    text("address").default("").summary(),
    text("comment"),
    flag("expired"),
    DISABLED,
];

const GROUPS: &[Prop] = &[
    text("name").summary().required(),
    prop("policy", Kind::Words(POLICIES)).default("").summary(),
    text("skin").default("default").summary(),
    text("comment"),
];

const KEYS: &[Prop] = &[
    prop("user", Kind::Ref("user", &[])).summary().required(),
    text("key").required(),
    text("key-owner").summary(),
    shown("key-type", Kind::Text).summary(),
    shown("bits", Kind::Num(0, 65536)),
];

/// What `ssh-keys import` takes.
pub(crate) const IMPORT_SETTINGS: &[Prop] =
    &[text("public-key-file").required(), prop("user", Kind::Ref("user", &[])).required()];

const KEY_VERBS: &[Verb] =
    &[Verb::Add, Verb::Remove, Verb::Find, Verb::Get, Verb::Print, Verb::Import];

pub(crate) static MENUS: &[Menu] = &[
    named("user", USERS),
    named("user group", GROUPS),
    Menu { verbs: KEY_VERBS, ..table("user ssh-keys", KEYS) },
    Menu {
        verbs: MADE,
        ..table(
            "user active",
            &[
                shown("when", Kind::Text).summary(),
                shown("name", Kind::Text).summary(),
                shown("address", Kind::Ip).summary(),
                shown("via", Kind::Text).summary(),
            ],
        )
    },
];
