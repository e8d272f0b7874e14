//! How a language is written down: a table of keys, each with its parameters and what it says. A
//! line of it becomes a function, so that a key that is not there, or whose parameters do not fit,
//! does not compile, and costs no more than the sentence.

use std::fmt::Arguments;

use yew::Html;
use yew::virtual_dom::{AttrValue, VList, VText};

/// Makes a function of each `key(parameter: Type, …) => what it says;`. That is one of three:
/// - `"a text with {parameter}"`, or with none
/// - `{ number: One => "{number} text", Other => "{number} texts" }`: by the language's own
///   `Plural`, each form of which is asked for
/// - `["a text with ", parameter, " in it"]`: pieces in the language's order, of which those that
///   are parameters are markup
macro_rules! catalogue {
    ($($key:ident $(($($name:ident: $type:ty),+))? => $says:tt;)+) => {
        $($crate::words::catalogue::catalogue!(@key $key [$($($name: $type),+)?] $says);)+
    };
    (@key $key:ident [] $text:literal) => {
        pub const fn $key() -> &'static str {
            $text
        }
    };
    (@key $key:ident [$($name:ident: $type:ty),+] $text:literal) => {
        pub fn $key($($name: $type),+) -> String {
            format!($text)
        }
    };
    (@key $key:ident [$($name:ident: $type:ty),+] { $number:ident: $($form:ident => $text:literal),+ }) => {
        pub fn $key($($name: $type),+) -> String {
            match super::plural($number as u64) {
                $(super::Plural::$form => format!($text),)+
            }
        }
    };
    (@key $key:ident [$($name:ident: $type:ty),+] [$($piece:tt),+]) => {
        pub fn $key($($name: $type),+) -> yew::Html {
            $crate::words::catalogue::pieces(vec![
                $($crate::words::catalogue::catalogue!(@piece $piece)),+
            ])
        }
    };
    (@piece $text:literal) => {
        $crate::words::catalogue::text(format_args!($text))
    };
    (@piece $markup:ident) => {
        $markup
    };
}
pub(super) use catalogue;

/// The words of a way to vote.
pub struct MethodWords {
    /// How a poll is voted in, at its head.
    pub title: &'static str,
    /// Its name, where the poll's maker chooses.
    pub name: &'static str,
    /// What voters do, said there too.
    pub says: &'static str,
    /// What the paper asks for.
    pub asks: &'static str,
    /// The same of whoever has voted.
    pub asks_again: &'static str,
}

/// A piece of a text with markup in it.
pub fn text(text: Arguments<'_>) -> Html {
    let text = match text.as_str() {
        Some(text) => AttrValue::Static(text),
        None => AttrValue::from(text.to_string()),
    };
    VText { text }.into()
}

/// All pieces of it.
pub fn pieces(pieces: Vec<Html>) -> Html {
    VList::with_children(pieces, None).into()
}
