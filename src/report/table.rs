//! Plain aligned tables.

use std::fmt;

/// Rows of text under a header; columns of numbers are aligned right.
#[derive(Clone, Debug, Default)]
pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Returns an empty table with these column names; empty names make a table without a header.
    pub fn new<S: Into<String>>(header: impl IntoIterator<Item = S>) -> Self {
        Self { header: header.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// Adds a row; missing cells are empty.
    pub fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// Returns the names of the columns.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Returns the rows below the header.
    pub fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }

    fn lines(&self) -> impl Iterator<Item = &Vec<String>> {
        let header = self.header.iter().any(|name| !name.is_empty()).then_some(&self.header);
        header.into_iter().chain(&self.rows)
    }

    /// Returns the width of each column, and true if all its cells are numbers.
    fn columns(&self) -> Vec<(usize, bool)> {
        let count = self.lines().map(Vec::len).max().unwrap_or(0);
        let cell = |row: &Vec<String>, k: usize| row.get(k).map_or(0, |text| text.chars().count());
        let is_number = |text: &String| text.trim_end_matches('%').trim().parse::<f64>().is_ok();
        (0..count)
            .map(|k| {
                let width = self.lines().map(|row| cell(row, k)).max().unwrap_or(0);
                let mut cells =
                    self.rows.iter().filter_map(|row| row.get(k)).filter(|text| !text.is_empty()).peekable();
                (width, cells.peek().is_some() && cells.all(is_number))
            })
            .collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.columns();
        for row in self.lines() {
            let mut line = String::new();
            for (text, (width, right)) in row.iter().zip(&columns) {
                let pad = " ".repeat(width - text.chars().count());
                line += &if *right { format!("{pad}{text}  ") } else { format!("{text}{pad}  ") };
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let mut table = Table::new(["pass", "seconds", "what"]);
        table.row(["rsnn.step", "12.5", "x"]);
        table.row(["ec", "3.25", ""]);
        assert_eq!(
            table.to_string(),
            "pass       seconds  what\nrsnn.step     12.5  x\nec            3.25\n",
            "layout"
        );
        let mut plain = Table::new(["", ""]);
        plain.row(["a", "b"]);
        assert_eq!(plain.to_string(), "a  b\n", "no header");
    }
}
