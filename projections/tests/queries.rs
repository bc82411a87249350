//! What lists and look-ups answer.

use std::collections::BTreeSet;
use std::time::Duration;

use gpuaas_domain::id::{OrganizationId, TypedId};
use gpuaas_domain::token::{Purpose, Subject};
use gpuaas_domain::{Kind, Timestamp, app, organization, project, token};
use gpuaas_projections::queries::{Filter, Listed, MAX_LIMIT, Order, Page, Queries, QueryError};
use uuid::Uuid;

use crate::database::Database;
use crate::history::World;
use crate::on_both;
use crate::servers::Server;

on_both! {
    a_resource_is_found_by_its_kind_and_id,
    pages_put_together_are_the_list,
    names_are_ordered_bytewise,
    other_organizations_are_out_of_sight,
    what_the_platform_offers_is_seen_beside_ones_own,
    each_filter_narrows,
    a_cursor_of_another_list_is_refused,
    a_page_has_from_one_to_two_hundred_resources,
    a_text_that_no_name_can_have_is_refused,
    a_write_is_seen_after_waiting_for_its_position,
    waiting_for_what_is_not_there_ends_in_time,
}

/// Two organizations, the first with projects of these names.
struct Example {
    world: World,
    server: Server,
    acme: OrganizationId,
    other: OrganizationId,
}

const NAMES: [&str; 6] = ["zebra", "alpha", "alpha-2", "beta", "a", "alphabet"];

fn organization(number: u128) -> OrganizationId {
    OrganizationId::from_uuid(Uuid::from_u128(number))
}

fn project_id(number: u128) -> Uuid {
    Uuid::from_u128(100 + number)
}

impl Example {
    async fn on(database: &Database) -> Self {
        let server = Server::start(database).await;
        let (acme, other) = (organization(1), organization(2));
        let mut example = Self { world: World::default(), server, acme, other };
        for (id, slug) in [(acme, "acme"), (other, "other")] {
            let create = organization::Command::Create { slug: slug.into(), display_name: "O".into() };
            let step = example.world.decide::<organization::Organization>(id, Some(id.uuid()), create).unwrap();
            example.server.log.append(&step).await;
        }
        for (number, name) in NAMES.iter().enumerate() {
            example.create_project(acme, number as u128, name).await;
        }
        let last = example.create_project(other, 50, "alpha").await;
        example.server.queries().wait_for(last, Duration::from_secs(5)).await.unwrap();
        example
    }

    async fn create_project(&mut self, organization: OrganizationId, number: u128, slug: &str) -> u64 {
        let create = project::Command::Create { organization, slug: slug.into(), display_name: "P".into() };
        self.change_project(organization, number, create).await
    }

    async fn change_project(&mut self, organization: OrganizationId, number: u128, command: project::Command) -> u64 {
        let id = TypedId::from_uuid(project_id(number));
        let step = self.world.decide::<project::Project>(id, Some(organization.uuid()), command).unwrap();
        *self.server.log.append(&step).await.positions.end()
    }

    async fn list(&self, filter: &Filter, page: &Page) -> Result<Listed, QueryError> {
        self.server.queries().list(Kind::Project, filter, page).await
    }

    /// The names of all that a filter lets through, from pages of two.
    async fn names(&self, filter: &Filter, order: Order) -> Vec<String> {
        let mut page = Page { order, cursor: None, limit: 2 };
        let mut names = Vec::new();
        loop {
            let listed = self.list(filter, &page).await.unwrap();
            assert!(listed.resources.len() <= 2);
            names.extend(listed.resources.into_iter().map(|project| project.name));
            match listed.next {
                Some(cursor) => page.cursor = Some(cursor),
                None => return names,
            }
        }
    }
}

async fn a_resource_is_found_by_its_kind_and_id(database: &Database) {
    let mut example = Example::on(database).await;
    let update = project::Command::Update { slug: None, display_name: Some("New".into()) };
    let position = example.change_project(example.acme, 0, update).await;
    let queries = example.server.queries();
    queries.wait_for(position, Duration::from_secs(5)).await.unwrap();

    let id = TypedId::from_uuid(project_id(0));
    let found = queries.get_typed::<project::Project>(id).await.unwrap().unwrap();
    assert_eq!((found.version, found.last_position), (2, position));
    assert!(found.created_position < position && found.created_at <= found.updated_at);
    assert_eq!(found.organization, Some(example.acme));
    assert_eq!(found.state.details().unwrap().display_name, "New");

    assert_eq!(queries.get(Kind::User, project_id(0)).await.unwrap(), None, "it is no user");
    assert_eq!(queries.get(Kind::Project, project_id(99)).await.unwrap(), None);
}

async fn pages_put_together_are_the_list(database: &Database) {
    let example = Example::on(database).await;
    let mine = Filter { organization: Some(example.acme), ..Filter::default() };
    assert_eq!(example.names(&mine, Order::Created).await, NAMES);
    let mut newest = NAMES;
    newest.reverse();
    assert_eq!(example.names(&mine, Order::Newest).await, newest);
    let everything = example.names(&Filter::default(), Order::Name).await;
    assert_eq!(
        everything.iter().filter(|name| *name == "alpha").count(),
        2,
        "equal names are not lost: {everything:?}"
    );
}

async fn names_are_ordered_bytewise(database: &Database) {
    let server = Server::start(database).await;
    let mut world = World::default();
    let mut names = ["b", "B", "a", "ä", "Z", "a-b", "a b", "ab", "á", "a\u{1f600}", "a\u{ffff}"];
    for (number, name) in names.iter().enumerate() {
        let issued = token::Issued {
            subject: Subject::User(TypedId::from_uuid(Uuid::from_u128(1))),
            purpose: Purpose::Personal,
            name: token::Name::Plain((*name).to_owned()),
            organization: None,
            secret: None,
            expires_at: Timestamp(7),
        };
        let id = TypedId::from_uuid(Uuid::from_u128(100 + number as u128));
        let step = world.decide::<token::Token>(id, None, token::Command::Issue(issued)).unwrap();
        server.log.append(&step).await;
    }
    server.caught_up().await;
    let listed = |filter: Filter| {
        let queries = server.queries();
        async move {
            let page = Page { order: Order::Name, ..Page::default() };
            let listed = queries.list(Kind::Token, &filter, &page).await.unwrap().resources;
            listed.into_iter().map(|token| token.name).collect::<Vec<_>>()
        }
    };
    names.sort_unstable();
    assert_eq!(listed(Filter::default()).await, names);
    let beginning = names.into_iter().filter(|name| name.starts_with('a')).collect::<Vec<_>>();
    assert_eq!(listed(Filter { name_prefix: Some("a".into()), ..Filter::default() }).await, beginning);
}

async fn other_organizations_are_out_of_sight(database: &Database) {
    let example = Example::on(database).await;
    let seen = |organizations: &[OrganizationId]| Filter {
        organizations: Some(organizations.iter().copied().collect()),
        ..Filter::default()
    };
    assert_eq!(example.names(&seen(&[example.acme]), Order::Created).await, NAMES);
    assert_eq!(example.names(&seen(&[example.other]), Order::Created).await, ["alpha"]);
    assert_eq!(example.names(&seen(&[example.acme, example.other, organization(9)]), Order::Created).await.len(), 7);
    assert_eq!(example.names(&seen(&[]), Order::Created).await, [""; 0]);
    let beyond = Filter { organization: Some(example.other), ..seen(&[example.acme]) };
    assert_eq!(example.names(&beyond, Order::Created).await, [""; 0]);
}

async fn what_the_platform_offers_is_seen_beside_ones_own(database: &Database) {
    let server = Server::start(database).await;
    let mut world = World::default();
    let (acme, other) = (organization(1), organization(2));
    for (number, (owner, slug)) in [(None, "shared"), (Some(acme), "mine"), (Some(other), "theirs")].iter().enumerate()
    {
        if let Some(id) = *owner {
            let create = organization::Command::Create { slug: (*slug).into(), display_name: "O".into() };
            let step = world.decide::<organization::Organization>(id, Some(id.uuid()), create).unwrap();
            server.log.append(&step).await;
        }
        let created =
            app::Created { organization: *owner, slug: (*slug).into(), display_name: "A".into(), description: None };
        let id = TypedId::from_uuid(project_id(number as u128));
        let step = world.decide::<app::App>(id, owner.map(TypedId::uuid), app::Command::Create(created)).unwrap();
        server.log.append(&step).await;
    }
    server.caught_up().await;
    let scope = |organizations: &[OrganizationId], platform| Filter {
        organizations: Some(organizations.iter().copied().collect()),
        platform,
        ..Filter::default()
    };
    let cases: [(Filter, &[&str]); 5] = [
        (scope(&[acme], true), &["shared", "mine"]),
        (scope(&[acme], false), &["mine"]),
        (scope(&[], true), &["shared"]),
        (scope(&[], false), &[]),
        (Filter::default(), &["shared", "mine", "theirs"]),
    ];
    for (filter, expected) in cases {
        let apps = server.queries().list(Kind::App, &filter, &Page::default()).await.unwrap().resources;
        assert_eq!(apps.into_iter().map(|app| app.name).collect::<Vec<_>>(), expected, "{filter:?}");
    }
}

async fn each_filter_narrows(database: &Database) {
    let mut example = Example::on(database).await;
    let position = example.change_project(example.acme, 3, project::Command::Archive).await;
    example.server.queries().wait_for(position, Duration::from_secs(5)).await.unwrap();
    let mine = Filter { organization: Some(example.acme), ..Filter::default() };
    let cases: [(Filter, &[&str]); 7] = [
        (Filter { statuses: ["archived".to_owned()].into(), ..mine.clone() }, &["beta"]),
        (Filter { statuses: ["active".to_owned(), "archived".to_owned()].into(), ..mine.clone() }, &NAMES),
        (Filter { name: Some("alpha".into()), ..mine.clone() }, &["alpha"]),
        (Filter { name_prefix: Some("alpha".into()), ..mine.clone() }, &["alpha", "alpha-2", "alphabet"]),
        (Filter { project: Some(TypedId::from_uuid(project_id(0))), ..mine.clone() }, &["zebra"]),
        (Filter { ids: Some([project_id(0), project_id(4), project_id(50)].into()), ..mine.clone() }, &["zebra", "a"]),
        (Filter { parent: Some(project_id(0)), ..mine.clone() }, &[]),
    ];
    for (filter, expected) in cases {
        assert_eq!(example.names(&filter, Order::Created).await, expected, "{filter:?}");
    }
    let none = Filter { ids: Some(BTreeSet::new()), ..mine };
    assert_eq!(example.names(&none, Order::Created).await, [""; 0]);
}

async fn a_cursor_of_another_list_is_refused(database: &Database) {
    let example = Example::on(database).await;
    let page = Page { order: Order::Name, cursor: None, limit: 2 };
    let next = example.list(&Filter::default(), &page).await.unwrap().next;
    assert!(next.is_some());
    let continued = Page { cursor: next, ..page };
    assert!(example.list(&Filter::default(), &continued).await.is_ok());
    // The scope may change between pages: it is no part of what was asked for.
    let seen = Filter { organizations: Some([example.acme].into()), ..Filter::default() };
    assert!(example.list(&seen, &continued).await.is_ok());

    let filtered = Filter { name_prefix: Some("a".into()), ..Filter::default() };
    assert_eq!(example.list(&filtered, &continued).await, Err(QueryError::InvalidCursor));
    let reordered = Page { order: Order::Created, ..continued.clone() };
    assert_eq!(example.list(&Filter::default(), &reordered).await, Err(QueryError::InvalidCursor));
    let users = example.server.queries().list(Kind::User, &Filter::default(), &continued).await;
    assert_eq!(users, Err(QueryError::InvalidCursor));
    let garbage = Page { cursor: Some("garbage".into()), ..continued };
    assert_eq!(example.list(&Filter::default(), &garbage).await, Err(QueryError::InvalidCursor));
}

async fn a_page_has_from_one_to_two_hundred_resources(database: &Database) {
    let example = Example::on(database).await;
    for limit in [0, MAX_LIMIT + 1] {
        let listed = example.list(&Filter::default(), &Page { limit, ..Page::default() }).await;
        assert_eq!(listed, Err(QueryError::InvalidLimit));
    }
    let exactly = example.list(&Filter::default(), &Page { limit: 7, ..Page::default() }).await.unwrap();
    assert_eq!((exactly.resources.len(), exactly.next), (7, None), "no page follows a full last one");
}

async fn a_text_that_no_name_can_have_is_refused(database: &Database) {
    let example = Example::on(database).await;
    let page = Page::default();
    for text in ["nul\0".to_owned(), "long".repeat(200)] {
        let by_name = Filter { name: Some(text.clone()), ..Filter::default() };
        assert_eq!(example.list(&by_name, &page).await, Err(QueryError::InvalidText { field: "name" }));
        let by_status = Filter { statuses: [text].into(), ..Filter::default() };
        assert_eq!(example.list(&by_status, &page).await, Err(QueryError::InvalidText { field: "status" }));
    }
    let odd = Filter { name_prefix: Some("%_'\"\\\u{10ffff}".into()), ..Filter::default() };
    assert_eq!(example.names(&odd, Order::Name).await, [""; 0]);
}

async fn a_write_is_seen_after_waiting_for_its_position(database: &Database) {
    let mut example = Example::on(database).await;
    // A second server's reader learns of it from the database alone.
    let elsewhere = Queries::new(database.open().await);
    for number in 200..220 {
        let position = example.create_project(example.acme, number, "new").await;
        let queries = if number % 2 == 0 { example.server.queries() } else { elsewhere.clone() };
        queries.wait_for(position, Duration::from_secs(2)).await.unwrap();
        assert!(queries.get(Kind::Project, project_id(number)).await.unwrap().is_some(), "project {number}");
    }
}

async fn waiting_for_what_is_not_there_ends_in_time(database: &Database) {
    let example = Example::on(database).await;
    let queries = example.server.queries();
    let reached = queries.position().await.unwrap();
    let began = std::time::Instant::now();
    let waited = queries.wait_for(reached + 1000, Duration::from_millis(200)).await;
    assert!(matches!(waited, Err(QueryError::Behind { wanted, .. }) if wanted == reached + 1000), "{waited:?}");
    assert!((200..1500).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
}
