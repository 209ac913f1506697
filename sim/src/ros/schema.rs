//! How menus are described: their properties, what each takes, and which commands they know.

/// What a property takes and how it comes back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Text,
    Bool,
    Num(i64, i64),
    /// Bytes; `k`, `M` and `G` are taken.
    Size,
    /// `none` and `never` are taken too.
    Time,
    Ip,
    Mac,
    /// One of these words, or an unambiguous beginning of one.
    Word(&'static [&'static str]),
    /// Several of these words, with commas.
    Words(&'static [&'static str]),
    /// The name of a row of that menu, or one of these words; by its beginning, too.
    Ref(&'static str, &'static [&'static str]),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Access {
    Settable,
    /// Taken by `add` and `set`, and never shown.
    WriteOnly,
    /// Only the router writes it.
    ReadOnly,
    /// A letter before the row in a table, such as `disabled`; settable or not.
    Flag(Settable),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Settable {
    Yes,
    No,
}

#[derive(Debug)]
pub(crate) struct Prop {
    pub name: &'static str,
    pub kind: Kind,
    pub access: Access,
    pub default: Option<&'static str>,
    /// A column of the plain `print`.
    pub is_summary: bool,
    pub is_required: bool,
    /// Shown only to those with the policy `sensitive`.
    pub is_secret: bool,
}

pub(crate) const fn prop(name: &'static str, kind: Kind) -> Prop {
    Prop {
        name,
        kind,
        access: Access::Settable,
        default: None,
        is_summary: false,
        is_required: false,
        is_secret: false,
    }
}

pub(crate) const fn text(name: &'static str) -> Prop {
    prop(name, Kind::Text)
}

/// A counter, or anything else that only the router writes.
pub(crate) const fn counted(name: &'static str, kind: Kind, default: &'static str) -> Prop {
    Prop { access: Access::ReadOnly, default: Some(default), ..prop(name, kind) }
}

pub(crate) const fn shown(name: &'static str, kind: Kind) -> Prop {
    Prop { access: Access::ReadOnly, ..prop(name, kind) }
}

pub(crate) const fn flag(name: &'static str) -> Prop {
    Prop { access: Access::Flag(Settable::No), default: Some("false"), ..prop(name, Kind::Bool) }
}

pub(crate) const DISABLED: Prop = Prop {
    access: Access::Flag(Settable::Yes),
    default: Some("false"),
    ..prop("disabled", Kind::Bool)
};

impl Prop {
    pub(crate) const fn default(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    pub(crate) const fn summary(mut self) -> Self {
        self.is_summary = true;
        self
    }

    pub(crate) const fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    pub(crate) const fn hidden(mut self) -> Self {
        self.access = Access::WriteOnly;
        self
    }

    pub(crate) const fn secret(mut self) -> Self {
        self.is_secret = true;
        self
    }

    pub(crate) fn is_flag(&self) -> bool {
        matches!(self.access, Access::Flag(_))
    }

    pub(crate) fn is_settable(&self) -> bool {
        use Access::*;
        matches!(self.access, Settable | WriteOnly | Flag(self::Settable::Yes))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Add,
    Set,
    Remove,
    Find,
    Get,
    Print,
    Enable,
    Disable,
    Comment,
    Unset,
    ResetCounters,
    Login,
    RegenerateHostKey,
    Import,
    Reboot,
}

impl Verb {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Set => "set",
            Self::Remove => "remove",
            Self::Find => "find",
            Self::Get => "get",
            Self::Print => "print",
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::Comment => "comment",
            Self::Unset => "unset",
            Self::ResetCounters => "reset-counters",
            Self::Login => "login",
            Self::RegenerateHostKey => "regenerate-host-key",
            Self::Import => "import",
            Self::Reboot => "reboot",
        }
    }

    /// Whether its first value says which rows it is about.
    pub(crate) fn takes_rows(self) -> bool {
        use Verb::*;
        matches!(self, Set | Remove | Get | Enable | Disable | Comment | Unset | ResetCounters)
    }

    pub(crate) fn is_read(self) -> bool {
        matches!(self, Self::Find | Self::Get | Self::Print)
    }
}

pub(crate) const TABLE: &[Verb] = &[
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
];
/// Rows that the router itself makes.
pub(crate) const MADE: &[Verb] = &[Verb::Remove, Verb::Find, Verb::Get, Verb::Print];
pub(crate) const FIXED: &[Verb] =
    &[Verb::Set, Verb::Find, Verb::Get, Verb::Print, Verb::Enable, Verb::Disable];
pub(crate) const SINGLE: &[Verb] = &[Verb::Set, Verb::Get, Verb::Print];
pub(crate) const SHOWN: &[Verb] = &[Verb::Get, Verb::Print];

#[derive(Debug)]
pub(crate) struct Menu {
    /// With spaces: `ip hotspot user`.
    pub path: &'static str,
    pub verbs: &'static [Verb],
    pub props: &'static [Prop],
    /// No two rows may agree in all of these; the text says so.
    pub unique: Option<(&'static [&'static str], &'static str)>,
    pub is_single: bool,
}

impl Menu {
    pub(crate) fn prop(&self, name: &str) -> Option<&'static Prop> {
        self.props.iter().find(|prop| prop.name == name)
    }

    pub(crate) fn verb(&self, word: &str) -> Option<Verb> {
        self.verbs.iter().copied().find(|verb| verb.word() == word)
    }
}

pub(crate) const SAME_NAME: &str = "failure: already have such name";

pub(crate) const fn table(path: &'static str, props: &'static [Prop]) -> Menu {
    Menu { path, verbs: TABLE, props, unique: None, is_single: false }
}

pub(crate) const fn named(path: &'static str, props: &'static [Prop]) -> Menu {
    Menu { unique: Some((&["name"], SAME_NAME)), ..table(path, props) }
}

pub(crate) const fn single(path: &'static str, props: &'static [Prop]) -> Menu {
    Menu { path, verbs: SINGLE, props, unique: None, is_single: true }
}

fn menus() -> impl Iterator<Item = &'static Menu> {
    let hotspot = super::menus_hotspot::MENUS.iter().chain(super::menus_user::MENUS);
    hotspot.chain(super::menus_system::MENUS)
}

pub(crate) fn all() -> impl Iterator<Item = &'static Menu> {
    menus()
}

pub(crate) fn menu(path: &str) -> Option<&'static Menu> {
    menus().find(|menu| menu.path == path)
}

/// Whether `path` is a menu or a folder of menus.
pub(crate) fn is_path(path: &str) -> bool {
    menus().any(|menu| {
        menu.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    })
}
