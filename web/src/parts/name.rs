//! Names in words: voters and receipts.

use election_core::ids::{OpId, VoterKey};
use election_core::poll::words;
use yew::prelude::*;

/// A voter's two words.
pub fn voter(key: &VoterKey) -> Html {
    html! { <span class="code">{ words::voter(key).join(" ") }</span> }
}

/// A ballot's two words.
#[must_use]
pub fn receipt(ballot: &OpId) -> String {
    words::receipt(ballot).join(" ")
}

/// The first digits of an id, where two names in words may be the same.
#[must_use]
pub fn digits(id: &[u8; 32]) -> String {
    OpId(*id).to_string()[..8].to_owned()
}
