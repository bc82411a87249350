//! An image of the test's own, which only this machine's engine has.

use std::path::Path;
use std::process::Command;

/// Answers `hello`, and says of each request what it answered.
const SERVE: &str = r#"ENTRYPOINT ["/bin/busybox", "httpd", "-f", "-v", "-p", "8080", "-h", "/www"]"#;

/// An image. It is removed when the test is over.
pub(super) struct Image {
    /// Its config digest, `sha256:…`.
    pub(super) digest: String,
}

impl Image {
    /// Makes one of a static busybox and a page.
    pub(super) fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let busybox = std::env::var("GPUAAS_TEST_BUSYBOX").expect("set by `cargo xtask test`");
        for made in ["bin", "www"] {
            std::fs::create_dir(folder.path().join(made)).unwrap();
        }
        std::fs::copy(busybox, folder.path().join("bin/busybox")).unwrap();
        std::fs::write(folder.path().join("www/index.html"), "hello").unwrap();
        let archive = folder.path().join("root.tar");
        let packed = ["-C", path(folder.path()), "-cf", path(&archive), "bin", "www"];
        assert!(Command::new("tar").args(packed).status().unwrap().success());
        Self { digest: docker(&["import", "--change", SERVE, path(&archive)]) }
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        docker(&["rmi", "--force", &self.digest]);
    }
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// What the engine's client answers.
pub(super) fn docker(arguments: &[&str]) -> String {
    let output = Command::new("docker").args(arguments).output().unwrap();
    assert!(output.status.success(), "docker {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
