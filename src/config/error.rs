//! Why the program cannot start from what it was told.

use std::io;
use std::path::PathBuf;

/// Each is one line for the operator, and says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Nobody wrote a configuration yet.
    #[error(
        "{} is not there; one line is enough to start with, the number customers pay to: \
         mpesa.shortcodes = [\"600638\"]",
        .0.display()
    )]
    Missing(PathBuf),

    /// A file of the configuration, or a secret it names, cannot be read or written.
    #[error("{}: {cause}{}", .path.display(), advice(.cause))]
    Unreadable { path: PathBuf, cause: io::Error }, // Not its source: the words have it already.

    /// The file does not say what it should; the text names the line.
    #[error("{0}")]
    Wrong(String),

    /// A secret that others on this machine can read, or could replace.
    #[error(
        "{path} is a secret, but its mode {mode:04o} lets others at it; type: chmod {right} {path}",
        path = .path.display()
    )]
    TooOpen { path: PathBuf, mode: u32, right: &'static str },

    /// A secret that is none: not there, too short, not hexadecimal.
    #[error("{}: {reason}", .path.display())]
    NotASecret { path: PathBuf, reason: String },
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "; give it to the user mlango runs as",
        io::ErrorKind::NotFound => "; make the directory it is to be in",
        io::ErrorKind::StorageFull => "; make room on that disk",
        io::ErrorKind::ReadOnlyFilesystem => "; mount that disk so that it can be written",
        _ => "",
    }
}
