//! How far one's own vote got.

use election_core::replica::view::Stage;
use yew::prelude::*;

use crate::words::amounts::count;

/// The stage in words, and as steps. `waits` says where a vote is that nobody else has, `stored` whether this device
/// keeps it.
pub fn vote_state(stage: Stage, waits: &str, stored: bool) -> Html {
    let seen = match stage {
        Stage::SeenBy(others) => others as u64,
        _ => 0,
    };
    let says = match stage {
        Stage::Saving if stored => "Saving on this device…".to_owned(),
        Stage::Saving => "Casting…".to_owned(),
        Stage::Saved => waits.to_owned(),
        Stage::Sent => "Sent. Nobody has said yet that they have it.".to_owned(),
        Stage::SeenBy(_) => format!("Seen by {}.", count(seen, "other")),
    };
    let third = if seen > 0 {
        format!("Seen by {seen}")
    } else {
        "Seen by others".to_owned()
    };
    let here = match stored {
        true => "Saved here",
        false => "In this tab only",
    };
    let steps = [
        (here.to_owned(), stage > Stage::Saving),
        ("Sent".to_owned(), stage > Stage::Saved),
        (third, seen > 0),
    ];
    html! {
        <div class="way">
            <p class="small" data-test="vote-state">{ says }</p>
            <ol class="steps" aria-label="Where your vote is">
                { for steps.into_iter().map(|(step, done)| html! {
                    <li class={done.then_some("done")}>
                        { step }
                        if done { <span class="unseen">{ ": done" }</span> }
                    </li>
                }) }
            </ol>
        </div>
    }
}
