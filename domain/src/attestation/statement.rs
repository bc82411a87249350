//! What a node signs: that a container ran in certain intervals.

use crate::bounded::Text;
use crate::event::fields;
use crate::id::{AllocationId, InstanceId, NodeId};
use crate::interval::Interval;
use crate::node_report::ChainPoint;
use crate::time::Timestamp;

/// What the signed text begins to be, so that a signature cannot mean something else.
const TYPE: &str = "gpuaas.attestation.v1";

/// Most intervals of a statement.
pub const MAX_INTERVALS: usize = 64;

fields! {
    /// That a container ran.
    pub struct Statement {
        /// Whose slots it used.
        pub allocation: AllocationId,
        /// The kernel's id of the boot in which it ran.
        pub boot_id: Text<40>,
        /// The place of the report that carries the statement.
        pub chain: ChainPoint,
        /// The engine's id of the container.
        pub container: Text<80>,
        /// When the engine started it.
        pub container_started_at: Timestamp,
        /// Generation of the workload.
        pub generation: u64,
        /// The workload.
        pub instance: InstanceId,
        /// When it ran, in order.
        pub intervals: Vec<Interval>,
        /// Where it ran.
        pub node: NodeId,
    }
}

impl Statement {
    /// The bytes that are signed: the fields and `"type"` as canonical JSON (RFC 8785), times in
    /// microseconds since the Unix epoch.
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        // With its keys sorted, the compact form of texts and small integers is the canonical one.
        let mut value = serde_json::to_value(self).expect("a statement has text keys alone");
        value["type"] = TYPE.into();
        sorted(value).to_string().into_bytes()
    }

    /// Where the first interval begins.
    #[must_use]
    pub fn from(&self) -> Timestamp {
        self.intervals.first().map_or(Timestamp::MAX, |interval| interval.from)
    }

    /// Where the last interval ends.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        self.intervals.last().map_or(Timestamp(0), |interval| interval.until)
    }

    /// Whether the intervals are in order, each with a length.
    #[must_use]
    pub fn is_ordered(&self) -> bool {
        let each = self.intervals.iter().all(|interval| interval.from < interval.until);
        let together = self.intervals.windows(2).all(|pair| pair[0].until <= pair[1].from);
        !self.intervals.is_empty() && self.intervals.len() <= MAX_INTERVALS && each && together
    }
}

/// Sorts keys, whichever map another crate in the build has made `serde_json` use.
fn sorted(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(map) => {
            let mut fields: Vec<_> = map.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            fields.sort_by(|(one, _), (other, _)| one.cmp(other));
            serde_json::Value::Object(fields.into_iter().collect())
        }
        serde_json::Value::Array(values) => values.into_iter().map(sorted).collect(),
        scalar => scalar,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::fixed::Digest;
    use crate::id::TypedId;

    fn statement(intervals: &[(u64, u64)]) -> Statement {
        let interval = |(from, until): &(u64, u64)| Interval { from: Timestamp(*from), until: Timestamp(*until) };
        Statement {
            allocation: AllocationId::from_uuid(Uuid::from_u128(1)),
            boot_id: Text::new("b").unwrap(),
            chain: ChainPoint { sequence: 3, previous: Digest([0; 32]) },
            container: Text::new("c").unwrap(),
            container_started_at: Timestamp(5),
            generation: 2,
            instance: InstanceId::from_uuid(Uuid::from_u128(2)),
            intervals: intervals.iter().map(interval).collect(),
            node: NodeId::from_uuid(Uuid::from_u128(3)),
        }
    }

    #[test]
    fn what_is_signed_is_canonical_json() {
        let zeros = "0".repeat(64);
        let expected = format!(
            "{{\"allocation\":\"alloc_00000000000000000000000001\",\"boot_id\":\"b\",\
             \"chain\":{{\"previous\":\"{zeros}\",\"sequence\":3}},\"container\":\"c\",\"container_started_at\":5,\
             \"generation\":2,\"instance\":\"inst_00000000000000000000000002\",\
             \"intervals\":[{{\"from\":1,\"until\":2}}],\"node\":\"node_00000000000000000000000003\",\
             \"type\":\"gpuaas.attestation.v1\"}}"
        );
        assert_eq!(String::from_utf8(statement(&[(1, 2)]).signed_bytes()).unwrap(), expected);
    }

    #[test]
    fn intervals_are_in_order_and_have_a_length() {
        assert!(statement(&[(1, 2), (2, 3)]).is_ordered());
        for bad in [&[][..], &[(2, 2)], &[(3, 2)], &[(1, 3), (2, 4)], &[(5, 6), (1, 2)]] {
            assert!(!statement(bad).is_ordered(), "{bad:?}");
        }
        assert!(!statement(&(0..65).map(|at| (at, at + 1)).collect::<Vec<_>>()).is_ordered());
    }
}
