//! Bundles of evidence.

use gpuaas_domain::Kind;
use gpuaas_domain::evidence_bundle::{
    Command, Created, EvidenceBundle, EvidenceResult, Invariant, Item, RetentionClass,
};
use gpuaas_domain::id::EvidenceBundleId;

use super::money::label;
use super::{Chance, Step};

impl Chance {
    pub(super) fn evidence(&mut self) -> Option<Step> {
        let Some(bundle) = self.any::<EvidenceBundleId>(Kind::EvidenceBundle).filter(|_| self.below(4) > 0) else {
            return self.open_bundle();
        };
        let result = EvidenceResult::ALL[self.below(EvidenceResult::ALL.len() as u64) as usize];
        let item = self.fresh();
        let command = match self.below(6) {
            0 => Command::Close,
            1 => Command::RecordInvariant(Invariant { invariant: label("A-1"), result, items: vec![item] }),
            _ => Command::RecordItem {
                item: Item {
                    id: item,
                    evidence_type: label("uat.summary"),
                    producer: label("uat"),
                    result,
                    owner: label("team"),
                    retention_class: RetentionClass::Audit,
                    details: [(label("flow"), label("launch"))].into(),
                    entries: vec![1, 2 + self.below(10)],
                },
                head: 100,
            },
        };
        self.world.decide::<EvidenceBundle>(bundle, None, command)
    }

    fn open_bundle(&mut self) -> Option<Step> {
        let created = Created {
            source_commit: label("abc123"),
            environment_profile: label("dev"),
            product_scope: label(self.slug()),
            change_summary: "A change.".into(),
            owner: label("team"),
            retention_class: RetentionClass::Release,
        };
        let id = self.fresh();
        self.world.decide::<EvidenceBundle>(id, None, Command::Create(created))
    }
}
