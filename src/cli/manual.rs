//! `mlango man`: the manual page, for `man -l -`.

use super::Cli;
use clap::{Arg, Command, CommandFactory as _};
use std::fmt::Write as _;

/// The page, in the language of man(7).
pub(super) fn text() -> String {
    let program = super::built(Cli::command());
    let mut page = format!(
        ".TH MLANGO 1 \"\" \"mlango {}\" \"mlango\"\n.SH NAME\n\
         mlango \\- {}\n.SH SYNOPSIS\n.B mlango\n\
         [\\fIoptions\\fR] \\fIcommand\\fR\n.SH OPTIONS\n",
        env!("CARGO_PKG_VERSION"),
        escaped(&program.get_about().map(ToString::to_string).unwrap_or_default())
    );
    program.get_arguments().for_each(|it| argument(&mut page, it));
    page.push_str(".SH COMMANDS\n");
    program.get_subcommands().for_each(|it| command(&mut page, it, "mlango"));
    page.push_str(
        ".SH FILES\n.TP\n.I /etc/mlango/mlango.toml\nThe configuration.\n.TP\n.I /var/lib/mlango\n\
         The data directory.\n.SH EXIT STATUS\n0 done, 1 the operation failed, 2 wrong usage or \
         unreadable configuration.\n",
    );
    page
}

fn command(page: &mut String, it: &Command, parent: &str) {
    let name = format!("{parent} {}", it.get_name());
    if it.get_name() == "help" {
        return;
    }
    if it.has_subcommands() {
        return it.get_subcommands().for_each(|under| command(page, under, &name));
    }
    let operands: Vec<_> = it.get_positionals().map(value).collect();
    let _ = write!(page, ".SS {}", escaped(&name));
    for operand in operands {
        let _ = write!(page, " {}", escaped(&operand));
    }
    let about = it.get_about().map(ToString::to_string).unwrap_or_default();
    let _ = writeln!(page, "\n{}", escaped(&about));
    it.get_arguments().filter(|it| !is_everywhere(it)).for_each(|it| argument(page, it));
}

/// What the top of the page says once for all commands.
fn is_everywhere(it: &Arg) -> bool {
    it.is_global_set() || matches!(it.get_id().as_str(), "help" | "version")
}

fn argument(page: &mut String, it: &Arg) {
    let mut names = Vec::new();
    names.extend(it.get_short().map(|short| format!("-{short}")));
    names.extend(it.get_long().map(|long| format!("--{long}")));
    let mut head = names.join(", ");
    if it.is_positional() {
        head = value(it);
    } else if it.get_action().takes_values() {
        let _ = write!(head, " {}", value(it));
    }
    let help = it.get_help().map(ToString::to_string).unwrap_or_default();
    let _ = writeln!(page, ".TP\n\\fB{}\\fR\n{}", escaped(&head), escaped(&help));
}

fn value(it: &Arg) -> String {
    let names = it.get_value_names().unwrap_or_default();
    let names: Vec<_> = names.iter().map(ToString::to_string).collect();
    if names.is_empty() { it.get_id().as_str().to_uppercase() } else { names.join(" ") }
}

/// Text that man(7) takes for text: no escapes, and no request at the beginning of a line.
fn escaped(text: &str) -> String {
    let escaped = text.replace('\\', "\\e").replace('-', "\\-").replace('\n', " ");
    if escaped.starts_with(['.', '\'']) { format!("\\&{escaped}") } else { escaped }
}
