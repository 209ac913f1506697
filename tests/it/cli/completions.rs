//! `mlango completions` and `mlango man`

use super::Shop;
use std::process::Command;

/// What bash would offer after these words; the last one is begun.
#[expect(clippy::disallowed_methods, reason = "the test asks a shell")]
fn offered(script: &str, words: &[&str]) -> Vec<String> {
    let quoted: Vec<String> = words.iter().map(|it| format!("'{it}'")).collect();
    let (last, words) = (words.len() - 1, quoted.join(" "));
    let ask = format!(
        "{script}\nCOMP_WORDS=({words}); COMP_CWORD={last}; _mlango; \
         printf '%s\\n' \"${{COMPREPLY[@]}}\""
    );
    let output = Command::new("bash").args(["-c", &ask]).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn a_shell_offers_commands_and_their_options() {
    let shop = Shop::new();
    let script = shop.done(&["completions", "bash"]);
    assert_eq!(offered(&script, &["mlango", "pay"]), ["payment"]);
    assert_eq!(offered(&script, &["mlango", "payment", "re"]), ["record", "replay"]);
    assert_eq!(offered(&script, &["mlango", "--json", "payment", "cl"]), ["close"]);
    assert_eq!(offered(&script, &["mlango", "payment", "close", "7", "--rea"]), ["--reason"]);
    assert!(offered(&script, &["mlango", "queue", "monitor", "--"]).contains(&"--max".to_owned()));
    assert!(shop.done(&["completions", "zsh"]).contains("bashcompinit"));
    let fish = shop.done(&["completions", "fish"]);
    assert!(fish.contains("'__mlango_at \"/payment\"' -f -a close -d '"), "{fish}");
    assert_eq!(shop.run(&["completions", "ksh"]).code, 2);
}

#[test]
fn the_manual_has_every_command() {
    let shop = Shop::new();
    let page = shop.done(&["man"]);
    assert!(page.starts_with(".TH MLANGO 1 "), "{page}");
    for part in [
        ".SS mlango payment close ID\n",
        "\\fB\\-\\-reason REASON\\fR\n",
        ".SS mlango serve\n",
        ".SS mlango queue retry",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(page.lines().all(|it| !it.starts_with('\'')));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "tests start the program")]
fn neither_needs_a_configuration() {
    for args in [&["man"][..], &["completions", "bash"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_mlango"))
            .args(args)
            .env("MLANGO_CONFIG", "/nowhere/mlango.toml")
            .output()
            .unwrap();
        assert!(output.status.success() && !output.stdout.is_empty(), "{output:?}");
    }
}
