//! Anybody finds a ballot by its receipt, in every tab that holds it.

use std::rc::Rc;

use election_core::poll::genesis::Genesis;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::name;
use crate::engine::host::{Found, Host};
use crate::words::text::log as text;
use crate::words::{explain, receipt};

/// Where to look.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Who holds the ballots.
    pub host: Host,
    /// The poll.
    pub poll: Rc<Genesis>,
}

/// What comes of looking.
#[derive(PartialEq)]
enum Answer {
    NoReceipt,
    Found(Vec<Found>),
}

/// The field for a receipt, and what was found.
#[component]
pub fn ReceiptSearch(props: &Props) -> Html {
    let input = use_node_ref();
    let found = use_state(|| None::<Answer>);
    let submit = {
        let (host, input, found) = (props.host.clone(), input.clone(), found.setter());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let written = input
                .cast::<HtmlInputElement>()
                .map(|input| input.value())
                .unwrap_or_default();
            let answer = receipt::read(&written).map(|sought| host.find_ballots(&sought));
            found.set(Some(answer.map_or(Answer::NoReceipt, Answer::Found)));
        })
    };
    let forget = {
        let found = found.setter();
        Callback::from(move |_: InputEvent| found.set(None))
    };
    let row = |found: &Found| {
        html! {
            <li key={found.ballot.to_string()} data-test="receipt-found">
                { text::found(
                    html! { <span class="code">{ name::receipt(&found.ballot) }</span> },
                    name::voter(&found.voter),
                    html! { <b>{ explain::choice(found.choice, &props.poll) }</b> },
                    explain::verdict(found.verdict),
                ) }
            </li>
        }
    };
    html! {
        <details class="receipt-search">
        <summary data-test="receipt-open">{ text::find() }</summary>
        <form class="stack" onsubmit={submit}>
            <label class="field">
                <span>{ text::receipt() }</span>
                <input ref={input} autocomplete="off" autocapitalize="none" spellcheck="false" placeholder={text::receipt_example()} oninput={forget}
                    data-test="receipt-search" />
            </label>
            <div><button class="btn small quiet" data-test="receipt-find">{ text::find_it() }</button></div>
            <div role="status">
                { match found.as_ref() {
                    None => Html::default(),
                    Some(Answer::NoReceipt) => html! {
                        <p class="small" data-test="receipt-none">{ text::no_receipt() }</p>
                    },
                    Some(Answer::Found(none)) if none.is_empty() => html! {
                        <p class="small" data-test="receipt-none">{ text::not_found() }</p>
                    },
                    Some(Answer::Found(found)) => html! { <ul class="plain">{ for found.iter().map(row) }</ul> },
                } }
            </div>
        </form>
        </details>
    }
}
