//! Receipts and proofs of a running platform, checked after it is gone.

use std::process::Output;

use serde_json::Value;

use super::platform::Platform;

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn run(platform: &Platform, line: &str) -> Output {
    platform.run(&line.split(' ').collect::<Vec<_>>())
}

fn done(platform: &Platform, line: &str) -> String {
    let output = run(platform, line);
    assert!(output.status.success(), "{line}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn receipts_and_proofs_are_taken_from_a_server_and_checked_without_it() {
    let mut platform = Platform::start();
    done(&platform, "orgs create acme");
    let log: Value = serde_json::from_str(&done(&platform, "audit log --json")).unwrap();
    let key = log["keys"][0].as_str().unwrap().to_owned();
    assert!(done(&platform, "audit log").contains(&key));
    done(&platform, "audit receipt 1 --out first.tlog-proof --entry first.entry");
    done(&platform, "projects create acme/vision");
    let events = done(&platform, "events follow acme/vision --after 0 --count 1 --json");
    let position = serde_json::from_str::<Value>(&events).unwrap()["data"]["position"].as_u64().unwrap();
    done(&platform, &format!("audit receipt {position} --out last.tlog-proof --entry last.entry"));
    assert!(done(&platform, "audit receipt 1").starts_with("c2sp.org/tlog-proof@v1\nindex 0\n"));
    let refused = run(&platform, "audit receipt 1 --out first.tlog-proof");
    assert_eq!(refused.status.code(), Some(2), "it is there already");
    assert_eq!(run(&platform, "audit receipt 1000000").status.code(), Some(1));
    done(&platform, "audit checkpoint --out checkpoint");
    done(&platform, "audit extension first.tlog-proof last.tlog-proof --out grown");
    done(&platform, "audit extension first.tlog-proof checkpoint --org acme --out grown-further");
    assert_eq!(platform.stop(), Some(0));

    let check = |line: &str| run(&platform, &format!("{line} --key {key}"));
    for line in [
        "audit check-receipt first.tlog-proof --entry first.entry",
        "audit check-receipt last.tlog-proof --entry last.entry",
        "audit consistency first.tlog-proof grown",
        "audit consistency first.tlog-proof grown-further",
    ] {
        let output = check(line);
        assert!(output.status.success() && text(&output.stdout).starts_with("GOOD  "), "{line}: {output:?}");
    }
    for (line, kind) in [
        ("audit check-receipt first.tlog-proof --entry last.entry", "position"),
        ("audit consistency last.tlog-proof grown", "size"),
    ] {
        let output = check(line);
        assert_eq!(output.status.code(), Some(1), "{line}");
        assert!(text(&output.stdout).starts_with(&format!("FAULT  {kind}\n")), "{line}: {output:?}");
    }
    // Another log's key.
    let other = Platform::start();
    let other: Value = serde_json::from_str(&done(&other, "audit log --json")).unwrap();
    let other = other["keys"][0].as_str().unwrap();
    let line = format!("audit check-receipt first.tlog-proof --entry first.entry --key {other}");
    let output = run(&platform, &line);
    assert_eq!((output.status.code(), text(&output.stdout).starts_with("FAULT  key\n")), (Some(1), true), "{output:?}");
}
