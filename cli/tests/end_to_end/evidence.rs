//! A bundle of evidence, taken out of a running platform as one file and checked after it is gone.

use std::fs;
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

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// What somebody does to the entries of a file.
type Change = fn(&mut Vec<Value>);

#[test]
fn a_bundle_is_taken_from_a_server_as_one_file_and_verified_without_it() {
    let mut platform = Platform::start();
    done(&platform, "orgs create acme");
    let key = json(&done(&platform, "audit log --json"))["keys"][0].as_str().unwrap().to_owned();
    let opened = "evidence open token_factory --commit abc123 --environment dev --summary Billing --owner team \
                  --retention release --json";
    let bundle = json(&done(&platform, opened))["id"].as_str().unwrap().to_owned();
    let add = format!(
        "evidence add-item {bundle} uat.summary --producer uat --result fail --owner team --retention audit --entry 1 \
         --entry 3 --json"
    );
    let item = json(&done(&platform, &add))["items"][0]["id"].as_str().unwrap().to_owned();
    done(&platform, &format!("evidence cover {bundle} TF-001 --result waived --item {item}"));
    let open = run(&platform, &format!("evidence file {bundle} open.evidence"));
    assert_eq!(open.status.code(), Some(1));
    assert!(text(&open.stderr).starts_with("error: evidence_bundle_open: "), "{open:?}");
    assert!(!platform.home().join("open.evidence").exists());
    done(&platform, &format!("evidence close {bundle}"));
    let told = done(&platform, &format!("evidence file {bundle} bundle.evidence"));
    assert!(told.starts_with(&format!("bundle.evidence: {bundle} with its receipts, ")), "{told}");
    let again = run(&platform, &format!("evidence file {bundle} bundle.evidence"));
    assert_eq!(again.status.code(), Some(2), "it is there already");
    assert_eq!(platform.stop(), Some(0));

    let verify = |line: &str| run(&platform, &format!("evidence verify {line} --key {key}"));
    let good = verify("bundle.evidence");
    let said = text(&good.stdout);
    assert!(good.status.success(), "{good:?}");
    let whole = format!("GOOD  {bundle} is closed, and all of it is in the log that gpuaas.local signed");
    assert!(said.starts_with(&format!("{whole}: 1 items (1 fail), 1 invariants (1 waived)\n")), "{said}");
    for line in ["summary     Billing\n", "owner       team\n", "retention   release\n", "shown by 1, 3\n"] {
        assert!(said.contains(line), "{line:?}: {said}");
    }
    let good = json(&text(&verify("bundle.evidence --json").stdout));
    assert_eq!((&good["good"], &good["bundle"]), (&Value::from(true), &Value::from(bundle.as_str())));
    assert_eq!(good["items"][0]["entries"], serde_json::json!([1, 3]));
    assert_eq!(good["entries"].as_array().unwrap().len(), 6, "{good}");

    // One of the entries is left out; one is exchanged for another.
    let file = fs::read_to_string(platform.home().join("bundle.evidence")).unwrap();
    let covered = good["invariants"][0]["position"].as_u64().unwrap();
    let changes: [(&str, &str, u64, Change); 3] = [
        ("without-third", "missing", 3, |entries| drop(entries.remove(1))),
        ("without-closing", "open", covered, |entries| drop(entries.pop())),
        ("exchanged", "position", 3, |entries| entries[1]["entry"] = entries[0]["entry"].clone()),
    ];
    for (name, kind, position, change) in changes {
        let mut changed = json(&file);
        change(changed["entries"].as_array_mut().unwrap());
        fs::write(platform.home().join(name), serde_jcs::to_vec(&changed).unwrap()).unwrap();
        let fault = json(&text(&verify(&format!("{name} --json")).stdout));
        assert_eq!((&fault["good"], &fault["kind"]), (&Value::from(false), &Value::from(kind)), "{name}: {fault}");
        assert_eq!(fault["position"], position, "{name}: {fault}");
        let for_people = verify(name);
        assert_eq!(for_people.status.code(), Some(1));
        assert!(text(&for_people.stdout).starts_with(&format!("FAULT  {kind}\n")), "{for_people:?}");
    }
    let unasked = run(&platform, "evidence verify bundle.evidence");
    assert_eq!(unasked.status.code(), Some(2), "whom to trust is the auditor's to say");
    let absent = verify("absent");
    assert_eq!(absent.status.code(), Some(2));
    assert!(text(&absent.stderr).starts_with("gpuaas evidence verify: absent"), "{absent:?}");
}
