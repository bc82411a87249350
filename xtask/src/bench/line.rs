//! One line of a bench's result: a figure, what it is held against, and their ratio.

use std::fmt;

use anyhow::{Context, Result};
use serde::Deserialize;

/// What a bench program measured. What else it prints beside it is for whoever reads its output.
#[derive(Debug, Deserialize)]
pub(crate) struct Measured {
    /// The figure; more is better.
    pub(crate) figure: f64,
    /// Of what, for example `appends/s`.
    pub(crate) unit: String,
}

impl Measured {
    /// Reads the last line that a bench program printed.
    pub(crate) fn in_output(output: &str) -> Result<Self> {
        let last = output.trim_end().lines().next_back().context("the bench printed nothing")?;
        serde_json::from_str(last).with_context(|| format!("the bench's last line is not its result: {last}"))
    }
}

/// A figure beside what it is held against.
#[derive(Debug)]
pub(crate) struct Line {
    /// What was measured.
    pub(crate) name: &'static str,
    /// The figure.
    pub(crate) ours: Measured,
    /// The peer or the limit, by name.
    pub(crate) against: &'static str,
    /// The peer's figure, or the limit.
    pub(crate) theirs: f64,
    /// The smallest ratio that will do.
    pub(crate) least: f64,
}

impl Line {
    /// Whether the ratio is at least what it has to be. A peer that did nothing proves nothing.
    pub(crate) fn is_met(&self) -> bool {
        self.theirs > 0.0 && self.ratio() >= self.least
    }

    fn ratio(&self) -> f64 {
        self.ours.figure / self.theirs
    }
}

/// Of an odd number of lines, the one whose ratio is in the middle. One that is not met
/// because nothing can be compared with it counts as the smallest.
///
/// # Panics
///
/// If there are none.
pub(crate) fn middle(mut lines: Vec<Line>) -> Line {
    let ratio = |line: &Line| Some(line.ratio()).filter(|ratio| ratio.is_finite()).unwrap_or(f64::NEG_INFINITY);
    lines.sort_by(|one, other| ratio(one).total_cmp(&ratio(other)));
    lines.swap_remove(lines.len() / 2)
}

impl fmt::Display for Line {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, ours: Measured { figure, unit }, against, theirs, least } = self;
        let ratio = self.ratio();
        let verdict = if self.is_met() { "met" } else { "NOT MET" };
        write!(
            out,
            "{name}: {figure:.0} {unit}; {against}: {theirs:.0}; ratio {ratio:.2}, at least {least:.2}: {verdict}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, Measured, middle};

    fn line(figure: f64, theirs: f64) -> Line {
        let ours = Measured { figure, unit: "appends/s".into() };
        Line { name: "append", ours, against: "peer", theirs, least: 8.0 }
    }

    #[test]
    fn a_ratio_below_its_line_is_not_met() {
        assert!(line(80.0, 10.0).is_met());
        assert!(!line(79.0, 10.0).is_met());
        assert_eq!(line(79.0, 10.0).to_string(), "append: 79 appends/s; peer: 10; ratio 7.90, at least 8.00: NOT MET");
    }

    #[test]
    fn of_several_rounds_the_ratio_in_the_middle_counts() {
        let of = |rounds: &[(f64, f64)]| {
            let middle = middle(rounds.iter().map(|(figure, theirs)| line(*figure, *theirs)).collect());
            (middle.ours.figure, middle.theirs)
        };
        assert_eq!(of(&[(70.0, 10.0), (90.0, 10.0), (200.0, 40.0), (85.0, 10.0), (10.0, 10.0)]), (70.0, 10.0));
        assert_eq!(of(&[(81.0, 0.0), (81.0, 10.0), (79.0, 10.0)]), (79.0, 10.0), "nothing was compared in one");
    }

    #[test]
    fn a_peer_that_did_nothing_or_a_figure_that_is_none_is_not_met() {
        assert!(!line(80.0, 0.0).is_met());
        assert!(!line(f64::NAN, 10.0).is_met());
    }

    #[test]
    fn a_result_is_the_last_line() {
        let output = "warming up\n{\"figure\": 12.5, \"unit\": \"appends/s\", \"callers\": 64}\n";
        assert!(
            Measured::in_output(output).is_ok_and(|measured| measured.figure == 12.5 && measured.unit == "appends/s")
        );
        assert!(Measured::in_output("").is_err());
        assert!(Measured::in_output("done\n").is_err());
    }
}
