//! What a router may say that is no success, whatever it looks like.

use super::peers::{Asked, Stage, ended, said};
use super::users::wanted;
use mlango::routeros::ops::{ReadHotspotUsers, ReadIdentity};
use mlango::routeros::{Class, RouterError};
use mlango_sim::Act;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What becomes of one exchange that goes like this.
fn told(acts: impl Fn(&str) -> Vec<Act> + Send + Sync + 'static) -> RouterError {
    Stage::new(acts).perform(&ReadHotspotUsers).unwrap_err()
}

#[test]
fn a_refusal_is_one_in_every_wrapping() {
    for (text, is_right) in [
        (
            "not enough permissions (9)",
            (|it| matches!(it, RouterError::PermissionMissing(_))) as Check,
        ),
        ("failure: not allowed by device-mode", |it| matches!(it, RouterError::HotspotMissing(_))),
        ("bad command name hotspot (line 1 column 5)", |it| {
            matches!(it, RouterError::HotspotMissing(_))
        }),
        ("failure: already have user with this name for this server", |it| {
            matches!(it, RouterError::Conflict(_))
        }),
        ("input does not match any value of profile", |it| {
            matches!(it, RouterError::Refused { class: Class::InvalidReference, .. })
        }),
        ("expected end of command (line 1 column 50)", |it| {
            matches!(it, RouterError::Refused { class: Class::Syntax, .. })
        }),
    ] {
        let plain = text.to_owned();
        let wrapped = [
            plain.clone(),
            format!("{plain} (/ip/hotspot/user/add; line 1)"),
            format!("Script Error: {plain}"),
            format!("\r\nScript Error: {plain} (/ip/hotspot/user/print; line 1)\r\n"),
            format!("12:04:31 echo: system,info hello\n{plain}"),
            plain.to_uppercase().replace("(LINE", "(line").replace("COLUMN", "column"),
        ];
        for words in wrapped {
            for end in ["", "\n", "\r\n"] {
                for status in [0, 1, 255] {
                    let text = format!("{words}{end}");
                    let error = told(move |_| {
                        vec![Act::Out(text.clone().into()), Act::Exit(status), Act::Eof, Act::Close]
                    });
                    assert!(is_right(&error), "{words:?} with {status}: {error:?}");
                }
            }
            let text = words.clone();
            let error = told(move |_| ended(vec![Act::Err(text.clone().into())]));
            assert!(is_right(&error), "{words:?} beside: {error:?}");
        }
    }
}

type Check = fn(&RouterError) -> bool;

/// Some consoles go on after a refusal, and end with the seal all the same.
#[test]
fn a_refusal_before_the_seal_is_still_one() {
    let error = told(|line| {
        said(format!("not enough permissions (9)\r\n{}", Asked::of(line).answer(|_| Vec::new())))
    });
    assert!(matches!(error, RouterError::PermissionMissing(_)), "{error:?}");
    let error = told(|line| {
        let answer = Asked::of(line).answer(|_| Vec::new());
        ended(vec![Act::Out(answer.into()), Act::Err(b"interrupted\n".to_vec())])
    });
    assert!(matches!(error, RouterError::Refused { class: Class::Failure, .. }), "{error:?}");
    let error = told(|line| {
        let answer = Asked::of(line).answer(|_| Vec::new());
        vec![Act::Out(answer.into()), Act::Exit(1), Act::Eof, Act::Close]
    });
    assert!(matches!(error, RouterError::Refused { .. }), "{error:?}");
}

fn full(line: &str) -> String {
    let row = vec![(".id", "*3F".to_owned()), ("comment", "mlango sub=1\nZ9 1".to_owned())];
    Asked::of(line).answer(|_| vec![row.clone(), row.clone()]).replace("\nR", "\r\nR")
}

/// However an answer that is cut short ends, in good order or not, it is none.
#[test]
fn an_answer_without_its_end_is_none() {
    let ends: [&[Act]; 4] = [
        &[Act::Exit(0), Act::Eof, Act::Close],
        &[Act::Eof, Act::Close],
        &[Act::Killed, Act::Close],
        &[Act::HangUp],
    ];
    for end in ends {
        let at = AtomicUsize::new(0);
        let stage = Stage::new(move |line| {
            let text = full(line);
            // From the last seal on there is no telling whether more was to come.
            let least = text.rfind('Z').unwrap() + 1 + Asked::of(line).nonce.len() + 1;
            let cut = at.fetch_add(5, Ordering::SeqCst).min(least);
            [&[Act::Out(text[..cut].into())][..], end].concat()
        });
        for turn in 0..40 {
            let error = stage.perform(&ReadHotspotUsers).unwrap_err();
            assert!(matches!(error, RouterError::Incomplete(_)), "{turn} {end:?}: {error:?}");
        }
    }
}

#[test]
fn another_answer_is_not_ours() {
    let other = |from: &'static str, to: &'static str| {
        told(move |line| {
            let asked = Asked::of(line);
            said(full(line).replace(&format!("{from}{}", asked.nonce), &format!("{to}{}", "0")))
        })
    };
    for error in [other("Z", "Z"), other("R", "R"), other("E", "E")] {
        assert!(matches!(error, RouterError::Garbled(_)), "{error:?}");
    }
    for (from, to) in [(" 2\n", " 1\n"), (" 2\n", " 3\n"), (" 2\n", "\n"), ("K .id 3", "K .id 4")] {
        let error = told(move |line| said(full(line).replace(from, to)));
        assert!(matches!(error, RouterError::Garbled(_)), "{from:?} as {to:?}: {error:?}");
    }
    let error = told(|line| said(format!("{}more\n", full(line))));
    assert!(matches!(error, RouterError::Garbled(_)), "{error:?}");
    // A value that got out of its bounds must not speak for another field.
    let error = told(|line| said(full(line).replace("K comment", "K .id 2 *1\nK comment")));
    assert!(matches!(error, RouterError::Garbled(_)), "{error:?}");
    // Ids are where ids belong, or a write would go astray.
    let error = told(|line| said(full(line).replace("K .id 3 *3F", "K .id 3 0;1")));
    assert!(matches!(error, RouterError::Garbled(_)), "{error:?}");
}

#[test]
fn no_command_and_too_much_answer_are_told_apart() {
    let busy = told(|_| vec![Act::Refuse]);
    assert!(matches!(busy, RouterError::Busy(_)), "{busy:?}");
    let flood = told(|_| said(vec![b'x'; (2 << 20) + 1]));
    assert!(matches!(flood, RouterError::Garbled(_)), "{flood:?}");
    let silent = told(|_| ended(Vec::new()));
    assert!(matches!(silent, RouterError::Incomplete(_)), "{silent:?}");
    let error = Stage::new(|line| {
        let mut acts = vec![Act::Err(vec![b' '; 1 << 10]); 200];
        acts.push(Act::Out(
            format!("R{0}\nK name 1 a\nE{0}\nZ{0} 1\n", Asked::of(line).nonce).into(),
        ));
        ended(acts)
    });
    assert_eq!(error.perform(&ReadIdentity).unwrap(), "a");
}

/// What is written must be there afterwards, even if the router found no fault with the order.
#[test]
fn a_write_that_did_nothing_is_no_success() {
    let error = Stage::new(|line| {
        let profile = [(".id", "*1"), ("name", "mlango-day"), ("shared-users", "1")];
        let profile: Vec<_> = profile.map(|(key, it)| (key, it.to_owned())).into();
        said(Asked::of(line).answer(|table| match table.contains("user profile") {
            true => vec![profile.clone()],
            false => Vec::new(),
        }))
    });
    let error = error.perform(&wanted()).unwrap_err();
    assert!(matches!(error, RouterError::Garbled(_)) && error.is_transient(), "{error:?}");
}
