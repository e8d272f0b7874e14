//! Anybody finds a ballot by its receipt, in every tab that holds it.

use std::rc::Rc;

use election_core::poll::genesis::Genesis;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::name;
use crate::engine::host::{Found, Host};
use crate::words::{explain, receipt};

/// Where to look.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Who holds the ballots.
    pub host: Host,
    /// The poll.
    pub poll: Rc<Genesis>,
}

/// The field for a receipt, and what was found.
#[component]
pub fn ReceiptSearch(props: &Props) -> Html {
    let input = use_node_ref();
    let found = use_state(|| None::<Vec<Found>>);
    let submit = {
        let (host, input, found) = (props.host.clone(), input.clone(), found.setter());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let text = input
                .cast::<HtmlInputElement>()
                .map(|input| input.value())
                .unwrap_or_default();
            found.set(Some(host.find_receipt(&receipt::tidy(&text))));
        })
    };
    let forget = {
        let found = found.setter();
        Callback::from(move |_: InputEvent| found.set(None))
    };
    let row = |found: &Found| {
        html! {
            <li key={found.ballot.to_string()} data-test="receipt-found">
                <span class="code">{ name::receipt(&found.ballot) }</span>{ ": " }
                { name::voter(&found.voter) }{ ", " }<b>{ explain::choice(found.choice, &props.poll) }</b>{ ", " }
                { explain::standing(found.standing) }
            </li>
        }
    };
    html! {
        <details class="receipt-search">
        <summary data-test="receipt-open">{ "Find a ballot by its receipt" }</summary>
        <form class="stack" onsubmit={submit}>
            <label class="field">
                <span>{ "The two words that its voter was given" }</span>
                <input ref={input} autocomplete="off" autocapitalize="none" spellcheck="false" placeholder="copper heron" oninput={forget}
                    data-test="receipt-search" />
            </label>
            <div><button class="btn small quiet" data-test="receipt-find">{ "Find it" }</button></div>
            <div role="status">
                { match found.as_deref() {
                    None => Html::default(),
                    Some([]) => html! { <p class="small" data-test="receipt-none">{ "No ballot here has that receipt." }</p> },
                    Some(found) => html! { <ul class="plain">{ for found.iter().map(row) }</ul> },
                } }
            </div>
        </form>
        </details>
    }
}
