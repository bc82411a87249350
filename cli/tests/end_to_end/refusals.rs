//! What keeps a platform from starting: one sentence that says what to do, and an exit
//! status that says that it failed.

use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Output};

use super::platform::{GPUAAS, Platform, clean, data};

/// The command is refused with exactly this sentence.
fn check(output: &Output, status: i32, sentence: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), said.as_ref()), (Some(status), format!("error: {sentence}\n").as_str()));
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
}

fn up(home: &Path, listen: &str) -> Output {
    clean(GPUAAS, home).args(["up", "--listen", listen, "--gateway-listen", "127.0.0.1:0"]).output().unwrap()
}

#[test]
fn a_second_server_on_a_data_directory_is_refused() {
    let platform = Platform::start();
    let data = data(platform.home());
    let sentence =
        format!("another server is running on {}: stop it first, or use another data directory", data.display());
    check(&up(platform.home(), "127.0.0.1:0"), 1, &sentence);
    let sentence = format!("another server is running on {} already; use it, or stop it first", data.display());
    check(&up(platform.home(), &platform.address), 1, &sentence);
    assert!(platform.run(&["orgs", "list"]).status.success(), "the first one goes on");
}

#[test]
fn a_busy_port_is_named() {
    let home = tempfile::tempdir().unwrap();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let sentence = format!("something else listens on {address}; stop it, or give another address with --listen");
    check(&up(home.path(), &address), 1, &sentence);
    let sentence =
        format!("something else listens on {address}; stop it, or give another address with --gateway-listen");
    let mut gateway = clean(GPUAAS, home.path());
    gateway.args(["up", "--listen", "127.0.0.1:0", "--gateway-listen", &address]);
    check(&gateway.output().unwrap(), 1, &sentence);
}

#[test]
fn an_address_that_others_reach_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let sentence =
        "listen is `0.0.0.0:0` (flag): `gpuaas up` is for this machine alone; for others there is `gpuaas server`";
    check(&up(home.path(), "0.0.0.0:0"), 2, sentence);
    assert!(!data(home.path()).exists());
}

#[test]
fn a_published_checkpoint_that_moves_at_once_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let sentence = "publish-every is `0s` (flag): expected at least 1s: a checkpoint that moves at once tells how much \
                    happens when";
    check(&clean(GPUAAS, home.path()).args(["up", "--publish-every", "0s"]).output().unwrap(), 2, sentence);
    assert!(!data(home.path()).exists());
}

#[test]
fn a_file_in_place_of_the_data_directory_is_refused() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(data(home.path()), "").unwrap();
    let sentence = format!("{} cannot be used: File exists (os error 17)", data(home.path()).display());
    check(&up(home.path(), "127.0.0.1:0"), 1, &sentence);
}

#[test]
fn a_read_only_data_directory_is_refused() {
    let output = mounted("ro", "true");
    check(&output, 1, "/mnt/data cannot be written to: check its owner, its permissions and how it is mounted");
}

#[test]
fn a_full_disk_is_refused() {
    let output = mounted("size=256k", "dd if=/dev/zero of=/mnt/filler bs=4k 2> /dev/null || true");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let is_one_sentence = said.starts_with("error: ") && said.trim_end().lines().count() == 1;
    assert!(output.status.code() == Some(1) && is_one_sentence, "{:?}: {said}", output.status.code());
    assert!(said.contains("no room"), "{said}");
}

#[test]
fn a_disk_that_fills_while_a_server_starts_is_named() {
    // Each size is too small for another of its files.
    for size in ["192k", "320k", "384k", "448k"] {
        let output = mounted(&format!("size={size}"), "true");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let last = said.trim_end().lines().last().unwrap_or_default();
        assert_eq!(output.status.code(), Some(1), "{size}: {said}");
        assert!(last.starts_with("error: ") && last.contains("/mnt/data"), "{size}: {said}");
    }
}

/// Runs `gpuaas up` on a file system of its own at `/mnt`, which nobody else sees.
fn mounted(options: &str, before: &str) -> Output {
    let script = format!(
        "mount -t tmpfs -o {options} tmpfs /mnt && {{ {before}; }} && exec \"$0\" up --listen 127.0.0.1:0 --gateway-listen 127.0.0.1:0 --data /mnt/data"
    );
    let home = tempfile::tempdir().unwrap();
    let mut command: Command = clean("unshare", home.path());
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script, GPUAAS]);
    // Ctrl-C at the test runner's terminal is not for it.
    command.process_group(0);
    command.output().unwrap()
}

#[test]
fn a_directory_without_a_token_and_a_token_that_is_none_are_named() {
    let platform = Platform::start();
    let other = platform.home().join("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("address"), format!("http://{}\n", platform.address)).unwrap();
    let sentence = format!("there is no admin.token in {}; is it the server's data directory?", other.display());
    check(&platform.run(&["orgs", "list", "--data", &other.display().to_string()]), 1, &sentence);
    let sentence = "your token has characters that no token has, a line feed for one: keep one token in one line";
    check(&platform.command(&["orgs", "list"]).env("GPUAAS_TOKEN", "one\ntwo").output().unwrap(), 2, sentence);
    let refused = platform.command(&["orgs", "list"]).env("GPUAAS_TOKEN", "nobodys").output().unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).starts_with("error: unauthenticated: "), "{refused:?}");
}
