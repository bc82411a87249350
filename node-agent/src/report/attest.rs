//! What can be attested of a workload. A pure function of what the journal says and what was
//! seen of the container.

use gpuaas_domain::Timestamp;
use gpuaas_domain::attestation::{Interval, Statement};
use gpuaas_domain::bounded::Text;
use gpuaas_domain::id::NodeId;
use gpuaas_domain::node_report::ChainPoint;

use crate::executor::{Motion, Sighting};
use crate::journal::Work;

/// The time since the last statement in which the container provably ran.
///
/// The agent need not have been there: the engine changes a container's start time
/// whenever it starts it, so one that began before the last statement, in the same boot,
/// ran through. Time before a later start is attested to nobody.
pub(crate) fn statement(
    node: NodeId,
    work: &Work,
    sighting: &Sighting,
    boot_id: &Text<40>,
    chain: &ChainPoint,
    now: Timestamp,
) -> Option<Statement> {
    let known = work.container.as_ref()?;
    if known.id != sighting.container {
        return None;
    }
    let started_at = sighting.started_at?;
    let until = match sighting.motion {
        Motion::Running => now,
        Motion::Exited { .. } => sighting.finished_at?,
        Motion::Created | Motion::Paused => return None,
    };
    // A container that was stopped by a boot cannot have begun before it and run on.
    let other_boot = !work.attested_in.is_empty() && work.attested_in != *boot_id;
    if other_boot && started_at <= work.attested_until {
        return None;
    }
    let from = work.attested_until.max(started_at);
    (from < until).then(|| Statement {
        allocation: work.spec.identity.allocation,
        boot_id: boot_id.clone(),
        chain: chain.clone(),
        container: sighting.container.clone(),
        container_started_at: started_at,
        generation: work.generation,
        instance: work.instance(),
        intervals: vec![Interval { from, until }],
        node,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    const NOW: Timestamp = Timestamp(1_000);

    fn work(attested_until: u64, boot: &str) -> Work {
        let mut work = fixtures::work();
        work.attested_until = Timestamp(attested_until);
        work.attested_in = Text::clipped(boot);
        work
    }

    fn sighting(started: u64, motion: Motion, finished: Option<u64>) -> Sighting {
        Sighting {
            container: fixtures::work().container.unwrap().id,
            image: fixtures::work().container.unwrap().image,
            motion,
            started_at: Some(Timestamp(started)),
            finished_at: finished.map(Timestamp),
        }
    }

    fn check(work: &Work, sighting: &Sighting, expected: Option<(u64, u64)>) {
        let boot = Text::clipped("boot-1");
        let chain = ChainPoint::first(gpuaas_domain::fixed::PublicKey([0; 32]));
        let made = statement(fixtures::node(), work, sighting, &boot, &chain, NOW);
        assert_eq!(made.map(|made| (made.from().0, made.until().0)), expected);
    }

    #[test]
    fn a_container_that_runs_is_attested_from_its_start() {
        check(&work(0, ""), &sighting(10, Motion::Running, None), Some((10, 1_000)));
    }

    #[test]
    fn the_agents_absence_is_covered_by_a_container_that_ran_through() {
        check(&work(500, "boot-1"), &sighting(10, Motion::Running, None), Some((500, 1_000)));
    }

    #[test]
    fn time_before_a_later_start_is_not_attested() {
        check(&work(500, "boot-1"), &sighting(700, Motion::Running, None), Some((700, 1_000)));
    }

    #[test]
    fn a_container_that_died_is_attested_until_then() {
        let dead = Motion::Exited { code: 1, out_of_memory: false };
        check(&work(500, "boot-1"), &sighting(10, dead, Some(600)), Some((500, 600)));
        check(&work(500, "boot-1"), &sighting(10, dead, Some(400)), None);
    }

    #[test]
    fn nothing_runs_through_a_boot() {
        check(&work(500, "boot-0"), &sighting(10, Motion::Running, None), None);
        check(&work(500, "boot-0"), &sighting(700, Motion::Running, None), Some((700, 1_000)));
    }

    #[test]
    fn another_container_or_a_paused_one_is_not_attested() {
        let mut other = sighting(10, Motion::Running, None);
        other.container = Text::clipped("other");
        check(&work(0, ""), &other, None);
        check(&work(0, ""), &sighting(10, Motion::Paused, None), None);
    }
}
