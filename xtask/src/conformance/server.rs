//! A server for the run, with everything that it writes in a folder that goes with it.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace;

/// What stands before the address in what a server says when it serves.
const ADDRESS: &str = "http://";

/// A running server.
pub(super) struct Server {
    process: Child,
    folder: PathBuf,
    url: String,
}

impl Server {
    /// Builds it, and waits until it serves.
    pub(super) fn start() -> Result<Self> {
        let folder = crate::services::fresh("conformance")?;
        let mut command = workspace::cargo(["run", "--quiet", "--package", "gpuaas-cli", "--", "up"]);
        command.args(["--listen", "127.0.0.1:0", "--gateway-listen", "127.0.0.1:0", "--rate-limit", "0"]);
        // What of the machine's own settings would make this run another one.
        command.args(["--log", "warn", "--local-images", "true", "--local-node", "false", "--config", "/dev/null"]);
        let process =
            command.arg("--data").arg(folder.join("data")).stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut server = Self { process: process.context("cannot run cargo")?, folder, url: String::new() };
        let said = server.process.stdout.take().context("the server has no output")?;
        for line in BufReader::new(said).lines() {
            let line = line?;
            if let Some(at) = line.find(ADDRESS) {
                let address = line[at..].split_whitespace().next().unwrap_or_default();
                server.url = address.trim_end_matches(['.', ',', '/']).to_owned();
                return Ok(server);
            }
        }
        bail!("the server ended before it served")
    }

    /// Where it is.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// The operator's token, which a rotation replaces.
    pub(super) fn admin_token(&self) -> Result<String> {
        let file = self.folder.join("data/admin.token");
        let token = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        Ok(token.trim().to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Cargo has become the server, which ends in order, and with it what it started.
        let told = Command::new("kill").arg(self.process.id().to_string()).status();
        let ended = told.and_then(|_| self.process.wait());
        if let Err(error) = ended.and_then(|_| std::fs::remove_dir_all(&self.folder)) {
            eprintln!("conformance: {} stays: {error}", self.folder.display());
        }
    }
}
