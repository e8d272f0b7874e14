//! How far one's own vote got.

use election_core::replica::view::Stage;
use yew::prelude::*;

use crate::words::text::ballot as text;

/// The stage in words, and as steps. `waits` says where a vote is that nobody else has, `stored`
/// whether this device keeps it.
pub fn vote_state(stage: Stage, waits: &str, stored: bool) -> Html {
    let seen = match stage {
        Stage::SeenBy(others) => others,
        _ => 0,
    };
    let says = match stage {
        Stage::Saving if stored => text::saving().to_owned(),
        Stage::Saving => text::casting().to_owned(),
        Stage::Saved => waits.to_owned(),
        Stage::Sent => text::sent().to_owned(),
        Stage::SeenBy(_) => text::seen_by(seen),
    };
    let third = if seen > 0 {
        text::step_seen_by(seen)
    } else {
        text::step_seen().to_owned()
    };
    let here = match stored {
        true => text::step_saved(),
        false => text::step_unsaved(),
    };
    let steps = [
        (here.to_owned(), stage > Stage::Saving),
        (text::step_sent().to_owned(), stage > Stage::Saved),
        (third, seen > 0),
    ];
    html! {
        <div class="way">
            <p class="small" data-test="vote-state">{ says }</p>
            <ol class="steps" aria-label={text::steps()}>
                { for steps.into_iter().map(|(step, done)| html! {
                    <li class={done.then_some("done")}>
                        { step }
                        if done { <span class="unseen">{ text::step_done() }</span> }
                    </li>
                }) }
            </ol>
        </div>
    }
}
