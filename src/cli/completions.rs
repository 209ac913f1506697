//! `mlango completions`: what a shell needs to know of our commands.
//!
//! Written from the commands themselves. The crate that does so for every shell there is would be
//! a tenth of a megabyte in a program that has to fit on a router's flash.

use super::Cli;
use clap::{Arg, Args, Command, CommandFactory as _, ValueEnum};
use std::fmt::Write as _;

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

#[derive(Debug, Args)]
pub struct Completions {
    /// bash, zsh or fish; have its start-up file read this
    shell: Shell,
}

/// A command by its way from the program, as in `/payment/close`.
struct Place {
    path: String,
    /// Commands under it, and what they are for.
    commands: Vec<(String, String)>,
    /// Options, without their dashes.
    options: Vec<(String, String)>,
}

impl Completions {
    pub fn text(&self) -> String {
        let mut places = Vec::new();
        collect(&super::built(Cli::command()), "", &mut places);
        match self.shell {
            Shell::Bash => bash(&places),
            Shell::Zsh => {
                format!("autoload -U +X bashcompinit && bashcompinit\n{}", bash(&places))
            }
            Shell::Fish => fish(&places),
        }
    }
}

fn collect(command: &Command, path: &str, places: &mut Vec<Place>) {
    let first_words = |it: String| it.lines().next().unwrap_or_default().to_owned();
    let about =
        |it: &Command| first_words(it.get_about().map(ToString::to_string).unwrap_or_default());
    let help = |it: &Arg| first_words(it.get_help().map(ToString::to_string).unwrap_or_default());
    let options = command.get_arguments().filter(|it| !it.is_hide_set());
    places.push(Place {
        path: path.to_owned(),
        commands: command
            .get_subcommands()
            .map(|it| (it.get_name().to_owned(), about(it)))
            .collect(),
        options: options.filter_map(|it| Some((it.get_long()?.to_owned(), help(it)))).collect(),
    });
    for under in command.get_subcommands().filter(|it| it.get_name() != "help") {
        collect(under, &format!("{path}/{}", under.get_name()), places);
    }
}

fn paths(places: &[Place], separator: &str) -> String {
    let paths: Vec<_> =
        places.iter().map(|it| it.path.as_str()).filter(|it| !it.is_empty()).collect();
    paths.join(separator)
}

fn bash(places: &[Place]) -> String {
    let mut cases = String::new();
    for place in places {
        let commands = place.commands.iter().map(|it| it.0.clone());
        let options = place.options.iter().map(|it| format!("--{}", it.0));
        let words: Vec<_> = commands.chain(options).collect();
        let _ = writeln!(cases, "    \"{}\") words=\"{}\" ;;", place.path, words.join(" "));
    }
    format!(
        "_mlango() {{\n  local path=\"\" words=\"\" i\n  \
         for ((i = 1; i < COMP_CWORD; i++)); do\n    \
         case \"$path/${{COMP_WORDS[i]}}\" in\n      {}) path=\"$path/${{COMP_WORDS[i]}}\" ;;\n    \
         esac\n  done\n  case \"$path\" in\n{cases}  esac\n  \
         COMPREPLY=($(compgen -W \"$words\" -- \"${{COMP_WORDS[COMP_CWORD]}}\"))\n}}\n\
         complete -o default -F _mlango mlango\n",
        paths(places, "|")
    )
}

fn fish(places: &[Place]) -> String {
    let mut text = format!(
        "function __mlango_at\n  set -l at ''\n  for word in (commandline -opc)[2..-1]\n    \
         switch \"$at/$word\"\n      case {}\n        set at \"$at/$word\"\n    end\n  end\n  \
         test \"$at\" = \"$argv[1]\"\nend\n",
        paths(places, " ")
    );
    let quoted = |it: &str| it.replace('\\', "\\\\").replace('\'', "\\'");
    for place in places {
        let at = format!("complete -c mlango -n '__mlango_at \"{}\"'", place.path);
        for (name, about) in &place.commands {
            let _ = writeln!(text, "{at} -f -a {name} -d '{}'", quoted(about));
        }
        for (name, about) in &place.options {
            let _ = writeln!(text, "{at} -l {name} -d '{}'", quoted(about));
        }
    }
    text
}
