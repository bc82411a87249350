//! The addresses of workloads' networks. The engine's own pools last for some thirty networks;
//! a workload needs two addresses, so each gets eight of a range that is nobody's: RFC 2544
//! sets 198.18.0.0/15 aside for tests of network devices, so that no route of a host or of
//! the internet leads there.

use std::net::Ipv4Addr;

/// The range's first address and how many it has.
const RANGE: (u32, u32) = (0xC612_0000, 1 << 17);
/// Addresses of a network: its own, the bridge's, the container's, broadcast, and four to spare.
const SIZE: u32 = 8;
const PREFIX: u8 = 29;

/// How many networks there can be at once on a node.
pub(super) const NETWORKS: u32 = RANGE.1 / SIZE;

/// The addresses of one network.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Subnet {
    /// All of them.
    pub(super) network: String,
    /// The bridge's, which is the host.
    pub(super) gateway: String,
}

/// Every subnet, in an order of the workload's own, so that two rarely ask for the same one.
pub(super) fn of(name: &str) -> impl Iterator<Item = Subnet> {
    let hash = blake3::hash(name.as_bytes());
    let first = u32::from_be_bytes(hash.as_bytes()[..4].try_into().expect("a hash has 32 bytes"));
    (0..NETWORKS).map(move |step| {
        let place = first.wrapping_add(step) % NETWORKS;
        let first = RANGE.0 + place * SIZE;
        let network = format!("{}/{PREFIX}", Ipv4Addr::from_bits(first));
        Subnet { network, gateway: Ipv4Addr::from_bits(first + 1).to_string() }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_workload_can_have_any_subnet_of_the_range_and_none_twice() {
        let all: BTreeSet<Subnet> = of("one").collect();
        assert_eq!(all.len(), 16_384);
        for (network, gateway) in [("198.18.0.0/29", "198.18.0.1"), ("198.19.255.248/29", "198.19.255.249")] {
            assert!(all.contains(&Subnet { network: network.into(), gateway: gateway.into() }));
        }
        assert_eq!(all, of("another").collect());
        assert_ne!(of("one").next(), of("another").next());
    }
}
