//! Keeps the queues as the log has them: from the read models first, then entry by entry.

use std::time::Duration;

use gpuaas_domain::id::{NodeId, TaskId, TypedId as _};
use gpuaas_domain::node_task::{self, NodeTask};
use gpuaas_domain::{AnyEvent, Code, Kind, node};
use gpuaas_log::entry::StoredEntry;
use gpuaas_log::payload;
use gpuaas_projections::queries::Filter;

use crate::app::{App, Shared};
use crate::http::Problem;

/// Entries read at a time.
const PAGE: usize = 1_000;
/// How long to wait when the log or the read models cannot be read.
const RETRY: Duration = Duration::from_millis(500);
/// The words for tasks that have not ended.
const OPEN: [&str; 3] = ["queued", "delivered", "running"];

/// Follows the log for as long as it is polled.
pub(crate) async fn follow(app: Shared) {
    let mut position = loop {
        match load(&app).await {
            Ok(position) => break position,
            Err(problem) => {
                tracing::warn!(%problem, "the nodes' tasks cannot be read yet");
                tokio::time::sleep(RETRY).await;
            }
        }
    };
    app.gateway.queues.complete();
    let log = app.engine.log();
    let mut head = log.head();
    loop {
        head.borrow_and_update();
        match log.news(position, PAGE).await {
            Ok(page) if page.is_empty() => {
                if head.changed().await.is_err() {
                    return;
                }
            }
            Ok(page) => {
                for stored in &page {
                    position = stored.position;
                    apply(&app, stored);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the log cannot be followed at present");
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}

/// Fills the queues, and says up to where in the log they are complete. What happens
/// meanwhile may be in them or not: following it again changes nothing.
async fn load(app: &App) -> Result<u64, Problem> {
    let position = *app.engine.log().head().borrow();
    app.reads.wait(position).await?;
    let statuses = OPEN.map(str::to_owned).into();
    let filter = Filter { statuses, ..Filter::default() };
    for row in app.reads.rows::<NodeTask>(&filter).await? {
        let task = TaskId::from_uuid(row.id);
        let NodeTask::Open { queued, cancel_requested, .. } = row.state else { continue };
        app.gateway.queues.queue(row.created_position, task, queued);
        if cancel_requested {
            app.gateway.queues.cancel(row.last_position, task);
        }
    }
    Ok(position)
}

fn apply(app: &App, stored: &StoredEntry) {
    match event(stored) {
        Ok(Some((id, AnyEvent::NodeTask(event)))) => of_task(app, stored.position, TaskId::from_uuid(id), event),
        Ok(Some((id, AnyEvent::Node(event)))) => of_node(app, NodeId::from_uuid(id), &event),
        Ok(_) => {}
        // The rest goes on: one entry must not keep all nodes from their tasks.
        Err(reason) => tracing::error!(position = stored.position, reason, "an entry cannot be followed"),
    }
}

fn event(stored: &StoredEntry) -> Result<Option<(uuid::Uuid, AnyEvent)>, String> {
    let entry = stored.entry().map_err(|error| error.to_string())?;
    let Some(kind @ (Kind::NodeTask | Kind::Node)) = Kind::parse(entry.stream.kind) else { return Ok(None) };
    let payload = stored.payload().map_err(|error| error.to_string())?.ok_or("its payload was erased")?;
    let event = AnyEvent::deserialize(kind, entry.event, entry.schema, &mut payload::deserializer(payload));
    event.map(|event| Some((entry.stream.id, event))).map_err(|error| error.to_string())
}

fn of_task(app: &App, position: u64, task: TaskId, event: node_task::Event) {
    use node_task::Event;
    let queues = &app.gateway.queues;
    match event {
        Event::Queued(queued) => queues.queue(position, task, queued),
        Event::CancelRequested(_) => queues.cancel(position, task),
        Event::Cancelled(_) => {
            // The node may have it by now, even if it has not said so.
            queues.cancel(position, task);
            queues.end(task);
        }
        Event::Succeeded(_) | Event::Failed(_) => queues.end(task),
        Event::Delivered(_) | Event::Started(_) => {}
    }
}

fn of_node(app: &App, node: NodeId, event: &node::Event) {
    use node::Event;
    match event {
        Event::Banned(_) => app.gateway.lines.cut(node, Code::NodeBanned),
        // Whoever had the node before has it no more.
        Event::Enrolled(_) | Event::Removed(_) => app.gateway.lines.cut(node, Code::NodeCertificateUnknown),
        Event::Registered(_)
        | Event::CertificateIssued(_)
        | Event::InventoryChanged(_)
        | Event::RuntimeChanged(_)
        | Event::WentOnline(_)
        | Event::WentOffline(_)
        | Event::Unbanned(_)
        | Event::SlotsReserved(_)
        | Event::SlotsReleased(_) => {}
    }
}
