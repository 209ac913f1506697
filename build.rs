//! Tells `clock.rs` when this source was committed: a wall clock that says earlier is wrong.

fn main() {
    println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
    println!("cargo::rerun-if-changed=build.rs");
    if let Some(head) = git(&["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo::rerun-if-changed={head}");
    }
    let told = std::env::var("SOURCE_DATE_EPOCH").ok();
    let told = told.or_else(|| git(&["log", "-1", "--format=%ct"]));
    let seconds = told.and_then(|it| it.trim().parse().ok()).unwrap_or_else(unpacked);
    println!("cargo::rustc-env=MLANGO_BUILD_UNIX={seconds}");
}

/// What git answers; nothing in an unpacked archive, or where there is no git.
#[expect(clippy::disallowed_methods, reason = "the builder's machine, not the box")]
fn git(arguments: &[&str]) -> Option<String> {
    let answer = std::process::Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(answer.stdout).ok()?.trim().to_owned();
    (answer.status.success() && !text.is_empty()).then_some(text)
}

/// Archives keep the times of files.
fn unpacked() -> u64 {
    let changed = std::fs::metadata("Cargo.toml").and_then(|it| it.modified()).ok();
    changed
        .and_then(|it| it.duration_since(std::time::UNIX_EPOCH).ok())
        .map_or(0, |it| it.as_secs())
}
