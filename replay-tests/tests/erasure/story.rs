//! A person's life on the platform: they are named in requests of every kind, good and bad,
//! act, are denied, and are erased.

use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};

use super::needles::{Needles, percent};
use super::search::{Searched, search};
use crate::served::{Caller, answer, id, refused};

/// Plain text that is meant to be kept, so that a search that finds nothing is shown to look.
const MARKER: &str = "Organization of the plain marker";

/// The person, as the operator knew them.
pub(super) struct Person {
    id: String,
    organization: String,
    names: [String; 2],
    addresses: [String; 2],
}

impl Person {
    /// Comes to the platform, is named everywhere, and acts.
    pub(super) async fn live(operator: &Caller) -> Self {
        let mark = format!("{:016x}", rand::random::<u64>());
        let names = ["Quillona", "Tharnwick"].map(|name| format!("{name} Überzähl-{mark}"));
        let addresses = ["quillona", "tharnwick"].map(|name| format!("{name}.{mark}@Somewhere-{mark}.example"));
        let organization = json!({"slug": "marked", "display_name": MARKER});
        let organization = id(&operator.good(Method::POST, "/api/v1/orgs", organization).await);
        let new = json!({"display_name": names[0], "email": addresses[0]});
        let user = id(&operator.good(Method::POST, "/api/v1/users", new.clone()).await);
        let person = Self { id: user, organization, names, addresses };
        assert_eq!(operator.bad(Method::POST, "/api/v1/users", new).await, "name_taken");
        person.act(operator).await;
        person.be_mistaken(operator).await;
        person
    }

    /// What they do themselves: it leaves tokens, memberships, changes and denials.
    async fn act(&self, operator: &Caller) {
        let Self { id: user, organization, names, addresses } = self;
        let tokens = format!("/api/v1/users/{user}/tokens");
        let issued = operator.good(Method::POST, &tokens, json!({"name": names[0]})).await;
        let me = Caller::new(&operator.api, issued["bearer"].as_str().unwrap());
        let member = json!({"user_id": user, "role": "org_admin"});
        operator.good(Method::POST, &format!("/api/v1/orgs/{organization}/members"), member).await;
        let projects = format!("/api/v1/orgs/{organization}/projects");
        let project = json!({"slug": "research", "display_name": "Research"});
        let project = id(&me.good(Method::POST, &projects, project).await);
        let member = json!({"user_id": user, "role": "project_admin"});
        me.good(Method::POST, &format!("/api/v1/projects/{project}/members"), member).await;
        for change in [json!({"display_name": names[1]}), json!({"email": addresses[1]})] {
            me.good(Method::PATCH, "/api/v1/users/me", change).await;
        }
        me.good(Method::POST, "/api/v1/users/me/tokens", json!({"name": names[1]})).await;
        for _ in 0..3 {
            let node = json!({"name": "mine"});
            assert_eq!(me.bad(Method::POST, "/api/v1/nodes", node).await, "forbidden");
        }
        for wrong in [format!("{} is mine", addresses[0]), format!("{}@twice", addresses[1])] {
            me.bad(Method::PATCH, "/api/v1/users/me", json!({"email": wrong})).await;
        }
        me.bad(Method::PATCH, "/api/v1/users/me", json!({"display_name": format!("{}\n", names[0])})).await;
    }

    /// Requests that name the person where nobody is named: in paths, queries, headers, and
    /// in bodies that cannot be read.
    async fn be_mistaken(&self, operator: &Caller) {
        for text in self.names.iter().chain(&self.addresses) {
            let in_url = percent(text);
            for path in ["/api/v1/users/{}", "/api/v1/{}", "/api/v1/users?cursor={}", "/api/v1/users?{}=1"] {
                refused(operator.request(Method::GET, &path.replace("{}", &in_url))).await;
            }
            answer(operator.request(Method::GET, &format!("/api/v1/orgs?slug={in_url}"))).await;
            for body in [
                json!({"display_name": [text], "email": {text: 1}}),
                json!({"display_name": "x", "email": "x@example.org", "platform_roles": [text]}),
                json!({"display_name": "x", "email": "x@example.org", text: true}),
            ] {
                operator.bad(Method::POST, "/api/v1/users", body).await;
            }
            let create = || operator.http.post(format!("{}/api/v1/users", operator.api)).bearer_auth(&operator.token);
            refused(create().header("Idempotency-Key", "k").body(format!("{{\"email\": \"{text}"))).await;
            let quoted = in_url.as_str();
            for header in ["X-Correlation-Id", "traceparent", "If-Match", "X-Log-Position", "User-Agent", "Referer"] {
                answer(operator.request(Method::GET, "/api/v1/users/me").header(header, quoted)).await;
            }
            let keyed = create().header("Idempotency-Key", quoted).json(&json!({"display_name": "", "email": text}));
            refused(keyed).await;
            refused(operator.http.get(format!("{}/api/v1/users/me", operator.api)).bearer_auth(quoted)).await;
        }
    }

    /// Writes exports of everything and of their organization.
    pub(super) async fn export(&self, operator: &Caller, folder: &Path, when: &str) {
        operator.export("/api/v1/log/export", &folder.join(format!("{when}.whole.gpulog"))).await;
        let path = format!("/api/v1/orgs/{}/log/export", self.organization);
        operator.export(&path, &folder.join(format!("{when}.owner.gpulog"))).await;
    }

    /// Where the account is.
    pub(super) fn path(&self) -> String {
        format!("/api/v1/users/{}", self.id)
    }

    /// Is known to the operator, under the last name and address.
    pub(super) async fn is_known(&self, operator: &Caller) {
        let known = json!({"display_name": self.names[1], "email": self.addresses[1].to_lowercase()});
        operator.until(&self.path(), |shown| shown["person"] == known).await;
    }

    /// Is erased, and nobody from then on.
    pub(super) async fn be_erased(&self, operator: &Caller) {
        let erase = format!("{}/erase", self.path());
        let erased = operator.good(Method::POST, &erase, Value::Null).await;
        assert_eq!((&erased["status"], &erased["person"]), (&json!("erased"), &Value::Null));
        self.is_nobody(operator).await;
    }

    /// Is shown as erased, and nothing is asked of them any more.
    pub(super) async fn is_nobody(&self, operator: &Caller) {
        operator.until(&self.path(), |shown| shown["status"] == "erased" && shown["person"].is_null()).await;
        let members = format!("/api/v1/orgs/{}/members", self.organization);
        let erased = |shown: &Value| {
            let mine = shown["items"].as_array().unwrap().iter().find(|member| member["user_id"] == self.id).unwrap();
            mine["erased"] == true && mine["person"].is_null()
        };
        operator.until(&members, erased).await;
        let erase = format!("{}/erase", self.path());
        assert_eq!(operator.bad(Method::POST, &erase, Value::Null).await, "user_erased");
        let enable = json!({"status": "active"});
        assert_eq!(operator.bad(Method::PATCH, &self.path(), enable).await, "user_erased");
    }

    /// Everything that they could be known by.
    pub(super) fn needles(&self) -> Needles {
        let texts = self.names.iter().chain(&self.addresses).map(String::as_str);
        let words = self.names.iter().map(|name| name.split_once(' ').unwrap().1);
        let halves = self.addresses.iter().flat_map(|address| address.split('@'));
        Needles::of(texts.chain(words).chain(halves))
    }

    /// Fails if anything of them is in a file under a folder, and if the search does not find
    /// what is there.
    pub(super) fn is_nowhere(&self, folder: &Path, at_least: usize) {
        let marker = search(folder, &Needles::of([MARKER]));
        assert!(marker.found.len() > 1, "a search that does not find the marker finds nothing: {marker:?}");
        let Searched { found, files, bytes } = search(folder, &self.needles());
        eprintln!("{bytes} bytes in {files} files of {}", folder.display());
        assert!(found.is_empty(), "{found:#?}");
        assert!(bytes > at_least, "only {bytes} bytes in {files} files were searched");
    }
}
