//! The ballot: marks, and the button that casts it. Marking alone never votes.

use std::rc::Rc;

use election_core::ids::VoterKey;
use election_core::poll::choice::Choice;
use election_core::poll::genesis::{Genesis, Method};
use election_core::poll::register::Standing;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::name;
use super::vote_state::vote_state;
use crate::engine::host::Host;
use crate::engine::snapshot::Own;
use crate::words::sentence;

/// What the paper shows.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Who casts it.
    pub host: Host,
    /// The poll.
    pub poll: Rc<Genesis>,
    /// The vote that was cast here.
    pub own: Option<Own>,
    /// Who votes here.
    pub voter: VoterKey,
}

/// One's own ballot.
#[component]
pub fn BallotPaper(props: &Props) -> Html {
    // What is marked and not cast yet; without it, the paper shows the vote that was cast.
    let draft = use_state(|| None::<Vec<usize>>);
    let error = use_state(|| None::<String>);
    let (poll, own) = (&props.poll, props.own.as_ref());
    let standing = own.and_then(|own| own.vote.standing);
    // A vote that does not count any more is no vote: the paper is fresh.
    let lost = matches!(
        standing,
        Some(Standing::Revoked { .. } | Standing::Spoiled { .. })
    );
    let cast: Vec<usize> = own
        .filter(|_| !lost)
        .map(|own| own.vote.choice.marked().collect())
        .unwrap_or_default();
    let marked = (*draft).clone().unwrap_or_else(|| cast.clone());
    let single = poll.method() == Method::Single;

    let mark = |index: usize| {
        let (draft, error, marked) = (draft.setter(), error.setter(), marked.clone());
        Callback::from(move |event: Event| {
            let on = event
                .target_dyn_into::<HtmlInputElement>()
                .is_some_and(|input| input.checked());
            let mut marks: Vec<usize> = if single { Vec::new() } else { marked.clone() };
            marks.retain(|&other| other != index);
            if on {
                marks.push(index);
            }
            draft.set(Some(marks));
            error.set(None);
        })
    };
    let vote = {
        let (draft, error) = (draft.setter(), error.setter());
        let (host, poll, marked) = (props.host.clone(), Rc::clone(poll), marked.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let choice = Choice::new(&marked, poll.method(), poll.options().len());
            match choice
                .map_err(Into::into)
                .and_then(|choice| host.cast(choice))
            {
                Ok(()) => {
                    draft.set(None);
                    error.set(None);
                }
                Err(refusal) => error.set(Some(sentence(&refusal.to_string()))),
            }
        })
    };
    let choices = poll.options().iter().enumerate().map(|(index, option)| {
        html! {
            <label class="choice" key={index}>
                <input type={if single { "radio" } else { "checkbox" }} name="choice" checked={marked.contains(&index)}
                    onchange={mark(index)} data-test={format!("choice-{index}")} />
                <span>{ option }</span>
            </label>
        }
    });
    let button = match (own, lost) {
        (None, _) => "Vote",
        (Some(_), true) => "Vote again",
        (Some(_), false) => "Change my vote",
    };
    let unsaid = draft
        .as_ref()
        .is_some_and(|draft| own.is_some() && !lost && !same(draft, &cast));
    html! {
        <section class="card" aria-labelledby="ballot">
            <h2 id="ballot">{ "Your ballot" }</h2>
            { notice(own) }
            <form onsubmit={vote} class="stack">
                <fieldset>
                    <legend class="small">{ if single { "Mark one" } else { "Mark every one that you approve of" } }</legend>
                    { for choices }
                </fieldset>
                if let Some(error) = &*error {
                    <p class="error" role="alert" data-test="vote-error">{ error }</p>
                }
                <div class="row">
                    <button class="btn" data-test="vote">{ button }</button>
                    if unsaid {
                        <span class="small">{ "Not cast yet: your earlier vote stands." }</span>
                    } else if let Some(own) = own {
                        <span class="small">
                            { "Receipt: " }<span class="code" data-test="receipt">{ name::receipt(&own.vote.ballot) }</span>
                        </span>
                    }
                </div>
            </form>
            if let Some(own) = own.filter(|_| !lost) { { vote_state(own.vote.stage) } }
            <p class="small">
                { "You vote as " }<span data-test="voter-name">{ name::voter(&props.voter) }</span>
                { ". Ballots are signed, and everybody with the link can read them under such names: not secret, and not under your own name." }
            </p>
        </section>
    }
}

/// What the voter has to know about a vote that does not count.
fn notice(own: Option<&Own>) -> Html {
    match own.and_then(|own| Some((own, own.vote.standing?))) {
        Some((own, Standing::Revoked { .. })) => html! {
            <p class="note bad" data-test="revoked-notice">
                { "The chair revoked your ballot" }
                if let Some(reason) = &own.reason { { ": “" }{ &**reason }{ "”" } }
                { ". It does not count any more. You can vote again." }
            </p>
        },
        Some((_, Standing::Spoiled { .. })) => html! {
            <p class="note bad" data-test="spoiled-notice">
                { "Your ballot is spoiled: two different ones were signed with your key under the same number, so neither counts. Vote again, and the new one counts." }
            </p>
        },
        _ => Html::default(),
    }
}

fn same(a: &[usize], b: &[usize]) -> bool {
    a.len() == b.len() && a.iter().all(|mark| b.contains(mark))
}
