//! Taking a ballot out of the count: for good, and never without a reason.

use election_core::ids::{OpId, VoterKey};
use election_core::poll::words;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::engine::host::Host;
use crate::words::sentence;

/// Which ballot.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Who revokes.
    pub host: Host,
    /// The ballot.
    pub ballot: OpId,
    /// Whose it is.
    pub whose: VoterKey,
    /// When it is done, or not to be done.
    pub on_close: Callback<Closed>,
}

/// How the form was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// The ballot is being revoked.
    Revoked,
    /// The ballot stays.
    Kept,
}

/// The form that asks for the reason. It opens with the focus in its field.
#[component]
pub fn Revoke(props: &Props) -> Html {
    let reason = use_node_ref();
    let error = use_state(|| None::<String>);
    {
        let reason = reason.clone();
        use_effect_with((), move |()| {
            if let Some(input) = reason.cast::<HtmlInputElement>() {
                let _ = input.focus();
            }
        });
    }
    let submit = {
        let (host, ballot, close) = (props.host.clone(), props.ballot, props.on_close.clone());
        let (reason, error) = (reason.clone(), error.setter());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let text = reason
                .cast::<HtmlInputElement>()
                .map(|input| input.value())
                .unwrap_or_default();
            match host.revoke(ballot, &text) {
                Ok(()) => close.emit(Closed::Revoked),
                Err(refusal) => error.set(Some(sentence(&refusal.to_string()))),
            }
        })
    };
    let cancel = {
        let close = props.on_close.clone();
        Callback::from(move |_: MouseEvent| close.emit(Closed::Kept))
    };
    let escape = {
        let close = props.on_close.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                close.emit(Closed::Kept);
            }
        })
    };
    html! {
        <form class="stack revoke" onsubmit={submit} onkeydown={escape}>
            <label class="field">
                <span>{ format!("Why do you revoke the ballot of {}?", words::voter(&props.whose).join(" ")) }</span>
                <input ref={reason} maxlength="500" aria-describedby="revoke-note" aria-invalid={error.is_some().to_string()}
                    data-test="revoke-reason" />
            </label>
            <p class="small" id="revoke-note">{ "Everybody sees the reason. A revocation is for good; the voter can vote again." }</p>
            if let Some(error) = &*error { <p class="error" role="alert" data-test="revoke-error">{ error }</p> }
            <div class="row">
                <button class="btn danger" data-test="revoke-confirm">{ "Revoke this ballot" }</button>
                <button type="button" class="btn quiet" onclick={cancel}>{ "Keep it" }</button>
            </div>
        </form>
    }
}
