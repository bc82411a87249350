//! A platform of one process, with keys in memory, and the people in it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use gpuaas_commands::declarations;
use gpuaas_commands::handlers::organization::CreateOrganization;
use gpuaas_commands::handlers::project::CreateProject;
use gpuaas_commands::handlers::token::{IssuePersonalToken, RotateAdminToken};
use gpuaas_commands::handlers::user::CreateUser;
use gpuaas_commands::{
    AccessRules, Actor, Answers, Context, Effects, Engine, Idempotency, KeptAnswer, Principal, Refusal, WebhookKey,
};
use gpuaas_domain::id::{NodeId, OrganizationId, ProjectId, TokenId, TypedId as _, UserId, WebhookKeyId};
use gpuaas_domain::service_account::SecretDigest;
use gpuaas_domain::token::Subject;
use gpuaas_domain::user::PlatformRole;
use gpuaas_domain::{Sealed, Timestamp, webhook};
use gpuaas_log::Log;
use gpuaas_log::appender::{AppenderOptions, Genesis};
use gpuaas_log::checkpoint::Signer;
use gpuaas_log::hash::{Hash, SecretKey};
use gpuaas_log::store::{SqliteLog, SqliteOptions};
use uuid::Uuid;

const TRACE: [u8; 16] = [9; 16];

/// Keys and time of a test. Sealing keeps the text as it is: what is sealed is not at issue.
struct World;

#[async_trait]
impl Effects for World {
    fn now(&self) -> Timestamp {
        Timestamp(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as u64)
    }

    fn random(&self, bytes: &mut [u8]) {
        rand::fill(bytes);
    }

    fn claim_key(&self) -> SecretKey {
        SecretKey::new([1; 32])
    }

    async fn digest_key(&self, organization: Option<OrganizationId>) -> Result<SecretKey, Refusal> {
        let seed = organization.map_or_else(String::new, |id| id.to_string());
        Ok(SecretKey::new(Hash::of_blob(seed.as_bytes()).0))
    }

    async fn seal(&self, person: Uuid, text: &str) -> Result<Sealed<String>, Refusal> {
        Ok(Sealed::new(person, text.as_bytes().to_vec()))
    }

    async fn open(&self, sealed: &Sealed<String>) -> Result<Option<String>, Refusal> {
        Ok(String::from_utf8(sealed.ciphertext.clone()).ok())
    }

    fn secret_digest(&self, secret: &str) -> SecretDigest {
        SecretDigest(Hash::of_blob(secret.as_bytes()).0)
    }

    async fn webhook_key(&self, id: WebhookKeyId, algorithm: webhook::Algorithm) -> Result<WebhookKey, Refusal> {
        let digest = self.secret_digest(&id.to_string());
        let key = webhook::Key { id, algorithm, digest, public_key: None };
        Ok(WebhookKey { key, secret: Some(id.to_string()) })
    }

    async fn webhook_url(&self, url: &str) -> Result<String, Refusal> {
        Ok(url.to_owned())
    }
}

#[derive(Default)]
struct KeptInMemory(Mutex<HashMap<Hash, (Hash, KeptAnswer)>>);

#[async_trait]
impl Answers for KeptInMemory {
    async fn get(&self, idempotency: Hash) -> Result<Option<(Hash, KeptAnswer)>, Refusal> {
        Ok(self.0.lock().unwrap().get(&idempotency).cloned())
    }

    async fn put(&self, idempotency: Hash, request: Hash, answer: KeptAnswer) -> Result<(), Refusal> {
        self.0.lock().unwrap().entry(idempotency).or_insert((request, answer));
        Ok(())
    }
}

/// A platform on a fresh log, with an admin.
pub(crate) struct Platform {
    pub(crate) engine: Engine,
    pub(crate) admin: Context,
    pub(crate) admin_user: UserId,
    _directory: tempfile::TempDir,
}

impl Platform {
    pub(crate) async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = SqliteLog::open(SqliteOptions::new(directory.path())).await.unwrap();
        let origin = "gpuaas.example/log/commands";
        let genesis = Genesis {
            origin: origin.into(),
            log_id: Uuid::from_u128(1),
            keys: vec![Signer::from_seed(origin, &[3; 32]).unwrap().verifier().clone()],
            declarations: declarations::all(),
        };
        let log = Log::create(Arc::new(store), &genesis, AppenderOptions::default()).await.unwrap();
        let answers = Arc::new(KeptInMemory::default());
        let engine = Engine::new(log, AccessRules::compiled_in(), Arc::new(World), answers);
        let follower = engine.clone();
        tokio::spawn(async move { follower.follow().await });
        let create = CreateUser {
            display_name: "Admin".into(),
            email: "admin@example.com".into(),
            platform_roles: [PlatformRole::Admin].into(),
        };
        let admin_user = engine.execute(&Context::system(TRACE), &create).await.unwrap().id;
        let rotate = RotateAdminToken { user: admin_user, replaces: None };
        let token = engine.execute(&Context::system(TRACE), &rotate).await.unwrap().id;
        Self { engine, admin: context(admin_user, token), admin_user, _directory: directory }
    }

    /// A person with a token of their own.
    pub(crate) async fn person(&self, name: &str) -> (UserId, Context) {
        let create = CreateUser {
            display_name: name.into(),
            email: format!("{name}@example.com"),
            platform_roles: Default::default(),
        };
        let user = self.engine.execute(&self.admin, &create).await.unwrap().id;
        (user, self.token_of(user, None).await)
    }

    /// A token of a person, limited to an organization if one is given.
    pub(crate) async fn token_of(&self, user: UserId, organization: Option<OrganizationId>) -> Context {
        let issue = IssuePersonalToken { user, name: "test".into(), organization, seconds: 3600 };
        let token = self.engine.execute(&Context::system(TRACE), &issue).await.unwrap().id;
        context(user, token)
    }

    pub(crate) async fn organization(&self, slug: &str) -> OrganizationId {
        let create = CreateOrganization { slug: slug.into(), display_name: slug.into() };
        self.engine.execute(&self.admin, &create).await.unwrap().id
    }

    pub(crate) async fn project(&self, organization: OrganizationId, slug: &str) -> ProjectId {
        let create = CreateProject { organization, slug: slug.into(), display_name: slug.into() };
        self.engine.execute(&self.admin, &create).await.unwrap().id
    }

    /// Another server's engine on the same log, which knows of others what it reads itself.
    pub(crate) fn second_engine(&self) -> Engine {
        let log = self.engine.log().clone();
        Engine::new(log, AccessRules::compiled_in(), Arc::new(World), Arc::new(KeptInMemory::default()))
    }

    /// What happened to a node after a position.
    pub(crate) async fn node_events_after(&self, node: NodeId, position: u64) -> Vec<gpuaas_domain::node::Event> {
        let mut entries = self.engine.log().read(0, 100_000).await.unwrap();
        entries.retain(|stored| stored.position > position && stored.entry().unwrap().stream.id == node.uuid());
        let event = |stored: &gpuaas_log::entry::StoredEntry| {
            let entry = stored.entry().unwrap();
            let mut fields = gpuaas_log::payload::deserializer(stored.payload().unwrap().unwrap());
            gpuaas_domain::EventSet::deserialize_fields(entry.event, entry.schema, &mut fields).unwrap()
        };
        entries.iter().map(event).collect()
    }

    /// Names of the events in the log after a position.
    pub(crate) async fn events_after(&self, position: u64) -> Vec<String> {
        let entries = self.engine.log().read(position, 1_000).await.unwrap();
        entries.iter().map(|stored| stored.entry().unwrap().event.to_owned()).collect()
    }

    pub(crate) fn head(&self) -> u64 {
        *self.engine.log().head().borrow()
    }
}

/// A request of a person.
pub(crate) fn context(user: UserId, token: TokenId) -> Context {
    let actor = Actor::Principal(Principal { subject: Subject::User(user), token });
    Context { actor, ..Context::system(TRACE) }
}

/// The same request with an idempotency key.
pub(crate) fn with_key(context: &Context, key: &str, request: &str) -> Context {
    let idempotency = Idempotency { route: "POST /test", key: key.into(), organization: None, request: request.into() };
    Context { idempotency: Some(idempotency), ..context.clone() }
}
