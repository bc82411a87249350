//! A table of texts in columns, each as wide as its widest text.

use std::fmt;

use unicode_width::UnicodeWidthStr as _;

/// Spaces between two columns.
const GAP: usize = 2;

/// A table. Printing it ends every line, and no line ends in a space.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns.
    pub(crate) fn new<const N: usize>(columns: [&str; N]) -> Self {
        Self { rows: vec![columns.map(str::to_owned).to_vec()] }
    }

    /// A table without a line above it, for the fields of one thing.
    pub(crate) fn without_head() -> Self {
        Self { rows: Vec::new() }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        // A cell that breaks its line or moves the cursor would forge the rows below it.
        let clean =
            |cell: String| cell.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect();
        self.rows.push(cells.into_iter().map(clean).collect());
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max();
        (0..columns).map(|column| width(column).unwrap_or(0)).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(cell);
                line.push_str(&" ".repeat(width - cell.width() + GAP));
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    fn check(rows: &[[&str; 2]], expected: &str) {
        let mut table = Table::new(["NAME", "ROLE"]);
        for row in rows {
            table.row(row.map(str::to_owned));
        }
        assert_eq!(table.to_string(), expected);
    }

    #[test]
    fn a_column_is_as_wide_as_its_widest_text() {
        check(&[["a", "b"], ["longer", ""]], "NAME    ROLE\na       b\nlonger\n");
    }

    #[test]
    fn a_wide_character_takes_two_places() {
        check(&[["日本語", "x"], ["é", "y"]], "NAME    ROLE\n日本語  x\né       y\n");
    }

    #[test]
    fn a_control_character_is_not_printed() {
        check(&[["a\nb", "\u{1b}[2J"]], "NAME  ROLE\na\u{fffd}b   \u{fffd}[2J\n");
    }
}
