//! The language of the console: what it prints, and what it refuses before anything ran.

use mlango_sim::{Dialect, Router, RouterSpec};

fn router(dialect: Dialect) -> Router {
    Router::start(RouterSpec::new(dialect))
}

fn check(dialect: Dialect, cases: &[(&str, &str)]) {
    let router = router(dialect);
    for (script, expected) in cases {
        assert_eq!(router.run(script).replace("\r\n", "\n"), *expected, "{script}");
    }
}

#[test]
fn values_and_operators() {
    let cases = [
        (":put hello", "hello\n"),
        ("put hello", "hello\n"),
        (":put (1+2*3)", "7\n"),
        (":put (\"a\" . \"b\" . 3)", "ab3\n"),
        (":put ((10 - 4) / 2)", "3\n"),
        (":put (1d2h + 00:30:00)", "1d02:30:00\n"),
        (":put (\"1\" = 1)", "false\n"),
        (":put (\"a\" != \"b\" && !(2 < 1))", "true\n"),
        (":put (1 > 2 || 3 >= 3)", "true\n"),
        (":put (\"hotspot,info\" ~ \"^hot\")", "true\n"),
        (":put {1;\"two\";k=3}", "1;two;k=3\n"),
        (":put [:len {1;2;3}]", "3\n"),
        (":put [:len \"Zo\\C3\\A9\"]", "4\n"),
        (":put [:typeof 10.0.0.1]", "ip\n"),
        (":put [:typeof \"10.0.0.1\"]", "str\n"),
        (":put [:typeof [:nothing]]", "nothing\n"),
        (":put [:pick \"abcdef\" 1 3]", "bc\n"),
        (":put [:pick {1;2;3;4} 1 3]", "2;3\n"),
        (":put [:find \"abcdef\" \"cd\"]", "2\n"),
        (":put [:tonum \"42\"]", "42\n"),
        (":put ({a=1;b=2}->\"b\")", "2\n"),
        (":put [:toarray \"a,b\"]", "a;b\n"),
    ];
    check(Dialect::V7_16, &cases);
}

#[test]
fn statements_steer() {
    let cases = [
        (":local n 1; :set n ($n+1); :put $n", "2\n"),
        (":if (1=1) do={:put \"a\"} else={:put \"b\"}", "a\n"),
        (":if (1=2) do={:put a} else={:put \"b\"}", "b\n"),
        (":foreach v in={1;2} do={:put $v}", "1\n2\n"),
        (":foreach k,v in={a=1;b=2} do={:put (\"$k:$v\")}", "a:1\nb:2\n"),
        (":foreach k,v in={7;8} do={:put \"$k $v\"}", "0 7\n1 8\n"),
        (":for i from=3 to=1 do={:put $i}", "3\n2\n1\n"),
        (":local i 0; :while ($i<2) do={:set i ($i+1)}; :put $i", "2\n"),
        (":do {:error \"x\"} on-error={:put caught}", "caught\n"),
        (":onerror e in={:error \"why\"} do={:put $e}", "why\n"),
        (":put [:do {:return 5}]", "5\n"),
        (":put before; :error \"stop here\"; :put after", "before\nstop here\n"),
        ("# a remark\n:put one\n:put \\\ntwo", "one\ntwo\n"),
    ];
    check(Dialect::V7_16, &cases);
}

#[test]
fn strings_substitute_silently_and_escape() {
    let cases = [
        (":local y 5; :put \"x$y z\"", "x5 z\n"),
        (":put \"x$nobody z\"", "x z\n"),
        (":put \"$(1+1) $[:len \"abc\"]\"", "2 3\n"),
        (":put \"\\41\\22\\5C\\24\\_\\\"\\$\"", "A\"\\$ \"$\n"),
    ];
    check(Dialect::V7_16, &cases);
}

/// Nothing of a line runs if any of it does not parse.
#[test]
fn what_does_not_parse_does_not_run() {
    let cases = [
        (":put one; :put \"\\y\"", "syntax error (line 1 column 17)\n"),
        (":put one; :put \"\\3f\"", "syntax error (line 1 column 17)\n"),
        (":put one; :put 'x'", "syntax error (line 1 column 16)\n"),
        (":put $nobody", "syntax error (line 1 column 6)\n"),
        (":put one; :putt two", "bad command name putt (line 1 column 11)\n"),
        (":put one two", "expected end of command (line 1 column 10)\n"),
        ("/ip hotspt user print", "bad command name hotspt (line 1 column 5)\n"),
        (":foreach _i in={1} do={}", "syntax error (line 1 column 10)\n"),
        (":put (1+", "syntax error (line 1 column 9)\n"),
        ("/ip hotspot user add name= password=x", "syntax error (line 1 column 28)\n"),
        (
            "/ip hotspot user set *1C limit-uptime=\"2d\" coment=\"x\"; :put \"Z\"",
            "expected end of command (line 1 column 50)\n",
        ),
        ("/ip hotspot user remove *zz", "expected item id (line 1 column 25)\n"),
    ];
    check(Dialect::V7_16, &cases);
}

#[test]
fn slash_paths_and_onerror_are_of_version_7() {
    check(Dialect::V7_12, &[(":put [/ip/hotspot/user/find]", "*1\n")]);
    let old = router(Dialect::V6_49);
    assert!(old.run("/ip/hotspot/user/print").starts_with("bad command name"));
    assert!(old.run(":onerror e in={} do={}").starts_with("bad command name onerror"));
    assert_eq!(old.run(":put [/ip hotspot user find]"), "*1\r\n");
}

#[test]
fn serialize_comes_in_two_steps() {
    let plain = ":put [:serialize to=json value={a=\"0712\";b=true;c=\"x\"}]";
    let kept = ":put one; :put [:serialize to=json options=json.no-string-conversion \
                value={a=\"0712\"}]";
    assert!(router(Dialect::V7_12).run(plain).starts_with("bad command name serialize"));
    let middle = router(Dialect::V7_16);
    assert_eq!(middle.run(plain), "{\"a\":712.000000,\"b\":true,\"c\":\"x\"}\r\n");
    assert!(middle.run(kept).starts_with("syntax error"));
    assert_eq!(router(Dialect::V7_20).run(kept), "one\r\n{\"a\":\"0712\"}\r\n");
}

/// A variable named like a property is hidden by it.
#[test]
fn properties_hide_variables_in_where() {
    let router = router(Dialect::V7_16);
    router.run("/ip hotspot user add name=a; /ip hotspot user add name=b");
    let trap = ":local name \"a\"; :put [:len [/ip hotspot user find where name=$name]]";
    assert_eq!(router.run(trap), "3\r\n");
    let fine = ":local n \"a\"; :put [:len [/ip hotspot user find where name=$n]]";
    assert_eq!(router.run(fine), "1\r\n");
}

#[test]
fn newer_releases_say_where_a_command_failed() {
    let line = ":put [/ip hotspot user add name=a profile=nosuch]";
    let refusal = "input does not match any value of profile";
    assert_eq!(router(Dialect::V7_16).run(line), format!("{refusal}\r\n"));
    let suffixed = format!("{refusal} (/ip/hotspot/user/add; line 1)\r\n");
    assert_eq!(router(Dialect::V7_20).run(line), suffixed);
}
