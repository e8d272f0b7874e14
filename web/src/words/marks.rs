//! The marks of one precinct in one line.

use super::leader::ranking;

/// So many options are named.
const NAMED: usize = 3;

/// The options with the most marks first, in one line that keeps names with commas apart: "Bergen: 3 · Porto: 1". Options without marks are left
/// out, and of many only the first few are named: "A: 9 · B: 7 · C: 2 · 4 others".
#[must_use]
pub fn in_short(options: &[String], counts: &[u64]) -> String {
    let marked = marked(options, counts);
    if marked.is_empty() {
        return "no marks".to_owned();
    }
    let named = list(&marked[..marked.len().min(NAMED)]);
    match marked.len().saturating_sub(NAMED) {
        0 => named,
        1 => format!("{named} · 1 other"),
        others => format!("{named} · {others} others"),
    }
}

/// All options that have marks, the most first.
#[must_use]
pub fn in_full(options: &[String], counts: &[u64]) -> String {
    list(&marked(options, counts))
}

fn marked<'a>(options: &'a [String], counts: &[u64]) -> Vec<(&'a str, u64)> {
    ranking(counts)
        .into_iter()
        .filter_map(|place| Some((options.get(place)?.as_str(), counts[place])))
        .take_while(|(_, count)| *count > 0)
        .collect()
}

fn list(marked: &[(&str, u64)]) -> String {
    let each: Vec<String> = marked
        .iter()
        .map(|(option, count)| format!("{option}: {count}"))
        .collect();
    each.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_marked_are_named_and_the_rest_is_counted() {
        let options = ["A", "B", "C", "D", "E"].map(str::to_owned);
        assert_eq!(in_short(&options, &[1, 3, 0, 0, 0]), "B: 3 · A: 1");
        assert_eq!(in_short(&options, &[1, 1, 1, 0, 0]), "A: 1 · B: 1 · C: 1");
        assert_eq!(
            in_short(&options, &[1, 2, 3, 4, 0]),
            "D: 4 · C: 3 · B: 2 · 1 other"
        );
        assert_eq!(
            in_short(&options, &[1, 2, 3, 4, 5]),
            "E: 5 · D: 4 · C: 3 · 2 others"
        );
        assert_eq!(
            in_full(&options, &[1, 2, 3, 4, 0]),
            "D: 4 · C: 3 · B: 2 · A: 1"
        );
        assert_eq!(in_short(&options, &[0; 5]), "no marks");
    }
}
