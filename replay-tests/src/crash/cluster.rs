//! A Postgres of one's own, with its default durability, that can be killed as a whole.

use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;

/// A private cluster; it ends with this.
pub struct Cluster {
    directory: TempDir,
    programs: PathBuf,
    port: u16,
    postmaster: Option<Child>,
}

const START: Duration = Duration::from_secs(30);

impl Cluster {
    /// Makes a cluster and starts it.
    pub async fn start() -> Result<Self> {
        let programs = programs()?;
        let directory = tempfile::tempdir()?;
        if let Some((user, group)) = server_user()? {
            chown(directory.path(), Some(user), Some(group))?;
        }
        let mut initdb = as_server(Command::new(programs.join("initdb")))?;
        initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata"]);
        let made = initdb.arg(directory.path().join("data")).current_dir("/").output()?;
        ensure!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let mut cluster = Self { directory, programs, port, postmaster: None };
        cluster.restart().await?;
        Ok(cluster)
    }

    /// The URL of its database.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Where all its files are.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Copies it while it runs, as its own program for that does, with the write-ahead log
    /// that the copy needs.
    pub fn back_up(&self, into: &Path) -> Result<()> {
        let mut copying = Command::new(self.programs.join("pg_basebackup"));
        copying.arg("--dbname").arg(self.url()).arg("--pgdata").arg(into).args(["--wal-method=stream", "--no-sync"]);
        let copied = copying.args(["--checkpoint=fast"]).output()?;
        ensure!(copied.status.success(), "pg_basebackup: {}", String::from_utf8_lossy(&copied.stderr));
        Ok(())
    }

    /// Starts it after it was killed, and waits until it accepts connections.
    pub async fn restart(&mut self) -> Result<()> {
        let until = Instant::now() + START;
        while Instant::now() < until {
            let mut postmaster = self.spawn()?;
            while postmaster.try_wait()?.is_none() && Instant::now() < until {
                if PgConnection::connect(&self.url()).await.is_ok() {
                    self.postmaster = Some(postmaster);
                    return Ok(());
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            // It ends by itself while a process of the one before still lingers.
            let _ = postmaster.kill();
            let _ = postmaster.wait();
        }
        bail!("Postgres did not start; see {}", self.directory.path().join("log").display())
    }

    fn spawn(&self) -> Result<Child> {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.directory.path().join("log"))?;
        let mut postgres = as_server(Command::new(self.programs.join("postgres")))?;
        postgres.arg("-D").arg(self.directory.path().join("data"));
        for setting in [&format!("port={}", self.port), "listen_addresses=127.0.0.1", "unix_socket_directories="] {
            postgres.args(["-c", setting]);
        }
        Ok(postgres.current_dir("/").stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?)
    }

    /// Kills the postmaster and every process of it with SIGKILL.
    pub fn kill(&mut self) -> Result<()> {
        let Some(mut postmaster) = self.postmaster.take() else { return Ok(()) };
        // The postmaster first: it would start what is killed under it anew.
        let backends = children(postmaster.id())?;
        postmaster.kill()?;
        let mut kill = Command::new("kill");
        kill.arg("-9").args(backends.iter().map(u32::to_string)).stderr(Stdio::null());
        if !backends.is_empty() {
            // One that has ended already is no failure.
            let _ = kill.status()?;
        }
        postmaster.wait()?;
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Nothing can be done about a failure here.
        let _ = self.kill();
    }
}

/// The processes whose parent this is.
fn children(parent: u32) -> Result<Vec<u32>> {
    let mut children = Vec::new();
    for entry in std::fs::read_dir("/proc")?.flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        // After the name, which is in parentheses: state, parent.
        let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        if after_name.split_whitespace().nth(1) == Some(&parent.to_string()) {
            children.push(id);
        }
    }
    Ok(children)
}

/// Postgres refuses to run as root, so root runs it as the user that its package made.
fn as_server(mut command: Command) -> Result<Command> {
    if let Some((user, group)) = server_user()? {
        command.uid(user).gid(group);
    }
    Ok(command)
}

fn server_user() -> Result<Option<(u32, u32)>> {
    if std::fs::metadata("/proc/self")?.uid() != 0 {
        return Ok(None);
    }
    let id = |kind: &str| -> Result<u32> {
        let id = Command::new("id").args([kind, "postgres"]).output()?;
        ensure!(id.status.success(), "root cannot run Postgres, and there is no user postgres to run it as");
        Ok(String::from_utf8(id.stdout)?.trim().parse()?)
    };
    Ok(Some((id("-u")?, id("-g")?)))
}

/// The folder with `initdb` and `postgres`: given, or Debian's newest.
fn programs() -> Result<PathBuf> {
    if let Some(given) = std::env::var_os("GPUAAS_TEST_POSTGRES_BIN") {
        return Ok(given.into());
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let version = |bin: &Path| bin.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    versions
        .map(|version| version.path().join("bin"))
        .filter(|bin| bin.join("initdb").is_file())
        .max_by_key(|bin| version(bin))
        .context("these tests kill a Postgres of their own: install PostgreSQL, or name the folder with initdb in GPUAAS_TEST_POSTGRES_BIN")
}
