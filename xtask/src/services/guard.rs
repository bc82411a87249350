//! The process that stands between us and a service, so that none is left behind.
//!
//! A signal handler would not run when we are killed. So each service is the child
//! of a guard, a process group of its own that Ctrl-C does not reach, whose standard
//! input is a pipe that only we hold open. However we end, the pipe closes; then the
//! guard stops its service and clears away what the service had on disk.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// How long a service may take to stop before it is killed.
const PATIENCE: Duration = Duration::from_secs(30);

const STEP: Duration = Duration::from_millis(50);

/// `xtask guard …`, hidden: only [`super::guarded`] calls it.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The signal that makes the service stop in order.
    #[arg(long, default_value = "TERM")]
    pub signal: String,
    /// The user and group that the service runs as.
    #[arg(long, num_args = 2)]
    pub user: Option<Vec<u32>>,
    /// A folder that is removed once the service has stopped.
    #[arg(long)]
    pub remove: Option<PathBuf>,
    /// A file that everybody who uses the service holds a shared lock on; it is stopped after the last of them.
    #[arg(long)]
    pub users: Option<PathBuf>,
    /// The service's program and arguments.
    #[arg(trailing_var_arg = true, required = true)]
    pub command: Vec<OsString>,
}

/// Runs the service until it ends or standard input closes.
pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    let started = start(&arguments);
    let ended = started.and_then(|mut service| match wait(&mut service, &when_input_closes())? {
        Some(status) => Ok(status.code()),
        None => {
            wait_for_other_users(&arguments)?;
            stop(&mut service, &arguments.signal)?;
            Ok(Some(0))
        }
    });
    if let Some(folder) = &arguments.remove {
        std::fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(ended?.and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

fn start(arguments: &Arguments) -> Result<Child> {
    let (program, rest) = arguments.command.split_first().expect("clap asks for at least one word");
    let mut command = Command::new(program);
    command.args(rest).stdin(Stdio::null()).current_dir("/");
    if let Some([user, group]) = arguments.user.as_deref() {
        command.uid(*user).gid(*group);
    }
    command.spawn().with_context(|| format!("cannot start {}", program.to_string_lossy()))
}

/// A channel that hangs up when standard input does.
fn when_input_closes() -> Receiver<()> {
    let (held, closed) = channel();
    std::thread::spawn(move || {
        let _held = held;
        // An error means the same as the end: whoever held the pipe is gone.
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
    });
    closed
}

/// How the service ended, or nothing when it still runs and is no longer wanted.
fn wait(service: &mut Child, closed: &Receiver<()>) -> Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = service.try_wait()? {
            return Ok(Some(status));
        }
        match closed.recv_timeout(STEP) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(None),
        }
    }
}

fn wait_for_other_users(arguments: &Arguments) -> Result<()> {
    if let Some(users) = &arguments.users {
        File::open(users)?.lock().with_context(|| format!("cannot lock {}", users.display()))?;
    }
    Ok(())
}

fn stop(service: &mut Child, signal: &str) -> Result<()> {
    // The standard library sends no signal but KILL.
    let kill = ["-c", "kill -s \"$0\" \"$1\"", signal, &service.id().to_string()];
    Command::new("sh").args(kill).status().context("cannot send a signal")?;
    let asked = Instant::now();
    while service.try_wait()?.is_none() {
        if asked.elapsed() > PATIENCE {
            service.kill()?;
        }
        std::thread::sleep(STEP);
    }
    Ok(())
}
