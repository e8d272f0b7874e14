//! Closing the poll, and opening it again: the chair's button.

use election_core::poll::close::Status;
use election_core::replica::io::Command;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::engine::host::Host;
use crate::words::refusal;
use crate::words::text::closing as text;

/// What the card shows.
#[derive(Clone, Properties, PartialEq)]
pub struct Props {
    /// Who signs.
    pub host: Host,
    /// Whether the poll takes ballots.
    pub status: Status,
}

/// Whether people can vote, and the button that changes that.
#[component]
pub fn Closing(props: &Props) -> Html {
    let Props { host, status } = props;
    let error = use_state(|| None::<String>);
    let (title, says, button, next) = match status {
        Status::Open => (
            text::open(),
            text::open_says(),
            text::close(),
            Status::Closed,
        ),
        Status::Closed => (
            text::closed(),
            text::closed_says(),
            text::reopen(),
            Status::Open,
        ),
    };
    let press = {
        let (host, error) = (host.clone(), error.setter());
        Callback::from(move |_: MouseEvent| {
            let (host, error) = (host.clone(), error.clone());
            spawn_local(async move {
                let signed = host.sign(Command::SetStatus(next)).await;
                error.set(signed.err().map(|why| refusal::of_signing(&why)));
            });
        })
    };
    html! {
        <section class="card" aria-labelledby="closing">
            <h2 id="closing">{ title }</h2>
            <p class="small" role="status" data-test="closing-says">{ says }</p>
            if let Some(error) = &*error { <p class="error" role="alert" data-test="closing-error">{ error }</p> }
            <div><button type="button" class="btn quiet" onclick={press} data-test="set-status">{ button }</button></div>
        </section>
    }
}
