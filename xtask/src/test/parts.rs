//! Which real part a test runs on, told by where the test lies.
//!
//! The rule: a test that uses Postgres, Docker, NATS or the whole platform lies in a test
//! binary or a module whose name contains `postgres`, `docker`, `nats` or `end_to_end`. The
//! name of the test function itself does not count, being a sentence about behaviour.

use super::nextest::TestName;

/// How many tests ran, in all and on each real part.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    /// All of them.
    pub all: usize,
    /// Those on a Postgres server.
    pub postgres: usize,
    /// Those on a Docker engine.
    pub docker: usize,
    /// Those on a NATS server.
    pub nats: usize,
    /// Those through the whole platform.
    pub end_to_end: usize,
}

impl Parts {
    /// Counts the tests.
    pub(crate) fn of(tests: &[TestName]) -> Self {
        let on = |part| tests.iter().filter(|test| is_on(part, test)).count();
        Self {
            all: tests.len(),
            postgres: on("postgres"),
            docker: on("docker"),
            nats: on("nats"),
            end_to_end: on("end_to_end"),
        }
    }
}

fn is_on(part: &str, name: &TestName) -> bool {
    let modules = name.test.rsplit_once("::").map_or("", |(modules, _)| modules);
    name.binary.split("::").chain(modules.split("::")).any(|module| module.contains(part))
}

#[cfg(test)]
mod tests {
    use super::{Parts, TestName};

    fn check(binary: &str, test: &str, expected: Parts) {
        assert_eq!(Parts::of(&[TestName { binary: binary.into(), test: test.into() }]), expected, "{binary} {test}");
    }

    #[test]
    fn a_test_counts_for_the_part_that_its_binary_or_a_module_names() {
        let one = || Parts { all: 1, ..Parts::default() };
        check("gpuaas-log", "store::postgres::tests::appends", Parts { postgres: 1, ..one() });
        check("gpuaas-log::postgres_crash", "nothing_is_lost", Parts { postgres: 1, ..one() });
        check("gpuaas-relay::main", "nats::outages::it_is_filled_again", Parts { nats: 1, ..one() });
        check("gpuaas-replay-tests::end_to_end", "docker::a_launch_ends", Parts { docker: 1, end_to_end: 1, ..one() });
    }

    #[test]
    fn a_word_in_the_sentence_of_a_test_does_not_count() {
        check("gpuaas-domain", "launch::tests::a_docker_tag_is_refused", Parts { all: 1, ..Parts::default() });
    }
}
