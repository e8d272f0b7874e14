//! Texts of the page that stand elsewhere than in its catalogue, where no other language would find
//! them.
//!
//! A text is a string with letters and white space in it, or one that begins like a sentence;
//! within `html!` also any child that is a string, and any attribute that people see or hear. Tests
//! are left out, and what only browsers read.

use crate::failure::{Failure, Outcome};
use crate::workspace;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Where the page's program is.
const PAGE: &str = "web/src";

/// A language each.
const CATALOGUES: [&str; 1] = ["words/english.rs"];

/// Attributes that browsers read and people do not.
const MARKUP: [&str; 6] = [
    "aria-describedby",
    "aria-labelledby",
    "class",
    "d",
    "style",
    "viewBox",
];

/// Attributes, and parameters of the page's own parts, that people see or hear.
const READ: [&str; 8] = [
    "alt",
    "aria-label",
    "caption",
    "label",
    "of",
    "placeholder",
    "text",
    "title",
];

/// Strings that are no texts, each where it stands: no other may come, and one that is gone is
/// struck from here. What is shown before the program is there, or after it broke, stands in
/// index.html.
const EXCEPTIONS: [(&str, &str); 14] = [
    // For who reads the console after a panic.
    (
        "engine/chance.rs",
        "every browser that runs WebAssembly has crypto.getRandomValues, and N is far below its limit",
    ),
    // What tabs say to each other.
    ("engine/channel.rs", "stored {set}"),
    ("engine/channel.rs", "offline {offline}"),
    ("engine/channel.rs", "who {tab}"),
    ("engine/channel.rs", "here {tab}"),
    // Names that browsers give: to errors, keys, widths, classes, strokes.
    ("engine/storage/error.rs", "VersionError"),
    ("engine/storage/transactions.rs", "QuotaExceededError"),
    ("parts/drawer.rs", "Escape"),
    ("parts/reason.rs", "Escape"),
    ("parts/cover.rs", "(max-width: 40rem)"),
    ("views/poll.rs", "btn small quiet"),
    ("parts/qr.rs", "M{x} {y}h{run}v1h-{run}z"),
    // What pasted lists begin their lines with.
    ("words/option_list/list_marks.rs", "[x] "),
    ("words/option_list/list_marks.rs", "[X] "),
];

/// Refuses texts outside of the catalogue.
pub fn check() -> Outcome<()> {
    let root = workspace::root().join(PAGE);
    let mut files = Vec::new();
    sources(&root, &mut files)?;
    let mut unmet: BTreeSet<(&str, &str)> = EXCEPTIONS.into();
    let mut found = Vec::new();
    for path in files {
        let file = path.strip_prefix(&root).unwrap_or(&path);
        let file = file.to_string_lossy().replace('\\', "/");
        if CATALOGUES.contains(&file.as_str()) {
            continue;
        }
        let source = std::fs::read_to_string(&path).map_err(|error| cannot(&path, &error))?;
        for text in texts(&source).map_err(|error| cannot(&path, &error))? {
            let exception = (file.as_str(), text.as_str());
            if EXCEPTIONS.contains(&exception) {
                unmet.retain(|known| *known != exception);
            } else {
                found.push(format!("  {PAGE}/{file}: {text:?}"));
            }
        }
    }
    if let Some((file, text)) = unmet.first() {
        return Err(Failure::new(
            format!("{PAGE}/{file} has no {text:?} any more"),
            "strike it from EXCEPTIONS in xtask/src/texts.rs",
        ));
    }
    if found.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        format!(
            "texts outside of the page's catalogue:\n{}",
            found.join("\n")
        ),
        "give each a key in web/src/words/english.rs",
    ))
}

fn cannot(path: &Path, why: &dyn std::fmt::Display) -> Failure {
    Failure::new(
        format!("cannot read {}: {why}", path.display()),
        "see that it is there and compiles",
    )
}

/// All source files below a folder, in order. What is in a file of tests alone, is named so.
fn sources(folder: &Path, files: &mut Vec<PathBuf>) -> Outcome<()> {
    let entries = std::fs::read_dir(folder).map_err(|error| cannot(folder, &error))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            sources(&path, files)?;
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
            files.push(path);
        }
    }
    Ok(())
}

/// The texts of a source file, in their order.
fn texts(source: &str) -> Result<Vec<String>, proc_macro2::LexError> {
    let mut texts = Vec::new();
    walk(source.parse()?, Context::Code, &mut texts);
    Ok(texts)
}

/// Where a string stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    Code,
    Html,
    /// In `html!`, in what only browsers read.
    Markup,
    /// In `html!`, in what people see or hear.
    Read,
}

fn walk(tokens: TokenStream, context: Context, texts: &mut Vec<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                // An attribute, or a documentation comment.
                let inner = matches!(tokens.get(at + 1), Some(TokenTree::Punct(mark)) if mark.as_char() == '!');
                at += 1 + usize::from(inner);
                if let Some(TokenTree::Group(attribute)) = tokens.get(at)
                    && is_test(attribute)
                {
                    at = end_of_item(&tokens, at);
                }
            }
            TokenTree::Group(group) => {
                let inside = match (context, group.delimiter()) {
                    (Context::Code, _) if is_html(&tokens[..at]) => Context::Html,
                    (Context::Html, Delimiter::Brace) => match attribute(&tokens[..at]) {
                        Some(name) => context_of(&name),
                        None if is_string(group) => Context::Read,
                        None => Context::Html,
                    },
                    (context, _) => context,
                };
                walk(group.stream(), inside, texts);
            }
            TokenTree::Literal(literal) => {
                if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                    let context = match (context, attribute(&tokens[..at])) {
                        (Context::Html, Some(name)) => context_of(&name),
                        (context, _) => context,
                    };
                    let text = text.value();
                    if is_text(&text, context) {
                        texts.push(text);
                    }
                }
            }
            _ => {}
        }
        at += 1;
    }
}

fn context_of(attribute: &str) -> Context {
    if MARKUP.contains(&attribute) {
        Context::Markup
    } else if READ.contains(&attribute) {
        Context::Read
    } else {
        Context::Code
    }
}

fn is_text(text: &str, context: Context) -> bool {
    // What is put into it is no part of it.
    let mut depth = 0;
    let said: String = text
        .chars()
        .filter(|c| {
            depth += i32::from(*c == '{') - i32::from(*c == '}');
            depth == 0 && *c != '}'
        })
        .collect();
    let has_letters = said.chars().any(char::is_alphabetic);
    let mut letters = said.chars();
    let begins = letters.next().is_some_and(char::is_uppercase)
        && letters.next().is_some_and(char::is_lowercase);
    match context {
        Context::Markup => false,
        Context::Read => has_letters,
        Context::Html | Context::Code => {
            has_letters && (begins || said.contains(char::is_whitespace))
        }
    }
}

/// Whether what follows these tokens is what `html!` is given.
fn is_html(before: &[TokenTree]) -> bool {
    matches!(
        before,
        [.., TokenTree::Ident(name), TokenTree::Punct(mark)] if name == "html" && mark.as_char() == '!'
    )
}

/// The attribute whose value follows these tokens, as `aria-label=` is one.
fn attribute(before: &[TokenTree]) -> Option<String> {
    let [name @ .., TokenTree::Punct(equals)] = before else {
        return None;
    };
    if equals.as_char() != '=' {
        return None;
    }
    let mut parts = Vec::new();
    let mut rest = name;
    while let [before @ .., TokenTree::Ident(part)] = rest {
        parts.push(part.to_string());
        match before {
            [before @ .., TokenTree::Punct(dash)] if dash.as_char() == '-' => rest = before,
            _ => break,
        }
    }
    parts.reverse();
    (!parts.is_empty()).then(|| parts.join("-"))
}

/// Whether braces hold a string and nothing else: a child of an element.
fn is_string(group: &Group) -> bool {
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    matches!(tokens.as_slice(), [TokenTree::Literal(_)])
}

/// `[cfg(test)]`.
fn is_test(attribute: &Group) -> bool {
    let meta = syn::parse2::<syn::Meta>(attribute.stream());
    let Ok(syn::Meta::List(list)) = meta else {
        return false;
    };
    list.path.is_ident("cfg") && list.tokens.to_string() == "test"
}

/// The place of the last token of the item that follows an attribute: its body, or its semicolon.
fn end_of_item(tokens: &[TokenTree], attribute: usize) -> usize {
    let ends = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(mark) => mark.as_char() == ';',
        _ => false,
    };
    let rest = tokens[attribute..].iter().position(ends);
    rest.map_or(tokens.len(), |rest| attribute + rest)
}

#[cfg(test)]
mod tests {
    use super::texts;

    #[test]
    fn what_people_read_is_found_wherever_it_stands() {
        for (source, found) in [
            (r#"const A: &str = "Two words";"#, &["Two words"][..]),
            (r#"fn f() { g("Offline".to_owned()) }"#, &["Offline"]),
            (r#"fn f() { format!("{n} of {all}") }"#, &["{n} of {all}"]),
            (r#"fn f() { html! { <b>{ "counted" }</b> } }"#, &["counted"]),
            (
                r#"fn f() { html! { <i aria-label="close" /> } }"#,
                &["close"],
            ),
            (r#"fn f() { html! { <i title={"close"} /> } }"#, &["close"]),
            (
                r#"fn f() { html! { if a { <b>{ "one" }</b> } else { { "two" } } } }"#,
                &["one", "two"],
            ),
        ] {
            assert_eq!(texts(source).unwrap_or_default(), found, "{source}");
        }
    }

    #[test]
    fn what_browsers_read_is_no_text() {
        for source in [
            r#"/// Some words.
            #[doc = "Some words"] fn f() { g("online", "data-test", "{a} {b}: …") }"#,
            r#"fn f() { html! { <p class="small quiet" d="M3 12h18" role="status">{ a }{ ": " }</p> } }"#,
            r#"fn f() { html! { <input type={if a { "radio" } else { "checkbox" }} /> } }"#,
            r#"#[cfg(test)] mod tests { const A: &str = "Two words"; }"#,
            r#"#[cfg(test)] use a::B; fn f() {}"#,
        ] {
            assert_eq!(texts(source).unwrap_or_default(), [""; 0], "{source}");
        }
        let after = r#"#[cfg(test)] use a::B; const A: &str = "Two words";"#;
        assert_eq!(texts(after).unwrap_or_default(), ["Two words"]);
    }
}
