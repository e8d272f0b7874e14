//! A pasted list becomes options: one a line, without the bullets and numbers that lists come with.

/// The options in a text, one a line; blank lines are skipped.
///
/// Numbers are only taken off when most lines have one, and then each only up to its mark: "2. Porto" loses "2.",
/// but of a list of years none loses anything.
#[must_use]
pub fn parse(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let numbered = lines.len() > 1
        && lines
            .iter()
            .filter(|line| without_number(line).is_some())
            .count()
            * 2
            > lines.len();
    lines
        .into_iter()
        .map(without_bullet)
        .map(|line| {
            if numbered {
                without_number(line).unwrap_or(line)
            } else {
                line
            }
        })
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A bullet counts as one only before white space: "-5 °C" is an option, and so is "*".
fn without_bullet(line: &str) -> &str {
    const BULLETS: [&str; 10] = ["-", "*", "•", "‣", "◦", "–", "—", "·", "▪", "+"];
    BULLETS
        .iter()
        .find_map(|bullet| {
            line.strip_prefix(bullet)
                .filter(|rest| rest.starts_with(char::is_whitespace))
        })
        .map_or(line, str::trim_start)
        .trim_start_matches("[ ] ")
}

/// What follows "3.", "3)" or "(3)", and white space.
fn without_number(line: &str) -> Option<&str> {
    let open = line.strip_prefix('(');
    let rest = open.unwrap_or(line);
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=3).contains(&digits) {
        return None;
    }
    let rest = &rest[digits..];
    let rest = if open.is_some() {
        rest.strip_prefix(')')?
    } else {
        rest.strip_prefix(['.', ')'])?
    };
    let option = rest.trim_start();
    (option.len() < rest.len() && !option.is_empty()).then_some(option)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bullets_numbers_and_blank_lines_go() {
        assert_eq!(
            parse("- Bergen\n\n  • Porto \r\n* Here\n"),
            ["Bergen", "Porto", "Here"]
        );
        assert_eq!(
            parse("1. Bergen\n2) Porto\n(3) Here"),
            ["Bergen", "Porto", "Here"]
        );
        assert_eq!(parse("- [ ] Bergen\n- [ ] Porto"), ["Bergen", "Porto"]);
        assert_eq!(parse(" \n\t\n"), Vec::<String>::new());
    }

    #[test]
    fn what_only_looks_like_a_mark_stays() {
        assert_eq!(parse("-5 °C\n+5 °C"), ["-5 °C", "+5 °C"]);
        assert_eq!(parse("2024\n2025"), ["2024", "2025"]);
        assert_eq!(parse("3.5 hours\n4.5 hours"), ["3.5 hours", "4.5 hours"]);
        assert_eq!(
            parse("7. Symphony\nRequiem\nMass"),
            ["7. Symphony", "Requiem", "Mass"]
        );
        assert_eq!(parse("*\n**"), ["*", "**"]);
    }
}
