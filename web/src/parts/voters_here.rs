//! Several voters in one browser: another is asked for on purpose, and nobody gets lost.

use election_core::ids::VoterKey;
use election_core::poll::words;
use yew::prelude::*;

use super::name;
use crate::engine::host::Host;
use crate::engine::snapshot::VoterHere;
use crate::words::amounts::count;

/// What the button means, for those who hear it.
const MEANS: &str = "somebody-else-means";

/// The button by which the device is handed on. What it does can be undone: nobody's vote is touched by it.
pub fn somebody_else(host: &Host) -> Html {
    let host = host.clone();
    html! {
        <>
            <button type="button" class="btn small quiet" onclick={move |_| host.somebody_else()} aria-describedby={MEANS}
                data-test="somebody-else">{ "Vote for somebody else here" }</button>
            <p class="small" id={MEANS}>
                { "For another person at this device: they get a ballot and a voter's name of their own, and your vote stays as it is." }
            </p>
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
            "has voted"
        } else {
            "has not voted"
        };
        let name = words::voter(&voter.key).join(" ");
        let become_voter = {
            let (host, key) = (host.clone(), voter.key);
            Callback::from(move |_: MouseEvent| host.become_voter(key))
        };
        html! {
            <li key={index} class="row apart">
                <span>{ name::voter(&voter.key) }<span class="small">{ format!(" {says}") }</span></span>
                if here {
                    <span class="tag good">{ "votes here now" }</span>
                } else {
                    <button type="button" class="btn small quiet" onclick={become_voter} data-test={format!("become-{index}")}>
                        { "Go on as " }{ name }
                    </button>
                }
            </li>
        }
    };
    html! {
        <details class="voters" {open} data-test="voters-here">
            <summary>{ count(voters.len() as u64, "voter") }{ " in this browser" }</summary>
            <ul>{ for voters.iter().enumerate().map(row) }</ul>
        </details>
    }
}
