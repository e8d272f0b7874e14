//! Several voters in one browser: another is asked for on purpose, and nobody gets lost.

use election_core::ids::{PrecinctId, VoterKey};
use election_core::poll::words;
use yew::prelude::*;

use super::name;
use crate::engine::host::Host;
use crate::engine::snapshot::VoterHere;
use crate::words::text::ballot as text;

/// What the button means, for those who hear it.
const MEANS: &str = "somebody-else-means";

/// The button by which the device is handed on, to a voter of the `precinct` that the address
/// names. What it does can be undone: nobody's vote is touched by it. `place` is that precinct's
/// name, where this tab shows another.
pub fn somebody_else(host: &Host, precinct: Option<PrecinctId>, place: Option<&str>) -> Html {
    let host = host.clone();
    let label = match place {
        None => text::somebody_else().to_owned(),
        Some(place) => text::somebody_else_in(place),
    };
    html! {
        <>
            <button type="button" class="btn small quiet" onclick={move |_| host.somebody_else(precinct)} aria-describedby={MEANS}
                data-test="somebody-else">{ label }</button>
            <p class="small" id={MEANS}>{ text::somebody_else_says() }</p>
        </>
    }
}

/// Who votes in this browser, and the way back to another of them; nothing where there is one.
pub fn voters_here(host: &Host, own: VoterKey, voters: &[VoterHere]) -> Html {
    if voters.len() < 2 {
        return Html::default();
    }
    let mine = voters.iter().find(|voter| voter.key == own);
    // Who has just been made room for sees the way back at once.
    let open = mine.is_some_and(|voter| !voter.voted);
    let row = |(index, voter): (usize, &VoterHere)| {
        let here = voter.key == own;
        let says = if voter.voted {
            text::has_voted()
        } else {
            text::has_not_voted()
        };
        let name = words::voter(&voter.key).join(" ");
        let become_voter = {
            let (host, key) = (host.clone(), voter.key);
            Callback::from(move |_: MouseEvent| host.become_voter(key))
        };
        html! {
            <li key={index} class="row apart">
                <span>{ name::voter(&voter.key) }<span class="small">{ " " }{ says }</span></span>
                if here {
                    <span class="tag good">{ text::votes_here_now() }</span>
                } else {
                    <button type="button" class="btn small quiet" onclick={become_voter} data-test={format!("become-{index}")}>
                        { text::go_on_as(&name) }
                    </button>
                }
            </li>
        }
    };
    html! {
        <details class="voters" {open} data-test="voters-here">
            <summary>{ text::voters_here(voters.len()) }</summary>
            <ul>{ for voters.iter().enumerate().map(row) }</ul>
        </details>
    }
}
