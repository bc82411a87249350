//! Organizations, what is in them, and who acts.

use gpuaas_domain::bounded::Text;
use gpuaas_domain::id::{
    AccessId, MembershipId, OrganizationId, SecretId, ServiceAccountId, TokenId, TypedId, UserId, WebhookId,
    WebhookKeyId,
};
use gpuaas_domain::membership::{Grant, OrganizationRole, ProjectRole};
use gpuaas_domain::service_account::SecretDigest;
use gpuaas_domain::token::{Name, Purpose, Subject};
use gpuaas_domain::{
    Kind, Sealed, Timestamp, access, membership, organization, project, service_account, token, user, webhook,
};

use super::{Chance, Step};

impl Chance {
    pub(super) fn tenants(&mut self) -> Option<Step> {
        match self.below(14) {
            0 => self.create_organization(),
            1 => self.update_organization(),
            2 => self.create_project(),
            3 => self.change_project(),
            4 => self.create_user(),
            5 => self.change_user(),
            6 => self.grant_membership(),
            7 => self.change_membership(),
            8 => self.create_service_account(),
            9 => self.change_service_account(),
            10 => self.token(),
            11 => self.create_webhook(),
            12 => self.change_webhook(),
            _ => self.deny(),
        }
    }

    fn create_organization(&mut self) -> Option<Step> {
        let id: OrganizationId = self.fresh();
        let command = organization::Command::Create { slug: self.slug(), display_name: "Größe ✓".into() };
        self.world.decide::<organization::Organization>(id, Some(id.uuid()), command)
    }

    fn update_organization(&mut self) -> Option<Step> {
        let id: OrganizationId = self.any(Kind::Organization)?;
        let command = organization::Command::Update { slug: Some(self.slug()), display_name: None };
        self.world.decide::<organization::Organization>(id, Some(id.uuid()), command)
    }

    fn create_project(&mut self) -> Option<Step> {
        let organization: OrganizationId = self.any(Kind::Organization)?;
        let command = project::Command::Create { organization, slug: self.slug(), display_name: "P".into() };
        let id = self.fresh();
        self.world.decide::<project::Project>(id, Some(organization.uuid()), command)
    }

    fn change_project(&mut self) -> Option<Step> {
        let (organization, id) = self.any_project()?;
        let command = match self.below(4) {
            0 => project::Command::Archive,
            _ => project::Command::Update { slug: Some(self.slug()), display_name: None },
        };
        self.world.decide::<project::Project>(id, Some(organization.uuid()), command)
    }

    fn webhook_key(&mut self) -> webhook::Key {
        let id: WebhookKeyId = self.fresh();
        let algorithm = webhook::Algorithm::HmacSha256;
        webhook::Key { id, algorithm, digest: SecretDigest([3; 32]), public_key: None }
    }

    fn create_webhook(&mut self) -> Option<Step> {
        let (organization, project) = self.any_project()?;
        let created = webhook::Created {
            organization,
            url: Text::new("https://hooks.example/").unwrap(),
            description: None,
            filter: webhook::Filter { project: Some(project), kinds: Vec::new(), events: Vec::new() },
            key: self.webhook_key(),
        };
        let id = self.fresh();
        self.world.decide::<webhook::Webhook>(id, Some(organization.uuid()), webhook::Command::Create(created))
    }

    fn change_webhook(&mut self) -> Option<Step> {
        let id: WebhookId = self.any(Kind::Webhook)?;
        let state: webhook::Webhook = self.state(Kind::Webhook, id.uuid())?;
        let owner = Some(state.details()?.organization.uuid());
        let command = match self.below(6) {
            0 => webhook::Command::Delete,
            1 => webhook::Command::Disable(webhook::DisableReason::Failing),
            2 => webhook::Command::Enable,
            3 => webhook::Command::Replay { after: self.below(5), end: 5 },
            4 => webhook::Command::Redeliver { owner_sequence: self.below(5) },
            _ => {
                let (key, old_until) = (self.webhook_key(), Timestamp(self.below(1000)));
                webhook::Command::RotateKey(webhook::KeyRotated { key, old_until })
            }
        };
        self.world.decide::<webhook::Webhook>(id, owner, command)
    }

    fn create_user(&mut self) -> Option<Step> {
        let id: UserId = self.fresh();
        let sealed = |byte| Sealed::new(id.uuid(), vec![byte, 0, 255]);
        let created = user::Created {
            display_name: sealed(1),
            email: sealed(2),
            platform_roles: [user::PlatformRole::Admin].into(),
        };
        self.world.decide::<user::User>(id, None, user::Command::Create(created))
    }

    fn change_user(&mut self) -> Option<Step> {
        let id = self.any(Kind::User)?;
        let command = match self.below(6) {
            0 => user::Command::Disable,
            1 => user::Command::Enable,
            2 => user::Command::Erase,
            _ => user::Command::SetPlatformRoles([user::PlatformRole::Auditor].into()),
        };
        self.world.decide::<user::User>(id, None, command)
    }

    fn grant_membership(&mut self) -> Option<Step> {
        let (organization, project) = self.any_project()?;
        let grant = match self.below(2) {
            0 => Grant::Organization { role: OrganizationRole::Member },
            _ => Grant::Project { project, role: ProjectRole::Viewer },
        };
        let granted = membership::Granted { organization, user: self.any(Kind::User)?, grant };
        let id: MembershipId = self.fresh();
        self.world.decide::<membership::Membership>(id, Some(organization.uuid()), membership::Command::Grant(granted))
    }

    fn change_membership(&mut self) -> Option<Step> {
        let id: MembershipId = self.any(Kind::Membership)?;
        let state: membership::Membership = self.state(Kind::Membership, id.uuid())?;
        let details = state.details()?.clone();
        let command = match (self.below(3), details.grant) {
            (0, _) => membership::Command::Remove,
            (_, Grant::Organization { .. }) => {
                membership::Command::ChangeRole(Grant::Organization { role: OrganizationRole::Finance })
            }
            (_, Grant::Project { project, .. }) => {
                membership::Command::ChangeRole(Grant::Project { project, role: ProjectRole::Admin })
            }
        };
        self.world.decide::<membership::Membership>(id, Some(details.organization.uuid()), command)
    }

    fn create_service_account(&mut self) -> Option<Step> {
        let (organization, project) = self.any_project()?;
        let name = self.slug();
        let created = service_account::Created { organization, project, name, role: ProjectRole::Developer };
        let id: ServiceAccountId = self.fresh();
        let command = service_account::Command::Create(created);
        self.world.decide::<service_account::ServiceAccount>(id, Some(organization.uuid()), command)
    }

    fn change_service_account(&mut self) -> Option<Step> {
        let id: ServiceAccountId = self.any(Kind::ServiceAccount)?;
        let state: service_account::ServiceAccount = self.state(Kind::ServiceAccount, id.uuid())?;
        let details = state.details()?.clone();
        let command = match self.below(4) {
            0 => service_account::Command::Delete,
            1 => service_account::Command::RevokeSecret(*details.secrets.keys().next()?),
            _ => service_account::Command::AddSecret(service_account::SecretAdded {
                secret: self.fresh::<SecretId>(),
                digest: SecretDigest([self.below(256) as u8; 32]),
                expires_at: Some(Timestamp(7)),
            }),
        };
        self.world.decide::<service_account::ServiceAccount>(id, Some(details.organization.uuid()), command)
    }

    fn token(&mut self) -> Option<Step> {
        if self.below(2) == 0 {
            let id: TokenId = self.any(Kind::Token)?;
            let state: token::Token = self.state(Kind::Token, id.uuid())?;
            let owner = state.details()?.organization.map(TypedId::uuid);
            return self.world.decide::<token::Token>(id, owner, token::Command::Revoke);
        }
        let organization = self.any(Kind::Organization).filter(|_| self.below(2) == 0);
        let (user, name): (UserId, _) = (self.any(Kind::User)?, self.slug());
        let sealed = self.below(2) == 0;
        let issued = token::Issued {
            subject: Subject::User(user),
            purpose: Purpose::Personal,
            name: if sealed { Name::Sealed(Sealed::new(user.uuid(), name.into_bytes())) } else { Name::Plain(name) },
            organization,
            secret: None,
            expires_at: Timestamp(self.below(1 << 50)),
        };
        let id: TokenId = self.fresh();
        self.world.decide::<token::Token>(id, organization.map(TypedId::uuid), token::Command::Issue(issued))
    }

    fn deny(&mut self) -> Option<Step> {
        let organization: OrganizationId = self.any(Kind::Organization)?;
        // One stream for each organization, for an actor of its own.
        let id = AccessId::from_uuid(organization.uuid());
        let at = Timestamp(60_000_000 * (1 + self.below(3)));
        let command = access::Command::Deny { action: self.slug(), target_kind: "project".into(), at };
        self.world.decide::<access::Access>(id, Some(organization.uuid()), command)
    }
}
