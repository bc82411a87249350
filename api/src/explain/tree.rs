//! What led to a command, and what followed from it: up and down the entries that name each
//! other as causes, up to a bound.

use gpuaas_projections::audit::Record;

use super::{Sight, owner, sentences};
use crate::app::App;
use crate::http::Problem;
use crate::views::audit::RecordView;
use crate::views::explanation::{Step, receipt};

/// Most steps that are told in one direction.
const MOST_STEPS: usize = 200;
/// Most records that are looked at of what an append led to: a command has one for each owner
/// that it wrote for.
const MOST_RECORDS: usize = MOST_STEPS + 1;
/// How far down it is told what followed.
const DEEPEST: u32 = 16;
/// How far up it is told what led to something.
const HIGHEST: usize = 32;

/// The record of an append that whoever asks sees best: its own part, or where it has none
/// the one that leads, which is then only told to be there.
pub(super) fn seen(records: Vec<Record>, sight: Sight, position: u64) -> Option<Record> {
    let names = |record: &Record| record.more.events.iter().any(|event| event.position == position);
    let is_own = |record: &Record| sight.sees(owner(record));
    let best = records.iter().position(|record| is_own(record) && names(record));
    let best = best.or_else(|| records.iter().position(is_own)).unwrap_or(0);
    records.into_iter().nth(best)
}

/// What led to a record, the nearest first, and whether that is all.
pub(super) async fn causes(app: &App, record: &Record, sight: Sight) -> Result<(Vec<Step>, bool), Problem> {
    let mut steps = Vec::new();
    let mut cause = record.cause;
    while let Some(position) = cause {
        if steps.len() == HIGHEST {
            return Ok((steps, false));
        }
        let Some(found) = seen(app.reads.records_at(position).await?, sight, position) else {
            return Ok((steps, false));
        };
        cause = found.cause;
        let depth = u32::try_from(steps.len()).unwrap_or(u32::MAX).saturating_add(1);
        steps.push(step(found, position, depth, sight));
    }
    Ok((steps, true))
}

/// What followed from a record, each before what followed from it, and whether that is all.
pub(super) async fn effects(app: &App, record: &Record, sight: Sight) -> Result<(Vec<Step>, bool), Problem> {
    let mut steps = Vec::new();
    let (mut pending, mut complete) = children(app, record, 1, sight).await?;
    while let Some((depth, next)) = pending.pop() {
        if steps.len() == MOST_STEPS {
            return Ok((steps, false));
        }
        let (below, all) = children(app, &next, depth + 1, sight).await?;
        complete &= all;
        if depth < DEEPEST {
            pending.extend(below);
        } else {
            complete &= below.is_empty();
        }
        let position = next.position;
        steps.push(step(next, position, depth, sight));
    }
    Ok((steps, complete))
}

/// The commands that an append led to, the last first, so that the first is taken first, and
/// whether those are all.
async fn children(app: &App, record: &Record, depth: u32, sight: Sight) -> Result<(Vec<(u32, Record)>, bool), Problem> {
    let positions = (record.append, record.append_end());
    let found = app.reads.followed(positions, MOST_RECORDS).await?;
    let all = found.len() < MOST_RECORDS;
    let mut appends: Vec<Vec<Record>> = Vec::new();
    for record in found {
        match appends.last_mut() {
            Some(last) if last[0].append == record.append => last.push(record),
            Some(_) | None => appends.push(vec![record]),
        }
    }
    let seen = appends.into_iter().rev().filter_map(|records| {
        let position = records.first().map(|record| record.position)?;
        Some((depth, seen(records, sight, position)?))
    });
    Ok((seen.collect(), all))
}

fn step(record: Record, position: u64, depth: u32, sight: Sight) -> Step {
    if !sight.sees(owner(&record)) {
        let sentence = format!("Position {position} belongs to somebody else, and is not for you to see.");
        return Step { depth, position, action: None, sentence, receipt: None };
    }
    let view = RecordView::from(record);
    let sentence = sentences::in_short(&view);
    Step { depth, position, action: Some(view.action), sentence, receipt: Some(receipt(position)) }
}
