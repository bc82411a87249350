//! What was restored, for people and for programs.

use gpuaas_log::restore::{Loss, Restored};
use gpuaas_log::store::{LogStore, StoreError};
use gpuaas_log::verify::{Report, Shown, Whose};
use jiff::Timestamp;
use serde::Serialize;

use crate::output::{self, Failure, Format};

/// A restored log.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    pub(super) log_id: String,
    pub(super) origin: String,
    /// Number of entries.
    pub(super) size: u64,
    hash: String,
    root: String,
    recorded_at: String,
    /// Entries that the last signed checkpoint covers.
    signed: u64,
    keys: Vec<String>,
    erased: Vec<u64>,
    losses: Vec<Lost>,
    shown_by_key: bool,
    shown_by_checkpoint: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Lost {
    code: &'static str,
    message: String,
}

impl Summary {
    /// Of a copy that was read entry by entry.
    pub(super) fn of(restored: &Restored) -> Self {
        let lost = |loss: &Loss| Lost { code: loss.code(), message: loss.to_string() };
        Self {
            log_id: restored.log_id.to_string(),
            origin: restored.origin.clone(),
            size: restored.position,
            hash: restored.hash.to_string(),
            root: restored.root.to_string(),
            recorded_at: moment(restored.recorded_at),
            signed: restored.checkpoint.as_ref().map_or(0, |(size, _)| *size),
            keys: restored.keys.iter().map(ToString::to_string).collect(),
            erased: restored.erased.clone(),
            losses: restored.losses.iter().map(lost).collect(),
            shown_by_key: restored.shown.by_key,
            shown_by_checkpoint: restored.shown.by_checkpoint,
        }
    }

    /// Of an export that was imported.
    pub(super) async fn of_import(report: &Report, store: &dyn LogStore) -> Result<Self, Failure> {
        let failed = |error: StoreError| Failure::local("store_unavailable", error.to_string());
        let head = store.head().await.map_err(failed)?.row;
        let Shown { by_key, by_checkpoint } = report.shown;
        let erased = match &report.whose {
            Whose::Whole { erased } => erased.clone(),
            Whose::Owner { absent, .. } => absent.clone(),
        };
        Ok(Self {
            log_id: report.log_id.to_string(),
            origin: report.origin.clone(),
            size: report.size,
            hash: head.hash.to_string(),
            root: report.root.to_string(),
            recorded_at: moment(head.recorded_at),
            signed: report.size,
            keys: report.keys.iter().map(ToString::to_string).collect(),
            erased,
            losses: Vec::new(),
            shown_by_key: by_key,
            shown_by_checkpoint: by_checkpoint,
        })
    }

    /// Prints it.
    pub(super) fn print(&self, format: Format) -> Result<(), Failure> {
        if format.json {
            return output::json(self);
        }
        output::print(&self.to_text())
    }

    fn to_text(&self) -> String {
        let Self { log_id, origin, size, hash, root, recorded_at, .. } = self;
        let mut text = format!(
            "restored    {size} entries of {origin}\nlog         {log_id}\nlast entry  {hash}, of {recorded_at}\n\
             root        {root}\n"
        );
        let signed = match self.signed {
            0 => "no entry: the copy holds no checkpoint".to_owned(),
            signed if signed == *size => "all entries".to_owned(),
            signed => format!("entries 1 to {signed}; what follows is consistent, and no checkpoint covers it"),
        };
        text.push_str(&format!("signed      {signed}\n"));
        text.extend(self.keys.iter().map(|key| format!("key         {key}\n")));
        if !self.erased.is_empty() {
            let positions: Vec<String> = self.erased.iter().map(ToString::to_string).collect();
            text.push_str(&format!("erased      payloads at {}\n", positions.join(", ")));
        }
        text.extend(self.losses.iter().map(|lost| format!("lost        {}\n", lost.message)));
        text.push_str(self.sentence());
        text
    }

    fn sentence(&self) -> &'static str {
        match (self.shown_by_key, self.shown_by_checkpoint) {
            (false, None) => {
                "Consistent in itself. Give --key, or --checkpoint with one kept elsewhere, to see that it is what others \
                 saw.\n"
            }
            (true, None) => "Its last checkpoint is signed by the given key.\n",
            (false, Some(_)) => "It is the log that the given checkpoint saw.\n",
            (true, Some(_)) => {
                "It is the log that the given checkpoint saw, and its last checkpoint is signed by the given key.\n"
            }
        }
    }
}

fn moment(microseconds: u64) -> String {
    let at = i64::try_from(microseconds).ok().and_then(|at| Timestamp::from_microsecond(at).ok());
    at.map(|at| output::moment(&at.to_string())).unwrap_or_default()
}
