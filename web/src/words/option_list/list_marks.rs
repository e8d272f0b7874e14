//! What stands in front of the lines of a list and is no part of them: bullets, numbers, letters.
//!
//! A mark that could as well be meant is taken off only when it stands before *every* line, or
//! before all below a heading, and never when that makes two of them alike: what is left of "18.
//! September" and "2. October" is no date.

use election_core::poll::genesis::OPTIONS;
use election_core::poll::seen;

use crate::words::lower::lower;

/// The lines without the bullets in front.
pub fn without_bullets(lines: Vec<&str>) -> Vec<&str> {
    let begins = |signs: &[char]| lines.iter().any(|line| line.starts_with(signs));
    let signs = begins(&['+']) && begins(&['-', '–', '−']);
    let all = off_all(lines, |_, line| {
        after_bullet(line)
            .or_else(|| after_dash(line).filter(|_| !signs))
            .or_else(|| after_letter_of_a_symbol_font(line))
    });
    all.unwrap_or_else(|lines| {
        let lines = lines.into_iter();
        lines
            .map(|line| after_bullet(line).unwrap_or(line))
            .collect()
    })
}

/// The lines without the numbers or letters in front, if those count all of them, or all below a
/// heading, from 1 or "a" on; otherwise the lines as they were.
pub fn without_numbers(lines: Vec<&str>) -> Result<Vec<&str>, Vec<&str>> {
    if lines.len() < 2 {
        return Err(lines);
    }
    let numbers = |at, line| {
        let (number, rest) = after_number(line)?;
        (number == at + 1).then_some(rest)
    };
    // Two numbers are no list yet when all that they leave are numbers: "1. 30 Uhr".
    let is_time = |line: &&str| after_number(line).is_some_and(|(_, rest)| begins_with_digit(rest));
    if lines.len() == 2 && lines.iter().all(is_time) {
        return Err(lines);
    }
    off_all(lines, numbers).or_else(|lines| {
        off_all(lines, |at, line| {
            after_letter(line).and_then(|(letter, rest)| (letter == at).then_some(rest))
        })
    })
}

/// What is left of the lines when each but a heading loses its mark; the lines as they were, when
/// one has none or two would be alike. `after_mark` is given each line's place below the heading.
fn off_all<'a>(
    lines: Vec<&'a str>,
    after_mark: impl Fn(usize, &'a str) -> Option<&'a str>,
) -> Result<Vec<&'a str>, Vec<&'a str>> {
    let (heading, listed) = lines.split_at(usize::from(begins_with_heading(&lines)));
    let rests = listed.iter().enumerate();
    let rests = rests.map(|(at, line)| after_mark(at, line));
    let rests: Option<Vec<_>> = heading.iter().copied().map(Some).chain(rests).collect();
    match rests {
        Some(rests) if !makes_alike(&lines, &rests) => Ok(rests),
        _ => Err(lines),
    }
}

/// Whether the first of several lines has no mark, and could stand above a list: it ends in a
/// colon, or begins with a letter.
fn begins_with_heading(lines: &[&str]) -> bool {
    let [first, _, _, ..] = lines else {
        return false;
    };
    let could = first.ends_with([':', '：']) || first.starts_with(char::is_alphabetic);
    let is_marked = after_bullet(first).is_some()
        || after_dash(first).is_some()
        || after_letter_of_a_symbol_font(first).is_some()
        || after_number(first).is_some()
        || after_letter(first).is_some();
    could && !is_marked
}

/// Of more lines than a poll has options, the answer does not matter.
fn makes_alike(lines: &[&str], rests: &[&str]) -> bool {
    let alike = |names: &[&str]| seen::first_alike(names, str::to_owned, lower).is_some();
    lines.len() <= *OPTIONS.end() && alike(rests) && !alike(lines)
}

/// What follows a bullet that is nothing else.
fn after_bullet(line: &str) -> Option<&str> {
    const BULLETS: &str = "•‣◦·⁃∙・●○■□▪▫◆◇❖❑❒►▶▸➢➤⮚✓✔☐☑☒※";
    let mut characters = line.chars();
    let bullet = characters.next()?;
    let rest = characters.as_str();
    let text = rest.trim_start();
    // Symbol fonts have theirs in a part of Unicode that means nothing elsewhere: Word's bullet is
    // U+F0B7.
    let of_symbol_font = matches!(bullet, '\u{f000}'..='\u{f0ff}');
    let is_bullet = of_symbol_font || BULLETS.contains(bullet) && text.len() < rest.len();
    (is_bullet && !text.is_empty()).then_some(after_box(text))
}

/// What follows a dash or a star: those can be meant, as in "+ more tea" beside "- less tea".
fn after_dash(line: &str) -> Option<&str> {
    let rest = line.strip_prefix(['-', '*', '–', '—', '+'])?;
    let text = rest.trim_start();
    (text.len() < rest.len() && !text.is_empty()).then_some(after_box(text))
}

/// What follows `[ ]` or `[x]`.
fn after_box(text: &str) -> &str {
    ["[ ] ", "[x] ", "[X] "]
        .iter()
        .find_map(|tick| text.strip_prefix(tick))
        .map_or(text, str::trim_start)
}

/// What follows a letter that was a bullet in its font, as "o" is in Word's lists of the second
/// level.
fn after_letter_of_a_symbol_font(line: &str) -> Option<&str> {
    let rest = line.strip_prefix(['o', 'l', 'n', 'q', 'u', 'v', 'w', '§', 'Ø', 'ü', 'Ÿ'])?;
    rest.strip_prefix('\t')
}

/// The number before "3.", "3)", "(3)", "3.)", "3:", "3 –" or a tab, in digits of any script that
/// is written with ten of them, and what follows. A digit right there makes it another number,
/// "3.5", and behind a colon or a dash a result: "3: 1".
fn after_number(line: &str) -> Option<(usize, &str)> {
    let open = line.strip_prefix(['(', '（']);
    let rest = open.unwrap_or(line);
    let digits: Vec<u32> = rest.chars().map_while(digit).take(4).collect();
    if !(1..=3).contains(&digits.len()) {
        return None;
    }
    let number = digits.iter().fold(0, |number, digit| 10 * number + digit);
    let rest = rest.trim_start_matches(|c| digit(c).is_some());
    let mut is_result = false;
    let rest = if open.is_some() {
        rest.strip_prefix([')', '）'])?
    } else if let Some(rest) = rest.strip_prefix(['.', '．']) {
        rest.strip_prefix([')', '）']).unwrap_or(rest)
    } else if let Some(rest) = rest.strip_prefix([')', '）', '、']) {
        rest
    } else if let Some(rest) = rest.strip_prefix(':') {
        is_result = begins_with_digit(rest.trim_start());
        rest
    } else if rest.starts_with('\t') {
        rest
    } else {
        let dash = rest.trim_start().strip_prefix(['-', '–', '—'])?;
        is_result = begins_with_digit(dash.trim_start());
        dash.starts_with(char::is_whitespace).then_some(dash)?
    };
    let text = text_after(rest).filter(|_| !is_result)?;
    Some((usize::try_from(number).ok()?, text))
}

/// The letter before "c)", "(c)" or "c.", counted from 0, and what follows. "C." may be the first
/// letter of a name.
fn after_letter(line: &str) -> Option<(usize, &str)> {
    let open = line.strip_prefix('(');
    let mut characters = open.unwrap_or(line).chars();
    let letter = characters.next().filter(char::is_ascii_alphabetic)?;
    let rest = characters.as_str();
    let rest = match (open, letter.is_ascii_lowercase()) {
        (None, true) => rest.strip_prefix([')', '.'])?,
        _ => rest.strip_prefix(')')?,
    };
    let place = u32::from(letter.to_ascii_lowercase()) - u32::from('a');
    Some((usize::try_from(place).ok()?, text_after(rest)?))
}

/// The text behind a mark: there is some, apart from the mark or beginning with a letter.
fn text_after(rest: &str) -> Option<&str> {
    let text = rest.trim_start();
    let first = text.chars().next()?;
    let begins = !first.is_ascii() || first.is_ascii_alphabetic();
    let apart = text.len() < rest.len() || begins && !begins_with_digit(text);
    apart.then_some(text)
}

fn begins_with_digit(text: &str) -> bool {
    text.starts_with(|c| digit(c).is_some())
}

fn digit(c: char) -> Option<u32> {
    const ZEROS: [char; 5] = ['0', '٠', '۰', '०', '０'];
    ZEROS
        .iter()
        .map(|zero| u32::from(c).wrapping_sub(u32::from(*zero)))
        .find(|digit| *digit < 10)
}
