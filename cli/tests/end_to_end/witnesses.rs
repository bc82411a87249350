//! Witnesses in processes of their own, and what an auditor makes of what they say.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gpuaas_log::checkpoint::Signer;
use tempfile::TempDir;

use super::platform::{GPUAAS, Platform, clean, data};

/// Far more than it takes, for a machine that is busy.
const LOOSE: Duration = Duration::from_secs(90);
const ORIGIN: &str = "gpuaas.local";

/// A witness's process. It is killed when the test is over.
struct WitnessProcess {
    child: Child,
    folder: PathBuf,
    key: String,
    address: String,
}

impl WitnessProcess {
    fn start(folder: &Path, name: &str, log_key: &str) -> Self {
        Self::listen(&folder.join(name), name, log_key, "127.0.0.1:0")
    }

    fn listen(folder: &Path, name: &str, log_key: &str, listen: &str) -> Self {
        let mut command = clean(GPUAAS, folder.parent().unwrap());
        command.args(["witness", "serve", "--name", name, "--log-key", log_key, "--listen", listen, "--data"]);
        let mut child = command.arg(folder).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let (key, url) = line.trim().split_once(' ').expect("it says its key and where it is");
        let address = url.strip_prefix("http://").unwrap().to_owned();
        Self { child, folder: folder.to_owned(), key: key.to_owned(), address }
    }

    /// As a power cut would.
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again after its end, where it was.
    fn start_again(&mut self, log_key: &str) {
        let name = self.folder.file_name().unwrap().to_str().unwrap().to_owned();
        let next = Self::listen(&self.folder.clone(), &name, log_key, &self.address.clone());
        assert_eq!(next.key, self.key);
        drop(std::mem::replace(self, next));
    }
}

impl Drop for WitnessProcess {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A key that the platform is given, so that witnesses know it before it begins.
fn log_key(folder: &Path) -> (String, String) {
    let file = folder.join("seed");
    std::fs::write(&file, hex::encode([7; 32])).unwrap();
    let key = Signer::from_seed(ORIGIN, &[7; 32]).unwrap().verifier().to_string();
    (key, format!("file:{}", file.display()))
}

fn up(signing: &str, witnesses: &str) -> Vec<String> {
    ["--local-node", "false", "--checkpoint-every", "1s", "--signing-keys", signing, "--witnesses", witnesses]
        .map(str::to_owned)
        .to_vec()
}

fn words(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

fn run(platform: &Platform, arguments: &[&str]) -> (Option<i32>, String) {
    let output = platform.run(arguments);
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

fn done(platform: &Platform, arguments: &[&str]) -> String {
    let (status, said) = run(platform, arguments);
    assert_eq!(status, Some(0), "{arguments:?}: {said}");
    said
}

/// Exports the log and verifies it by a policy, until that has this exit status and says this.
fn verdict(platform: &Platform, policy: &Path, wanted: i32, says: &str) -> String {
    let export = platform.home().join("log.gpulog");
    let (export, policy) = (export.to_str().unwrap(), policy.to_str().unwrap());
    let began = Instant::now();
    loop {
        done(platform, &["audit", "export", export, "--force"]);
        let (status, said) = run(platform, &["audit", "verify", export, "--policy", policy]);
        if status == Some(wanted) && said.contains(says) {
            return said;
        }
        assert!(began.elapsed() < LOOSE, "{said}");
    }
}

fn policy_of_two(folder: &Path, log_key: &str, witnesses: [&WitnessProcess; 2]) -> PathBuf {
    let [one, two] = witnesses.map(|witness| &witness.key);
    let text = format!("log {log_key}\nwitness one {one}\nwitness two {two}\ngroup both all one two\nquorum both\n");
    let file = folder.join("policy");
    std::fs::write(&file, text).unwrap();
    file
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status().unwrap();
    assert!(copied.success());
}

#[test]
fn an_auditor_with_a_policy_of_two_rejects_a_log_with_one_and_a_fork_is_refused() {
    let folder = TempDir::new().unwrap();
    let (log_key, signing) = log_key(folder.path());
    let one = WitnessProcess::start(folder.path(), "w.example.1", &log_key);
    let mut two = WitnessProcess::start(folder.path(), "w.example.2", &log_key);
    let witnesses = format!("{} http://{}, {} http://{}", one.key, one.address, two.key, two.address);
    let arguments = up(&signing, &witnesses);
    let mut platform = Platform::start_with(&words(&arguments));
    let policy = policy_of_two(folder.path(), &log_key, [&one, &two]);
    done(&platform, &["orgs", "create", "acme"]);
    let good = verdict(&platform, &policy, 0, "signed and cosigned as the policy demands, by 2 of (one, two)");
    assert_eq!(good.matches("\ncosigned  ").count(), 2, "{good}");
    done(&platform, &["audit", "receipt", "1", "--out", "first.tlog-proof", "--entry", "first.entry"]);
    let receipt = ["audit", "check-receipt", "first.tlog-proof", "--entry", "first.entry", "--policy"];
    let (status, said) = run(&platform, &[&receipt[..], &[policy.to_str().unwrap()]].concat());
    assert!(status == Some(0) && said.contains("two"), "{said}");
    let only_three = folder.path().join("three");
    std::fs::write(&only_three, format!("log {log_key}\nwitness w {}\nquorum none\n", one.key)).unwrap();
    let (status, said) = run(&platform, &[&receipt[..], &[only_three.to_str().unwrap()]].concat());
    assert_eq!(status, Some(0), "a policy without a quorum demands the log's key alone: {said}");

    // A copy of everything that the operator has, from before what comes now.
    assert_eq!(platform.stop(), Some(0));
    let backup = folder.path().join("backup");
    copy(&data(platform.home()), &backup);
    let mut platform = platform.start_again_with(&words(&arguments));
    two.kill();
    done(&platform, &["orgs", "create", "evil"]);
    let bad = verdict(&platform, &policy, 1, "cosigned by one; the policy demands 2 of (one, two)");
    assert!(bad.starts_with("FAULT  signature at "), "{bad}");
    two.start_again(&log_key);
    done(&platform, &["orgs", "create", "idle"]);
    verdict(&platform, &policy, 0, "GOOD");

    // The operator goes on from the copy, with another history. Both witnesses have seen the
    // newer tree, and neither cosigns this one.
    assert_eq!(platform.stop(), Some(0));
    std::fs::remove_dir_all(data(platform.home())).unwrap();
    copy(&backup, &data(platform.home()));
    let platform = platform.start_again_with(&words(&arguments));
    for slug in ["other", "more", "most", "last"] {
        done(&platform, &["orgs", "create", slug]);
    }
    let forked = verdict(&platform, &policy, 1, "cosigned by none of its witnesses");
    assert!(forked.starts_with("FAULT  signature at "), "{forked}");
    let kept = |witness: &WitnessProcess| {
        let mut files = std::fs::read_dir(&witness.folder).unwrap().map(|file| file.unwrap().path());
        std::fs::read_to_string(files.find(|file| file.extension().is_some_and(|end| end == "checkpoint")).unwrap())
    };
    assert_eq!(kept(&one).unwrap().lines().nth(2), kept(&two).unwrap().lines().nth(2), "both saw the same tree");
}

/// Reads a message of HTTP/1.1 whose length is told.
fn message(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let read = stream.read(&mut chunk).unwrap();
        bytes.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, _)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let length: usize = length.unwrap_or(0);
        if read == 0 || bytes.len() >= head.len() + 4 + length {
            return bytes;
        }
    }
}

#[test]
fn a_witness_killed_between_its_record_and_its_answer_goes_on_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let (log_key, signing) = log_key(folder.path());
    let witness = WitnessProcess::start(folder.path(), "w.example.1", &log_key);
    let (key, address) = (witness.key.clone(), witness.address.clone());
    let witness = Arc::new(Mutex::new(witness));
    // In between: the first answer is read, which is after the record was written; then the
    // witness is killed, and nobody hears the answer.
    let between = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = between.local_addr().unwrap();
    let killed = Arc::new(Mutex::new(false));
    let (victim, done_it, log_key_again) = (witness.clone(), killed.clone(), log_key.clone());
    std::thread::spawn(move || {
        for client in between.incoming() {
            let mut client = client.unwrap();
            let request = message(&mut client);
            let Ok(mut server) = TcpStream::connect(&address) else { continue };
            server.write_all(&request).unwrap();
            let answer = message(&mut server);
            let mut is_done = done_it.lock().unwrap();
            if *is_done || !answer.starts_with(b"HTTP/1.1 200") {
                client.write_all(&answer).unwrap();
            } else {
                *is_done = true;
                let mut witness = victim.lock().unwrap();
                witness.kill();
                witness.start_again(&log_key_again);
            }
        }
    });
    let arguments = up(&signing, &format!("{key} http://{place}"));
    let platform = Platform::start_with(&words(&arguments));
    done(&platform, &["orgs", "create", "acme"]);
    let policy = folder.path().join("policy");
    std::fs::write(&policy, format!("log {log_key}\nwitness w {key}\nquorum w\n")).unwrap();
    verdict(&platform, &policy, 0, "GOOD");
    assert!(*killed.lock().unwrap());
    // The thread in between ends with the process, and would keep it.
    witness.lock().unwrap().kill();
}

#[test]
fn a_key_is_replaced_and_the_old_one_declared_compromised() {
    let folder = TempDir::new().unwrap();
    let (log_key, signing) = log_key(folder.path());
    let platform = Platform::start_with(&["--local-node", "false", "--signing-keys", &signing]);
    done(&platform, &["orgs", "create", "acme"]);
    let old = platform.home().join("old.gpulog");
    let old = old.to_str().unwrap();
    done(&platform, &["audit", "export", old]);
    let verify = |file: &str, more: &[&str]| run(&platform, &[&["audit", "verify", file], more].concat());
    let size = verify(old, &["--json"]).1;
    let size = serde_json::from_str::<serde_json::Value>(&size).unwrap()["size"].as_u64().unwrap();
    done(&platform, &["log", "rotate-key", "--dry-run"]);
    done(&platform, &["log", "rotate-key"]);
    let lists: serde_json::Value = serde_json::from_str(&done(&platform, &["log", "keys", "--json"])).unwrap();
    assert_eq!((lists[0]["keys"][0].as_str(), lists[1]["in_force"].as_bool()), (Some(&*log_key), Some(true)));
    let new_key = lists[1]["keys"][0].as_str().unwrap();
    let new = platform.home().join("new.gpulog");
    let new = new.to_str().unwrap();
    done(&platform, &["audit", "export", new]);

    assert_eq!(verify(new, &["--key", new_key]).0, Some(0));
    assert_eq!(verify(old, &["--key", &log_key]).0, Some(0));
    let compromised = format!("{log_key}@{size}");
    let alone = verify(old, &["--key", &log_key, "--compromised", &compromised]);
    assert!(alone.0 == Some(1) && alone.1.contains("declared compromised"), "{alone:?}");
    assert_eq!(verify(new, &["--compromised", &compromised]).0, Some(1));
    let vouched = verify(new, &["--key", new_key, "--compromised", &compromised]);
    assert_eq!(vouched.0, Some(0), "{vouched:?}");
    let malformed = verify(new, &["--compromised", &log_key]);
    assert!(malformed.0 == Some(2) && malformed.1.contains("VKEY@SIZE"), "{malformed:?}");
}
