//! The rows of a pasted text, as editors, spreadsheets and word processors put them on the
//! clipboard.

/// A row that shows something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line that it begins on, counted from 1.
    pub line: usize,
    /// Its cells, with a tab between them. Within a cell there is no white space but single
    /// characters of it.
    pub text: String,
}

/// A cell in quotation marks is looked through for its end so far, in bytes: the longest name is
/// shorter, and a text of nothing but quotation marks must not take for ever.
const LONGEST_CELL: usize = 2_000;

/// The rows of a text; those of nothing but white space are left out.
pub fn read(text: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut cells = Vec::new();
    let (mut line, mut begin, mut rest) = (1, 1, text);
    loop {
        let (cell, length) = quoted(rest).unwrap_or_else(|| {
            let end = rest.find(ends_cell).unwrap_or(rest.len());
            (rest[..end].to_owned(), end)
        });
        line += breaks(&rest[..length]);
        cells.push(tidy(&cell));
        rest = &rest[length..];
        if let Some(next) = rest.strip_prefix('\t') {
            rest = next;
            continue;
        }
        let text = trim(&cells.join("\t")).to_owned();
        if !text.is_empty() {
            rows.push(Row { line: begin, text });
        }
        cells.clear();
        if rest.is_empty() {
            return rows;
        }
        rest = rest
            .strip_prefix("\r\n")
            .or_else(|| rest.strip_prefix(ends_line))
            .unwrap_or_default();
        line += 1;
        begin = line;
    }
}

/// One line of what was typed or pasted, with its tabs and runs of white space as single spaces.
pub fn tidy(text: &str) -> String {
    let mut tidy = String::new();
    let mut rest = trim(text);
    while let Some(at) = rest.find(char::is_whitespace) {
        let (word, space) = rest.split_at(at);
        rest = space.trim_start();
        let space = &space[..space.len() - rest.len()];
        tidy += word;
        // A single one may be of a kind on purpose: in "10 000", and before a "!" in French, lines
        // do not break.
        let mut of = space.chars();
        match (of.next(), of.next()) {
            (Some(single), None) if !single.is_control() && !ends_line(single) => tidy.push(single),
            _ => tidy.push(' '),
        }
    }
    tidy + rest
}

/// Without white space around it, nor what programs put before and behind a text to say how it is
/// encoded.
fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}' | '\u{2060}')
    })
}

/// Spreadsheets put a cell in quotation marks when it has a line break, a tab, or quotation marks
/// that are doubled then. Anything else in quotation marks is a name that has them.
fn quoted(text: &str) -> Option<(String, usize)> {
    let inside = text.strip_prefix('"')?;
    let mut cell = String::new();
    let mut special = false;
    let mut characters = inside.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        if at > LONGEST_CELL {
            return None;
        }
        if c == '"' {
            match characters.peek() {
                Some((_, '"')) => {
                    characters.next();
                    special = true;
                }
                Some(&(_, next)) if !ends_cell(next) => return None,
                _ => return special.then_some((cell, at + 2)),
            }
        }
        special |= ends_cell(c);
        cell.push(c);
    }
    None
}

fn ends_cell(c: char) -> bool {
    c == '\t' || ends_line(c)
}

/// The vertical tab is what Word has for a new line within a paragraph.
fn ends_line(c: char) -> bool {
    matches!(
        c,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

fn breaks(text: &str) -> usize {
    text.matches(ends_line).count() - text.matches("\r\n").count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(usize, String)> {
        let rows = read(text).into_iter();
        rows.map(|row| (row.line, row.text)).collect()
    }

    fn as_read(rows: &[(usize, &str)]) -> Vec<(usize, String)> {
        let rows = rows.iter();
        rows.map(|&(line, text)| (line, text.to_owned())).collect()
    }

    #[test]
    fn each_row_knows_its_line_and_blank_ones_are_none() {
        for (text, expected) in [
            ("", &[][..]),
            (" \n\t\u{a0}\n", &[]),
            ("a\n\n b \r\nc", &[(1, "a"), (3, "b"), (4, "c")]),
            (
                "a\rb\u{b}c\u{2028}d",
                &[(1, "a"), (2, "b"), (3, "c"), (4, "d")],
            ),
            ("\u{feff}a\nb\u{200b}", &[(1, "a"), (2, "b")]),
            // What shows nothing is no white space: it is refused, with its line.
            ("a\n\u{3164}", &[(1, "a"), (2, "\u{3164}")]),
        ] {
            assert_eq!(rows(text), as_read(expected), "{text:?}");
        }
    }

    #[test]
    fn cells_of_a_spreadsheet_are_read_with_and_without_quotation_marks() {
        for (text, expected) in [
            ("a\t1\nb\t2\n", &[(1, "a\t1"), (2, "b\t2")][..]),
            ("a\t\t\n\tb", &[(1, "a"), (2, "b")]),
            ("\"a\nb\"\tc\nd", &[(1, "a b\tc"), (3, "d")]),
            ("\"a\tb\"\nc", &[(1, "a b"), (2, "c")]),
            (
                "\"the \"\"best\"\" one\"\nc",
                &[(1, "the \"best\" one"), (2, "c")],
            ),
            ("\"a\r\nb\"\r\nc", &[(1, "a b"), (3, "c")]),
        ] {
            assert_eq!(rows(text), as_read(expected), "{text:?}");
        }
    }

    #[test]
    fn quotation_marks_that_belong_to_a_name_stay() {
        for text in [
            "\"Heroes\"",
            "\"Heroes\" by Bowie",
            "12\" single",
            "\"",
            "\"\"x",
            "\"a\" or \"b\"",
        ] {
            assert_eq!(rows(text), as_read(&[(1, text)]), "{text:?}");
        }
        // One that is never closed ends nothing but its own line.
        assert_eq!(rows("\"a\nb"), as_read(&[(1, "\"a"), (2, "b")]));
        let many = "\"a\"\"\n".repeat(50_000);
        assert_eq!(rows(&many).len(), 50_000);
        let long = format!("\"{}", "a\n".repeat(50_000));
        assert_eq!(rows(&long).len(), 50_000);
    }

    #[test]
    fn white_space_within_is_tidied_and_what_may_be_meant_stays() {
        for (text, tidied) in [
            ("  New   York ", "New York"),
            ("New\tYork", "New York"),
            ("New \u{a0} York", "New York"),
            ("10\u{202f}000", "10\u{202f}000"),
            ("Oui\u{a0}!", "Oui\u{a0}!"),
            ("", ""),
        ] {
            assert_eq!(tidy(text), tidied, "{text:?}");
        }
    }
}
