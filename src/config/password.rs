//! The operator's password. It lives beside the other secrets of the configuration, for it is a
//! file the configuration names; the vault would be the wrong place, since a vault can be opened
//! and a hash cannot.

use super::{Config, ConfigError, secret_file};
use crate::domain::customer::password_from;
use crate::domain::secret::Secret;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use sha2::{Digest as _, Sha256};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// OWASP's Password Storage Cheat Sheet gives five passes for the least memory it allows, 7 MiB.
const MEMORY_KIB: u32 = 7 * 1024;
const PASSES: u32 = 5;
const LANES: u32 = 1;

const LEAST_LENGTH: usize = 8;
const MOST_LENGTH: usize = 256;
const FIRST_LENGTH: usize = 12;

/// Checks guesses against the file, so that a password set by the command line holds at once.
pub struct AdminPassword {
    file: PathBuf,
    first: PathBuf,
    data_dir: PathBuf,
    /// A check takes 7 MiB. One at a time, however many guess.
    one_check: Mutex<()>,
}

impl AdminPassword {
    pub fn new(config: &Config) -> AdminPassword {
        AdminPassword {
            file: config.in_data_dir(&config.admin.password_file),
            first: config.in_data_dir("first-password"),
            data_dir: config.data_dir.clone(),
            one_check: Mutex::new(()),
        }
    }

    /// Takes some tenths of a second on a small board, and longer while others guess.
    pub fn verify(&self, guess: &Secret) -> Result<bool, ConfigError> {
        if MOST_LENGTH < guess.expose().len() {
            return Ok(false);
        }
        let _one = self.one_check.lock().unwrap_or_else(PoisonError::into_inner);
        let text = self.read()?;
        match argon().verify_password(guess.expose().as_bytes(), text.trim()) {
            Ok(()) => Ok(true),
            Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
            Err(_) => Err(self.unusable("holds no Argon2 hash")),
        }
    }

    /// Another value whenever the password is set anew; tells nothing of it.
    pub fn fingerprint(&self) -> Result<[u8; 32], ConfigError> {
        let text = self.read()?;
        Ok(Sha256::digest(text.as_bytes()).into())
    }

    /// Sets the password, and forgets the one that the first start made.
    pub fn set(&self, password: &Secret) -> Result<(), ConfigError> {
        if !(LEAST_LENGTH..=MOST_LENGTH).contains(&password.expose().len()) {
            return Err(ConfigError::NotASecret {
                path: self.file.clone(),
                reason: format!("a password has {LEAST_LENGTH} to {MOST_LENGTH} characters"),
            });
        }
        secret_file::replace(&self.file, &hash(password))?;
        secret_file::remove(&self.first)
    }

    fn read(&self) -> Result<String, ConfigError> {
        let text = secret_file::read(&self.file, &self.data_dir)?;
        text.ok_or_else(|| self.unusable("is not there"))
    }

    fn unusable(&self, what: &str) -> ConfigError {
        let reason = format!("{what}; set a password with `mlango admin set-password`");
        ConfigError::NotASecret { path: self.file.clone(), reason }
    }
}

/// The first start's password, readable until the operator sets one. The hash is made of what the
/// plain file holds, so one cut off in between, or two at once, come to the same password.
pub(super) fn create_missing(config: &Config) -> Result<(), ConfigError> {
    let AdminPassword { file, first, data_dir, .. } = AdminPassword::new(config);
    if secret_file::read(&file, &data_dir)?.is_none() {
        let mut random = [0; 8 * FIRST_LENGTH];
        getrandom::fill(&mut random).expect("the kernel gives random bytes");
        let plain = password_from(&random, FIRST_LENGTH).expect("all but a few bytes make letters");
        secret_file::create(&first, &plain)?;
        let kept = secret_file::read(&first, &data_dir)?.unwrap_or_default();
        secret_file::create(&file, &hash(&Secret::new(kept.trim())))?;
    }
    Ok(())
}

/// In the PHC string format: `$argon2id$v=19$m=7168,t=5,p=1$…`.
fn hash(password: &Secret) -> String {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).expect("the kernel gives random bytes");
    let hash = argon().hash_password_with_salt(password.expose().as_bytes(), &salt);
    hash.expect("any password and a salt of this length can be hashed").to_string()
}

fn argon() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("within Argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[test]
fn the_first_password_works_until_another_is_set() {
    let directory = tempfile::tempdir().unwrap();
    let text = format!("data_dir = {:?}\nmpesa.shortcodes = [\"600638\"]", directory.path());
    let config = Config::parse(&text, "test").unwrap();
    let password = AdminPassword::new(&config);
    let is_right = |guess: &str| password.verify(&Secret::new(guess)).unwrap();
    create_missing(&config).unwrap();
    let stored = std::fs::read_to_string(config.in_data_dir("admin.password")).unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=7168,t=5,p=1$"), "{stored}");
    let first = std::fs::read_to_string(config.in_data_dir("first-password")).unwrap();
    assert!(is_right(first.trim()) && !is_right("guess") && !is_right(""));
    create_missing(&config).unwrap();
    assert!(is_right(first.trim()), "a second start leaves it alone");

    assert!(password.set(&Secret::new("short")).is_err());
    let before = password.fingerprint().unwrap();
    password.set(&Secret::new("nobody's business")).unwrap();
    assert_ne!(password.fingerprint().unwrap(), before);
    assert!(is_right("nobody's business") && !is_right(first.trim()));
    assert!(!config.in_data_dir("first-password").exists());
}

#[test]
fn a_broken_hash_says_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let text = format!("data_dir = {:?}\nmpesa.shortcodes = [\"600638\"]", directory.path());
    let config = Config::parse(&text, "test").unwrap();
    secret_file::create(&config.in_data_dir("admin.password"), "plain text").unwrap();
    let error = AdminPassword::new(&config).verify(&Secret::new("x")).unwrap_err().to_string();
    assert!(error.contains("mlango admin set-password"), "{error}");
}
