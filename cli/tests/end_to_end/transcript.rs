//! A script of commands, run one after another, and what they print: ids, times and
//! secrets replaced by what is the same in every run.

use std::collections::HashMap;
use std::path::Path;

use regex::{Captures, Regex};

use super::platform::{GPUAAS, Platform, clean};

/// Runs each line of a script in a shell, and gives the lines with what they print.
pub(crate) fn of(script: &str, platform: &Platform) -> String {
    let mut text = String::new();
    for line in script.lines().filter(|line| !line.trim().is_empty()) {
        if line.starts_with('#') {
            text.push_str(&format!("{line}\n\n"));
            continue;
        }
        let output = shell(line, platform.home());
        let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        let status = match output.status.code() {
            Some(0) => String::new(),
            code => format!("exit status {}\n", code.expect("a command ends by itself")),
        };
        text.push_str(&format!("$ {line}\n{out}{err}{status}\n"));
    }
    Normal::default().of(&text, platform.home())
}

fn shell(line: &str, home: &Path) -> std::process::Output {
    let binaries = Path::new(GPUAAS).parent().unwrap().display();
    let path = format!("{binaries}:{}", std::env::var("PATH").unwrap());
    let schemas = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas");
    let files = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/end_to_end/files");
    let mut command = clean("sh", home);
    command.args(["-c", line]).env("PATH", path).env("SCHEMAS", schemas).env("FILES", files).output().unwrap()
}

/// Replaces what differs from run to run by something as long.
#[derive(Default)]
struct Normal {
    ids: HashMap<String, usize>,
}

impl Normal {
    fn of(mut self, text: &str, home: &Path) -> String {
        let text = text.replace(&home.display().to_string(), "HOME");
        let replace =
            |pattern: &str, text: &str, with: &str| Regex::new(pattern).unwrap().replace_all(text, with).into_owned();
        let text = replace(r"gsec_[0-9a-z]+_[0-9a-z]+", &text, "gsec_SECRET");
        let text = replace(r"whsec_[\w+/=]+", &text, "whsec_SECRET");
        let text = replace(r"whpk_[\w+/=]+", &text, "whpk_KEY");
        let text = replace(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", &text, "TOKEN");
        let text = replace(r"\b(enr_[0-9a-z]{26})\.[0-9a-f]{64}\.[0-9a-f]{64}\b", &text, "ENROLLMENT-TOKEN");
        let text = replace(r"\b[0-9a-f]{64}\b", &text, "DIGEST");
        let text = replace(r"\b[0-9a-f]{32}\b", &text, "00000000000000000000000000000000");
        let text = replace(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", &text, "2026-01-01T00:00:00Z");
        let text = replace(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", &text, "UUID");
        let text = replace(r"\b17\d{14}\b", &text, "1767225600000000");
        let text = replace(r#""(position|rated_through|through|usage)":( ?)\d+"#, &text, r#""$1":${2}0"#);
        let text = replace(r#""(postings|usage)":\[[\d,]+\]"#, &text, r#""$1":[0]"#);
        let text = replace(r"(?m)^((?:rated )?through +)\d+$", &text, "${1}0");
        let text = replace(r"127\.0\.0\.1:\d{4,5}", &text, "127.0.0.1:7070");
        let id = Regex::new(r"\b([a-z]{2,5})_[0-7][0-9a-hjkmnp-tv-z]{25}\b").unwrap();
        id.replace_all(&text, |found: &Captures<'_>| self.id(&found[0], &found[1])).into_owned()
    }

    /// The same number for the same id.
    fn id(&mut self, id: &str, prefix: &str) -> String {
        let next = self.ids.len() + 1;
        let number = self.ids.entry(id.to_owned()).or_insert(next);
        format!("{prefix}_{number:0>26}")
    }
}
