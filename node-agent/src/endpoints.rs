//! Host ports: the agent picks them, listens on 127.0.0.1, and passes connections on to the
//! workload. A workload's network has no way out, so nothing else reaches it from outside.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gpuaas_domain::bounded::Text;
use gpuaas_domain::id::InstanceId;
use gpuaas_domain::node_protocol::output::Endpoint;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::AbortOnDropHandle;

use crate::executor::Executor;
use crate::journal::{Journal, Work};

/// How often a port is tried again that a listener of ours may just have left.
const ATTEMPTS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(50);

/// The ports that the agent listens on.
#[derive(Debug)]
pub(crate) struct Endpoints {
    journal: Arc<Journal>,
    open: Mutex<BTreeMap<InstanceId, Vec<AbortOnDropHandle<()>>>>,
}

/// Where a workload can be reached, as its ports are.
pub(crate) fn declared(work: &Work) -> Vec<Endpoint> {
    let endpoint = |(name, port): (&String, &u16)| {
        let declared = work.spec.endpoints.iter().find(|declared| declared.name.as_str() == name)?;
        Some(Endpoint {
            name: declared.name.clone(),
            container_port: declared.port,
            address: Text::clipped(&Ipv4Addr::LOCALHOST.to_string()),
            port: *port,
        })
    };
    work.ports.iter().filter_map(endpoint).collect()
}

impl Endpoints {
    pub(crate) fn new(journal: Arc<Journal>) -> Self {
        Self { journal, open: Mutex::default() }
    }

    /// Listens for a workload: on the ports that it had, where they are free, else on others.
    pub(crate) async fn open(&self, work: &Work, executor: &Arc<dyn Executor>) -> io::Result<BTreeMap<String, u16>> {
        let instance = work.instance();
        if self.is_open(instance) {
            return Ok(work.ports.clone());
        }
        let mut ports = BTreeMap::new();
        let mut handles = Vec::new();
        for endpoint in work.spec.endpoints.iter().filter(|_| executor.is_reachable()) {
            let name = endpoint.name.to_string();
            let listener = listen(work.ports.get(&name).copied()).await?;
            ports.insert(name, listener.local_addr()?.port());
            let serve = serve(listener, instance, endpoint.port, Arc::clone(&self.journal), Arc::clone(executor));
            handles.push(AbortOnDropHandle::new(tokio::spawn(serve)));
        }
        self.handles().insert(instance, handles);
        Ok(ports)
    }

    /// Listens no more for a workload. Its open connections end, too.
    pub(crate) fn close(&self, instance: InstanceId) {
        self.handles().remove(&instance);
    }

    /// Whether the agent listens for a workload.
    pub(crate) fn is_open(&self, instance: InstanceId) -> bool {
        self.handles().contains_key(&instance)
    }

    fn handles(&self) -> MutexGuard<'_, BTreeMap<InstanceId, Vec<AbortOnDropHandle<()>>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn listen(before: Option<u16>) -> io::Result<TcpListener> {
    let on = |port| TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    if let Some(port) = before {
        for _ in 0..ATTEMPTS {
            if let Ok(listener) = on(port).await {
                return Ok(listener);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
    on(0).await
}

async fn serve(
    listener: TcpListener,
    instance: InstanceId,
    port: u16,
    journal: Arc<Journal>,
    executor: Arc<dyn Executor>,
) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((client, _)) => {
                let Some(work) = journal.read(|state| state.works.get(&instance).cloned()) else { return };
                let executor = Arc::clone(&executor);
                connections.spawn(async move { pass_on(client, &work, port, &*executor).await });
            }
            // Out of descriptors, say: the next attempt has to wait until some are free.
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

async fn pass_on(mut client: TcpStream, work: &Work, port: u16, executor: &dyn Executor) {
    let Ok(address) = executor.address(work, port).await else { return };
    if let Ok(mut workload) = TcpStream::connect(address).await {
        // Either side's breaking off is its own business.
        let _ = tokio::io::copy_bidirectional(&mut client, &mut workload).await;
    }
}
