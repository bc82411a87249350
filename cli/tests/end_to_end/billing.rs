//! A bill that proves itself: exported, verified and computed anew with nothing but the file.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::platform::Platform;

/// A platform on which usage was reported and billed.
struct Billed {
    platform: Platform,
    from: String,
    to: String,
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn done(output: Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// The present in microseconds since the epoch, as the command line takes it too.
fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_micros() as u64
}

impl Billed {
    fn start() -> Self {
        let platform = Platform::start();
        let run = |line: &str| done(platform.run(&line.split(' ').collect::<Vec<_>>()));
        run("price-books create standard --currency EUR");
        run("usage-units register token --product factory --dimension count --description Tokens");
        run("price-books set-price standard 0.5 --unit token");
        run("orgs create acme");
        run("projects create acme/vision");
        let from = moment(now() - 60_000_000);
        let used = moment(now());
        run(&format!(
            "usage record acme/vision token 3 --product factory --source gateway --event e1 --resource-type request \
             --resource r1 --from {used}"
        ));
        let begun = Instant::now();
        while !text(&platform.run(&["ledgers", "postings", "acme"]).stdout).contains("revenue") {
            assert!(begun.elapsed() < Duration::from_secs(20), "the usage is not rated");
            std::thread::sleep(Duration::from_millis(100));
        }
        let to = moment(now());
        run(&format!("invoices issue acme --from {from} --to {to}"));
        Self { platform, from, to }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.platform.home().join(name)
    }

    fn export(&self, name: &str, options: &[&str]) -> Output {
        self.platform.run(&[&["audit", "export", name], options].concat())
    }

    fn reconstruct(&self, file: &str, organization: &str, options: &[&str]) -> Output {
        let interval = ["--from", &self.from, "--to", &self.to];
        self.platform.run(&[&["billing", "reconstruct", file, "--org", organization], &interval[..], options].concat())
    }

    /// The invoice's document, as the server has it.
    fn issued(&self) -> Value {
        let listed: Value =
            serde_json::from_str(&done(self.platform.run(&["invoices", "list", "acme", "--json"]))).unwrap();
        let id = listed[0]["id"].as_str().unwrap();
        serde_json::from_str(&done(self.platform.run(&["invoices", "document", "acme", id]))).unwrap()
    }
}

fn moment(micros: u64) -> String {
    let seconds = std::process::Command::new("date")
        .args(["-u", "-d", &format!("@{}", micros / 1_000_000), "+%FT%T"])
        .output()
        .unwrap();
    format!("{}.{:06}Z", text(&seconds.stdout).trim(), micros % 1_000_000)
}

#[test]
fn a_bill_is_rebuilt_from_the_log_and_from_the_organizations_own_part() {
    let billed = Billed::start();
    done(billed.export("whole.gpulog", &[]));
    let own: Value = serde_json::from_str(&done(billed.export("own.gpulog", &["--org", "acme", "--json"]))).unwrap();
    assert_eq!(own["kind"], "owner");
    let id = own["organization"].as_str().unwrap();
    for file in ["whole.gpulog", "own.gpulog"] {
        done(billed.platform.run(&["audit", "verify", file]));
        for organization in ["acme", id] {
            let rebuilt = billed.reconstruct(file, organization, &[]);
            let said = text(&rebuilt.stderr);
            assert!(rebuilt.status.success() && said.contains("is the same byte for byte"), "{file}: {said}");
            assert_eq!(serde_json::from_slice::<Value>(&rebuilt.stdout).unwrap(), billed.issued());
        }
    }
    let into_file = billed.reconstruct("own.gpulog", "acme", &["--out", "bill.json", "--json"]);
    let said: Value = serde_json::from_slice(&into_file.stderr).unwrap();
    assert_eq!((&said["agrees_with_issued"], &said["total"]), (&true.into(), &"1500000".into()), "{said}");
    assert!(into_file.stdout.is_empty() && billed.file("bill.json").metadata().unwrap().len() > 0);
    what_does_not_agree_is_told_by_the_exit_status(&billed);
}

fn what_does_not_agree_is_told_by_the_exit_status(billed: &Billed) {
    let (from, to) = (billed.from.as_str(), moment(now()));
    let other = ["billing", "reconstruct", "whole.gpulog", "--org", "acme", "--from", from, "--to", &to];
    let other = billed.platform.run(&other);
    assert!(other.status.success() && text(&other.stderr).contains("none was issued"), "{}", text(&other.stderr));
    let unknown = billed.reconstruct("whole.gpulog", "nobody", &[]);
    assert_eq!((unknown.status.code(), unknown.stdout.len()), (Some(2), 0));
    let mut bytes = std::fs::read(billed.file("own.gpulog")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(billed.file("changed.gpulog"), bytes).unwrap();
    let changed = billed.reconstruct("changed.gpulog", "acme", &[]);
    assert_eq!((changed.status.code(), changed.stdout.len()), (Some(1), 0));
    assert!(text(&changed.stderr).contains("the export is not good"), "{}", text(&changed.stderr));
}

#[test]
fn an_export_replaces_no_file_unless_it_is_told_to() {
    let platform = Platform::start();
    let export = |options: &[&str]| platform.run(&[&["audit", "export", "log.gpulog"], options].concat());
    let file = platform.home().join("log.gpulog");
    std::fs::write(&file, "precious").unwrap();
    let refused = export(&[]);
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused.stderr));
    assert_eq!(std::fs::read(&file).unwrap(), b"precious");
    let told: Value = serde_json::from_str(&done(export(&["--force", "--json"]))).unwrap();
    assert_eq!(told["bytes"], file.metadata().unwrap().len());
    assert_eq!(told["kind"], "whole");
    done(platform.run(&["audit", "verify", "log.gpulog"]));
}

#[test]
fn an_export_that_does_not_come_leaves_nothing_behind() {
    let mut platform = Platform::start();
    let nobody = platform.run(&["audit", "export", "--org", "nobody", "log.gpulog"]);
    assert_eq!(nobody.status.code(), Some(1), "{}", text(&nobody.stderr));
    platform.stop();
    let down = platform.run(&["audit", "export", "log.gpulog"]);
    assert_eq!(down.status.code(), Some(3), "{}", text(&down.stderr));
    assert_eq!(left_in(platform.home()), Vec::<String>::new());
}

/// What a home holds beside the platform's own.
fn left_in(home: &Path) -> Vec<String> {
    let names = std::fs::read_dir(home).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name != "data").collect()
}
