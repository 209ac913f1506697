//! A collection of bodies as they were met or made up, judged by its own index. It is not part
//! of the source tree: `MLANGO_CASES` names the directory that holds `mpesa/INDEX.tsv`.

use mlango::domain::payment::Shortcode;
use mlango::mpesa::c2b::{Validation, validate};
use mlango::mpesa::classify;
use mlango::mpesa::verdict::Verdict;
use std::fs;
use std::path::Path;

fn ours() -> Vec<Shortcode> {
    let codes = ["40798", "166373", "600638", "600966", "600995", "700000", "7100466"];
    codes.iter().map(|it| it.parse().expect("digits")).collect()
}

#[test]
fn the_whole_collection_is_understood() {
    let Some(cases) = std::env::var_os("MLANGO_CASES") else { return };
    let folder = Path::new(&cases).join("mpesa");
    let index = fs::read_to_string(folder.join("INDEX.tsv")).unwrap();
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in index.lines().skip(1).filter(|it| !it.is_empty()) {
        let row: Vec<&str> = line.split('\t').collect();
        let body = fs::read(folder.join(row[0])).unwrap();
        wrong.extend(complaint(&row, &body));
        count += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(0 < count, "an empty index");
}

/// What is wrong with our verdict on one row: file, source, kind, outcome, amount, receipt,
/// phone, reason.
fn complaint(row: &[&str], body: &[u8]) -> Option<String> {
    let ours = ours();
    let verdict = Verdict::of(row[0], &classify(body, &ours));
    let is_right = match row[2] {
        "other" => true,
        "c2b-validate" => match row[3] {
            "reject" => validate(body, &ours) != Validation::Accept,
            _ => validate(body, &ours) == Validation::Accept,
        },
        _ => {
            let expected = row[3].replace("reject-unless-authenticated", "success");
            verdict.outcome.as_str() == expected
                && (expected != "success" || values(&verdict) == [row[4], row[5], plain(row[6])])
        }
    };
    (!is_right).then(|| format!("{} {}: {verdict:?}", row[0], row[3]))
}

fn values(verdict: &Verdict) -> [String; 3] {
    [
        verdict.amount_cents.map(|it| it.0.to_string()).unwrap_or_default(),
        verdict.receipt.as_ref().map(ToString::to_string).unwrap_or_default(),
        verdict.phone.clone().unwrap_or_default(),
    ]
}

/// A phone that the body only has the hash of cannot be expected back.
fn plain(phone: &str) -> &str {
    if phone.starts_with("sha256:") { "" } else { phone }
}
