//! An organization with an admin, a project, a member and a service account.

use serde_json::{Value, json};

use super::{Client, Running};

/// Everything that a tenant has.
pub(crate) struct Tenant {
    /// Its admin.
    pub(crate) admin: Client,
    /// The admin's user.
    pub(crate) admin_user: String,
    /// A person who belongs to nothing yet.
    pub(crate) stranger: String,
    pub(crate) organization: String,
    pub(crate) project: String,
    /// The admin's membership.
    pub(crate) membership: String,
    /// The admin's membership in the project.
    pub(crate) project_membership: String,
    pub(crate) service_account: String,
    pub(crate) secret_id: String,
    pub(crate) secret: String,
    /// The admin's token.
    pub(crate) token_id: String,
    /// What else its templates name, once it is stocked.
    stock: Vec<(&'static str, String)>,
}

/// Where a template names what this tenant does not have, it is told something else's digits.
const NOBODY: &str = "01h2e8kqvbfwea724h75qc655w";

impl Tenant {
    /// Makes one with this slug.
    pub(crate) async fn create(running: &Running, slug: &str) -> Self {
        let operator = running.admin();
        let (admin_user, token, token_id) = person(&operator, slug).await;
        let (stranger, _, _) = person(&operator, &format!("{slug}-stranger")).await;
        let organization = json!({"slug": slug, "display_name": slug});
        let organization = id(operator.post("/api/v1/orgs", organization).await.expect(201));
        let admin = running.client(&token);
        let member = json!({"user_id": admin_user, "role": "org_admin"});
        let membership = id(operator.post(&format!("/api/v1/orgs/{organization}/members"), member).await.expect(201));
        let project = json!({"slug": "research", "display_name": "Research"});
        let project = id(admin.post(&format!("/api/v1/orgs/{organization}/projects"), project).await.expect(201));
        let member = json!({"user_id": admin_user, "role": "project_admin"});
        let project_membership =
            id(admin.post(&format!("/api/v1/projects/{project}/members"), member).await.expect(201));
        let accounts = format!("/api/v1/projects/{project}/service-accounts");
        let account = json!({"name": "ci", "role": "project_developer"});
        let service_account = id(admin.post(&accounts, account).await.expect(201));
        let secret = admin.post(&format!("{accounts}/{service_account}/secrets"), json!({})).await.expect(201);
        Self {
            admin,
            admin_user,
            stranger,
            organization,
            project,
            membership,
            project_membership,
            service_account,
            secret_id: text(&secret["id"]),
            secret: text(&secret["secret"]),
            token_id,
            stock: Vec::new(),
        }
    }

    /// Makes one with an app of its own, a version and an artifact of it, and what the
    /// platform needs to sell anything.
    pub(crate) async fn stocked(running: &Running, slug: &str) -> Self {
        let mut tenant = Self::create(running, slug).await;
        let (operator, admin) = (running.admin(), &tenant.admin);
        let app_slug = format!("{slug}-lab");
        let app = json!({"organization_id": tenant.organization, "slug": app_slug, "display_name": "Lab"});
        admin.post("/api/v1/apps", app).await.expect(201);
        let app = format!("/api/v1/apps/catalog/{app_slug}");
        let version = json!({"version": "1", "manifest": manifest(&app_slug)});
        let version = id(admin.post(&format!("{app}/versions"), version).await.expect(201));
        let artifact = id(admin.post(&format!("{app}/artifacts"), artifact()).await.expect(201));
        // The platform asks about it by itself; what is measured afterwards is not disturbed.
        let asked = |shown: &Value| shown["fault"] != Value::Null || shown["status"] == "verified";
        admin.until(&format!("{app}/artifacts/{artifact}"), asked).await;
        let named = |name: &str| json!({"name": format!("{slug}-{name}"), "currency": "EUR"});
        let book = id(operator.post("/api/v1/price-books", named("prices")).await.expect(201));
        let shape = json!({"architecture": "amd64", "cpu_cores": 2, "memory_gib": 4});
        let sku = json!({"name": format!("{slug}-cpu"), "display_name": "Two cores", "shape": shape});
        let sku = id(operator.post("/api/v1/skus", sku).await.expect(201));
        let unit = json!({"name": format!("{slug}.token"), "product_id": slug, "description": "A token", "dimension": "count"});
        let unit = id(operator.post("/api/v1/usage-units", unit).await.expect(201));
        // One that gets nothing, so that nothing is sent anywhere.
        let webhook = json!({"url": "https://192.88.98.1/", "events": ["invoice.issued"]});
        let webhooks = format!("/api/v1/orgs/{}/webhooks", tenant.organization);
        let webhook = text(&admin.post(&webhooks, webhook).await.expect(201)["webhook"]["id"]);
        tenant.stock = vec![
            ("{app_slug}", app_slug),
            ("{app_version_id}", version),
            ("{artifact_id}", artifact),
            ("{price_book_id}", book),
            ("{sku_id}", sku),
            ("{usage_unit_id}", unit),
            ("{webhook_id}", webhook),
        ];
        tenant
    }

    /// A template with the ids of this tenant in it.
    pub(crate) fn fill(&self, template: &str) -> String {
        let in_project = template.contains("{project_id}");
        let member = if in_project { &self.project_membership } else { &self.membership };
        [
            ("{org_id}", &self.organization),
            ("{project_id}", &self.project),
            ("{member_id}", member),
            ("{service_account_id}", &self.service_account),
            ("{secret_id}", &self.secret_id),
            ("{user_id}", &self.admin_user),
            ("{token_id}", &self.token_id),
        ]
        .into_iter()
        .chain(self.stock.iter().map(|(name, id)| (*name, id)))
        .fold(template.to_owned(), |path, (name, id)| path.replace(name, id))
        .replace("{allocation_id}", &format!("alloc_{NOBODY}"))
        .replace("{app_instance_id}", &format!("inst_{NOBODY}"))
        .replace("{evidence_bundle_id}", &format!("evb_{NOBODY}"))
        .replace("{invoice_id}", &format!("inv_{NOBODY}"))
        .replace("{node_id}", &format!("node_{NOBODY}"))
        .replace("{enrollment_id}", &format!("enr_{NOBODY}"))
        .replace("{webhook_id}", &format!("hook_{NOBODY}"))
        .replace("{owner_sequence}", "1")
        .replace("{endpoint}", "web")
        // What the log says of itself, which no tenant sees.
        .replace("{position}", "2")
    }

    /// A client with a token of the service account.
    pub(crate) async fn service_account(&self, running: &Running) -> Client {
        let credentials = json!({"client_id": self.service_account, "client_secret": self.secret});
        let token = running.anonymous().post("/api/v1/auth/token", credentials).await.expect(200);
        running.client(token["access_token"].as_str().unwrap())
    }
}

/// A new person: user id, token, token id.
pub(crate) async fn person(operator: &Client, name: &str) -> (String, String, String) {
    let user = json!({"display_name": name, "email": format!("{name}@example.org")});
    let user = id(operator.post("/api/v1/users", user).await.expect(201));
    let token = json!({"name": "first"});
    let issued = operator.post(&format!("/api/v1/users/{user}/tokens"), token).await.expect(201);
    (user, text(&issued["bearer"]), text(&issued["token"]["id"]))
}

fn id(body: Value) -> String {
    text(&body["id"])
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The manifest that the platform's own documents show, under another slug.
pub(crate) fn manifest(slug: &str) -> Value {
    let text = include_str!("../../../domain/src/profile/jupyterlab.json");
    let mut manifest: Value = serde_json::from_str(text).unwrap();
    manifest["profile"]["slug"] = slug.into();
    manifest
}

/// An image that a node's engine would have.
pub(crate) fn artifact() -> Value {
    json!({
        "name": "runtime-cpu",
        "image": {"local_image": format!("sha256:{}", "ab".repeat(32))},
        "media_type": "application/vnd.oci.image.manifest.v1+json",
        "architecture": "amd64"
    })
}
