//! The secrets the configuration names, each in a file of one line; which of them the first start
//! makes, and what each must look like.

use super::{Config, ConfigError, password, secret_file};
use crate::domain::secret::Secret;
use std::path::{Path, PathBuf};

/// Shorter ones can be guessed.
const LEAST_LENGTH: usize = 16;
const LEAST_HEX_DIGITS: usize = 32;

const MADE_AT_START: &str = "is not there; the first start of `mlango serve` makes it";

/// Makes what the first start makes, and leaves alone what is there. The data directory must be.
///
/// A database whose key is gone holds passwords that nobody can open again: a new key would only
/// hide that.
pub fn create_missing(config: &Config) -> Result<(), ConfigError> {
    let key = vault_key_file(config);
    if !key.exists() && config.in_data_dir("mlango.db").exists() {
        let reason = "is missing; restore it from the backup".to_owned();
        return Err(ConfigError::NotASecret { path: key, reason });
    }
    let files = [
        config.in_data_dir(&config.mpesa.path_token_file),
        config.in_data_dir(&config.admin.token_file),
        config.in_data_dir(&config.portal.token_file),
        key,
    ];
    for file in files {
        if secret_file::read(&file, &config.data_dir)?.is_none() {
            secret_file::create(&file, &random_hex())?;
        }
    }
    password::create_missing(config)
}

/// What a callback's path or header must carry one of; never empty.
pub fn path_tokens(config: &Config) -> Result<Vec<Secret>, ConfigError> {
    let path = config.in_data_dir(&config.mpesa.path_token_file);
    let text = required(config, &path, MADE_AT_START)?;
    let tokens: Vec<&str> = text.lines().map(str::trim).filter(|it| !it.is_empty()).collect();
    let is_token =
        |it: &&str| LEAST_HEX_DIGITS <= it.len() && it.bytes().all(|byte| byte.is_ascii_hexdigit());
    if tokens.is_empty() || !tokens.iter().all(is_token) {
        let reason = "expected at least 32 hexadecimal digits on each line";
        return Err(ConfigError::NotASecret { path, reason: reason.to_owned() });
    }
    Ok(tokens.into_iter().map(Secret::new).collect())
}

/// What callbacks are signed with, if the configuration says that they are.
pub fn hmac_secret(config: &Config) -> Result<Option<Secret>, ConfigError> {
    let advice = "is not there; write the secret shared with the forwarder into it, one line";
    let file = config.mpesa.hmac_secret_file.as_ref();
    file.map(|file| one_line(config, &config.in_data_dir(file), advice)).transpose()
}

/// The operator's, for programs.
pub fn admin_token(config: &Config) -> Result<Secret, ConfigError> {
    one_line(config, &config.in_data_dir(&config.admin.token_file), MADE_AT_START)
}

pub fn portal_token(config: &Config) -> Result<Secret, ConfigError> {
    one_line(config, &config.in_data_dir(&config.portal.token_file), MADE_AT_START)
}

/// What secrets in the database are sealed with.
pub fn vault_key(config: &Config) -> Result<Secret, ConfigError> {
    one_line(config, &vault_key_file(config), MADE_AT_START)
}

pub fn vault_key_file(config: &Config) -> PathBuf {
    config.in_data_dir("secret.key")
}

/// What a header of `[sms.http]` is sent as: its value with each `{file:PATH}` in it replaced by
/// the line in that file.
pub fn fill_in(config: &Config, value: &Secret) -> Result<Secret, ConfigError> {
    let advice = "is not there; [sms.http] headers want a secret from it, one line";
    let mut filled = String::new();
    let mut rest = value.expose();
    while let Some((before, (file, after))) =
        rest.split_once("{file:").and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    {
        let path = config.in_data_dir(file);
        let text = required(config, &path, advice)?;
        filled.push_str(before);
        filled.push_str(line_of(&path, &text, 1)?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(Secret::new(filled))
}

fn one_line(config: &Config, path: &Path, advice: &str) -> Result<Secret, ConfigError> {
    let text = required(config, path, advice)?;
    line_of(path, &text, LEAST_LENGTH).map(Secret::new)
}

fn required(config: &Config, path: &Path, advice: &str) -> Result<String, ConfigError> {
    let missing = || ConfigError::NotASecret { path: path.to_owned(), reason: advice.to_owned() };
    secret_file::read(path, &config.data_dir)?.ok_or_else(missing)
}

fn line_of<'t>(path: &Path, text: &'t str, least: usize) -> Result<&'t str, ConfigError> {
    let line = text.trim();
    let is_plain = line.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if line.len() < least || !is_plain {
        let reason = format!("expected one line of {least} or more plain characters");
        return Err(ConfigError::NotASecret { path: path.to_owned(), reason });
    }
    Ok(line)
}

/// 32 bytes from the kernel, as 64 digits.
fn random_hex() -> String {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the kernel gives random bytes");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    fn config(directory: &Path) -> Config {
        let text = format!(
            "data_dir = {directory:?}\nmpesa.shortcodes = [\"600638\"]\n\
             mpesa.hmac_secret_file = \"hmac.secret\""
        );
        Config::parse(&text, "test").unwrap()
    }

    fn put(path: &Path, text: &str) {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    #[test]
    fn the_first_start_makes_secrets_and_the_second_keeps_them() {
        let directory = tempfile::tempdir().unwrap();
        let config = config(directory.path());
        assert!(admin_token(&config).unwrap_err().to_string().contains("mlango serve"));
        create_missing(&config).unwrap();
        let all = || {
            let mut all = path_tokens(&config).unwrap();
            all.extend(
                [admin_token(&config), portal_token(&config), vault_key(&config)]
                    .map(|it| it.unwrap()),
            );
            all.iter().map(|it| it.expose().to_owned()).collect::<Vec<_>>()
        };
        let made = all();
        let distinct: std::collections::BTreeSet<_> = made.iter().collect();
        assert_eq!(distinct.len(), 4);
        assert!(made.iter().all(|it| it.len() == 64), "32 bytes each");
        create_missing(&config).unwrap();
        assert_eq!(all(), made);
    }

    #[test]
    fn a_database_does_not_get_another_key() {
        let directory = tempfile::tempdir().unwrap();
        let config = config(directory.path());
        put(&config.in_data_dir("mlango.db"), "");
        let error = create_missing(&config).unwrap_err().to_string();
        assert!(error.contains("secret.key") && error.contains("restore it"), "{error}");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing was made");
    }

    #[test]
    fn path_tokens_are_long_hexadecimal_lines() {
        let directory = tempfile::tempdir().unwrap();
        let config = config(directory.path());
        let count = |text: &str| {
            put(&config.in_data_dir("path.token"), text);
            path_tokens(&config).map(|it| it.len()).map_err(|error| error.to_string())
        };
        let token = "0123456789abcdef0123456789ABCDEF";
        assert_eq!(count(&format!("{token}\n\n {token}ff \n")), Ok(2));
        for text in ["", "\n", "0123456789abcdef", &format!("{token}\nshort"), &"g".repeat(32)] {
            assert!(count(text).unwrap_err().contains("32 hexadecimal digits"), "{text}");
        }
    }

    #[test]
    fn a_secret_that_others_can_read_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let config = config(directory.path());
        let path = config.in_data_dir("hmac.secret");
        assert!(hmac_secret(&config).unwrap_err().to_string().contains("is not there"));
        put(&path, "correct horse battery staple\n");
        let secret = hmac_secret(&config).unwrap().unwrap();
        assert_eq!(secret.expose(), "correct horse battery staple");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = hmac_secret(&config).unwrap_err().to_string();
        assert!(error.contains("0644") && error.contains("type: chmod 600 "), "{error}");
        put(&path, "two\nlines of a secret");
        assert!(hmac_secret(&config).unwrap_err().to_string().contains("one line"));
    }

    #[test]
    fn headers_take_secrets_from_files() {
        let directory = tempfile::tempdir().unwrap();
        let config = config(directory.path());
        put(&config.in_data_dir("sms.key"), "k3y\n");
        let fill =
            |text: &str| fill_in(&config, &Secret::new(text)).map(|it| it.expose().to_owned());
        assert_eq!(fill("Bearer {file:sms.key}!").unwrap(), "Bearer k3y!");
        assert_eq!(fill("{file:sms.key}{file:sms.key}").unwrap(), "k3yk3y");
        assert_eq!(fill("plain {text}").unwrap(), "plain {text}");
        assert!(fill("{file:none}").is_err());
    }
}
