//! A NATS server of a test's own, which can be killed, wiped and put back.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use async_nats::jetstream::{self, Context};
use tempfile::TempDir;

/// How long it may take to answer, or to end.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) struct Nats {
    folder: TempDir,
    port: u16,
    child: Option<Child>,
}

impl Nats {
    /// Starts an empty one.
    pub(super) fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut nats = Self { folder: TempDir::new().unwrap(), port, child: None };
        nats.start_again();
        nats
    }

    /// Starts it where it was, with whatever is in its store.
    pub(super) fn start_again(&mut self) {
        let program = std::env::var_os("GPUAAS_TEST_NATS_SERVER").expect("cargo xtask test names it");
        let mut command = Command::new(program);
        command.arg("-js").arg("-sd").arg(self.store()).args(["-a", "127.0.0.1", "-p", &self.port.to_string()]);
        self.child = Some(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(began.elapsed() < PATIENCE, "NATS does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Does something to it where nobody else finds it meanwhile.
    pub(super) async fn hidden(&mut self, work: impl AsyncFnOnce(&Self)) {
        let known = self.port;
        self.stop();
        self.port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        self.start_again();
        work(self).await;
        self.stop();
        self.port = known;
        self.start_again();
    }

    pub(super) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    /// The files in which a stream's messages are.
    pub(super) fn files(&self, stream: &str) -> Vec<PathBuf> {
        let folder = self.store().join("jetstream/$G/streams").join(stream).join("msgs");
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        files.filter(|file| file.extension().is_some_and(|extension| extension == "blk")).collect()
    }

    /// Kills it, as a machine that loses power.
    pub(super) fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Lets it end in good order, so that all it has is in its files.
    pub(super) fn stop(&mut self) {
        let mut child = self.child.take().unwrap();
        Command::new("sh").args(["-c", "kill -s TERM \"$0\"", &child.id().to_string()]).status().unwrap();
        child.wait().unwrap();
    }

    /// Removes all it had. It is not running.
    pub(super) fn wipe(&self) {
        std::fs::remove_dir_all(self.store()).unwrap();
    }

    /// Copies all it has. It is not running.
    pub(super) fn copy(&self) -> TempDir {
        let copy = TempDir::new().unwrap();
        copy_all(&self.store(), &copy.path().join("store"));
        copy
    }

    /// Puts it back to a copy. It is not running.
    pub(super) fn put_back(&self, copy: &TempDir) {
        self.wipe();
        copy_all(&copy.path().join("store"), &self.store());
    }

    /// Whether a text can be read in any of its files.
    pub(super) fn has_on_disk(&self, text: &[u8]) -> bool {
        has_on_disk(&self.store(), text)
    }

    /// A client that may do anything.
    pub(super) async fn client(&self) -> Context {
        jetstream::new(async_nats::connect(self.url()).await.unwrap())
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn copy_all(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(status.success(), "cp {}", from.display());
}

fn has_on_disk(folder: &Path, text: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().any(|found| {
        let path = found.unwrap().path();
        if path.is_dir() {
            return has_on_disk(&path, text);
        }
        // A file may go while it is looked for.
        std::fs::read(&path).is_ok_and(|bytes| bytes.windows(text.len()).any(|window| window == text))
    })
}
