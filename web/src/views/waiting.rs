//! A poll that is not here yet.

use yew::prelude::*;

use crate::engine::snapshot::{Connection, Snapshot, Stage};
use crate::parts::title::Title;

/// Says where a poll comes from, and how far it is.
pub fn waiting(now: &Snapshot) -> Html {
    if now.stage == Stage::Opening {
        return html! { <div class="head"><Title text="Opening the poll…" /></div> };
    }
    let says = match now.connection {
        Connection::Off => {
            "You are offline because you chose to be. Go online, and the poll comes from the first tab that is in reach."
        }
        Connection::Unreachable => {
            "The relay is not in reach, so nobody is. This page keeps trying by itself."
        }
        Connection::Connecting => "Looking for somebody who has it…",
        Connection::Up { others: 0 } => {
            "Nobody else is here right now. As soon as any tab that has the poll is open, it comes from there; you can leave this page open."
        }
        Connection::Up { .. } => "Somebody is here. Asking for the poll…",
    };
    html! {
        <div class="head" data-test="waiting">
            <Title text="Waiting for the poll" />
            <p class="lead">{ "A poll lives in the tabs that have it open. There is no server that keeps it." }</p>
            <p role="status">{ says }</p>
            { progress(now.syncing) }
        </div>
    }
}

/// How far fetching is; nothing when nothing is fetched.
pub fn progress(syncing: Option<(u64, u64)>) -> Html {
    match syncing {
        Some((received, total)) if total > 0 && received < total => html! {
            <label class="progress">
                <span class="small">{ format!("{received} of {total} entries came in") }</span>
                <progress value={received.to_string()} max={total.to_string()} />
            </label>
        },
        _ => Html::default(),
    }
}
