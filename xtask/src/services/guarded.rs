//! Our end of a guard: starting a service behind one and waiting until it answers.

use std::ffi::OsString;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::place;
use crate::process;

/// How a service is started and stopped; see [`super::guard::Arguments`].
pub(crate) struct Plan {
    /// The service's name, and that of its log file.
    pub name: &'static str,
    /// The signal that makes it stop in order.
    pub signal: &'static str,
    /// The user and group to run it as, where that is not us.
    pub user: Option<(u32, u32)>,
    /// The folder that goes when it stops.
    pub remove: Option<PathBuf>,
    /// The file that its users lock.
    pub users: Option<PathBuf>,
    /// Its program and arguments.
    pub command: Vec<OsString>,
}

/// A service that runs behind a guard and stops when this is dropped.
pub(crate) struct Guarded {
    name: &'static str,
    guard: Child,
    pipe: Option<ChildStdin>,
    users: Option<File>,
    log: PathBuf,
}

impl Guarded {
    /// Starts the service. It need not answer yet: see [`Guarded::ready_when`].
    pub(crate) fn start(plan: Plan) -> Result<Self> {
        let users = plan.users.as_ref().map(File::open).transpose()?;
        if let Some(users) = &users {
            users.lock_shared()?;
        }
        let log = place::cache()?.join(format!("{}.log", plan.name));
        let written = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut guard = Command::new(std::env::current_exe()?)
            .args(guard_arguments(&plan))
            .env("PATH", process::search_path())
            .stdin(Stdio::piped())
            .stdout(written.try_clone()?)
            .stderr(written)
            .process_group(0)
            .spawn()
            .context("cannot start a guard")?;
        let pipe = guard.stdin.take();
        Ok(Self { name: plan.name, guard, pipe, users, log })
    }

    /// Waits until `ready` says so; fails, with the end of its log, when it ends first or takes too long.
    pub(crate) fn ready_when(mut self, limit: Duration, ready: impl Fn() -> bool) -> Result<Self> {
        let started = Instant::now();
        while !ready() {
            if let Some(status) = self.guard.try_wait()? {
                bail!("{} did not start ({status}); the end of {}:\n{}", self.name, self.log.display(), self.log_end());
            }
            if started.elapsed() > limit {
                bail!("{} did not answer within {limit:?}; the end of its log:\n{}", self.name, self.log_end());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(self)
    }

    fn log_end(&self) -> String {
        let log = std::fs::read(&self.log).unwrap_or_default();
        let lines: Vec<String> = String::from_utf8_lossy(&log).lines().map(str::to_owned).collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let shared = self.users.take().is_some_and(|users| users.try_lock().is_err());
        drop(self.pipe.take());
        if shared {
            eprintln!("service: {} stays while another run uses it; its guard stops it after that", self.name);
        } else if let Err(error) = self.guard.wait() {
            eprintln!("service: cannot see whether {} has stopped: {error}", self.name);
        }
    }
}

fn guard_arguments(plan: &Plan) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["guard".into(), "--signal".into(), plan.signal.into()];
    if let Some((user, group)) = plan.user {
        arguments.extend(["--user".into(), user.to_string().into(), group.to_string().into()]);
    }
    for (name, path) in [("--remove", &plan.remove), ("--users", &plan.users)] {
        arguments.extend(path.iter().flat_map(|path| [name.into(), path.into()]));
    }
    arguments.push("--".into());
    arguments.extend(plan.command.iter().cloned());
    arguments
}
