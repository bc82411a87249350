//! `gpuaas instances open`: a workload's endpoint on this machine.

use std::io::{BufRead as _, BufReader, Lines, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Command, Stdio};

use super::workload::Workload;

/// An open endpoint. It is closed when the test is over.
struct Opened {
    child: Child,
    address: String,
    said: Lines<BufReader<ChildStderr>>,
}

impl Opened {
    fn open(workload: &Workload, more: &[&str]) -> Self {
        let mut command = workload.platform.command(&[&["instances", "open", "acme/vision", "web"], more].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = line.trim().strip_prefix("http://").and_then(|url| url.strip_suffix('/'));
        let address = address.unwrap_or_else(|| panic!("{line}")).to_owned();
        Self { child, address, said }
    }

    /// What a request of its own connection is answered; nothing if the connection breaks off.
    fn get(&self, path: &str) -> String {
        let mut connection = TcpStream::connect(&self.address).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let mut answer = String::new();
        // Whoever is refused may be cut off before all is written or read.
        drop(connection.write_all(request.as_bytes()).and_then(|()| connection.read_to_string(&mut answer)));
        answer
    }

    /// What it says next of this kind.
    fn says(&mut self, words: &str) -> String {
        self.said.by_ref().map(Result::unwrap).find(|line| line.contains(words)).unwrap()
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn a_workload_answers_on_this_machine_while_it_runs() {
    let workload = Workload::launch();
    let mut opened = Opened::open(&workload, &[]);
    std::thread::scope(|scope| {
        let asked: Vec<_> = (0..8).map(|_| scope.spawn(|| opened.get("/index.html"))).collect();
        for answer in asked.into_iter().map(|asked| asked.join().unwrap()) {
            assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("hello"), "{answer}");
        }
    });
    assert!(workload.run("instances logs acme/vision web").contains("response:200"));

    workload.run("instances stop acme/vision web --wait");
    assert_eq!(opened.get("/"), "");
    assert!(opened.says("error").contains("instance_state_conflict: the workload is stopped, not running"));
    workload.run("instances start acme/vision web --wait");
    assert!(opened.get("/").ends_with("hello"), "it goes on where the workload does");

    assert!(Command::new("kill").args(["-INT", &opened.child.id().to_string()]).status().unwrap().success());
    assert_eq!(opened.child.wait().unwrap().code(), Some(0));
}

#[test]
fn what_is_open_ends_with_its_token() {
    let workload = Workload::launch();
    let token: serde_json::Value = serde_json::from_str(&workload.run("tokens create short --json")).unwrap();
    let mut opened = Opened::open(&workload, &["--token", token["bearer"].as_str().unwrap()]);
    let mut held = TcpStream::connect(&opened.address).unwrap();
    held.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n").unwrap();
    assert!(opened.get("/").ends_with("hello"));

    workload.run(&format!("tokens revoke {}", token["token"]["id"].as_str().unwrap()));
    // The connection that is open breaks off, and the next is refused for good.
    assert!(matches!(held.read(&mut [0; 1]), Ok(0) | Err(_)));
    assert_eq!(opened.get("/"), "");
    assert!(opened.says("error").contains("token"));
    assert_eq!(opened.child.wait().unwrap().code(), Some(1));
}

#[test]
fn lines_are_followed_until_the_workload_ends() {
    let workload = Workload::launch();
    let opened = Opened::open(&workload, &[]);
    let mut follower = workload.platform.command(&["instances", "logs", "acme/vision", "web", "--follow"]);
    let mut follower = follower.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(follower.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(opened.get("/missing").starts_with("HTTP/1.1 404"));
    assert!(lines.any(|line| line.contains("response:404")));
    workload.run("instances stop acme/vision web --wait");
    assert_eq!(lines.count(), 0, "there was one request after the first look");
    assert_eq!(follower.wait().unwrap().code(), Some(0));
}
