//! The chair takes something out of the count: for good, and never without a reason.

use election_core::canvass::ReturnId;
use election_core::ids::{OpId, PrecinctId, VoterKey};
use election_core::poll::words;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::engine::host::{Host, NotSigned};
use crate::words::option_list::rows::tidy;
use crate::words::sentence;

/// What is taken out.
#[derive(Debug, Clone, PartialEq)]
pub enum Taken {
    /// A ballot.
    Ballot {
        /// Which.
        ballot: OpId,
        /// Whose it is.
        whose: VoterKey,
    },
    /// What is shown of a precinct.
    Return {
        /// Of which.
        precinct: PrecinctId,
        /// Its name.
        name: AttrValue,
        /// What of it.
        return_id: ReturnId,
    },
}

/// What the form asks about.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Who takes it out.
    pub host: Host,
    /// What.
    pub taken: Taken,
    /// When it is done, or not to be done.
    pub on_close: Callback<Closed>,
}

/// How the form was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// It is taken out.
    Done,
    /// It stays.
    Kept,
}

/// The form that asks for the reason. It opens with the focus in its field.
#[component]
pub fn Reason(props: &Props) -> Html {
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
        let (host, taken, close) = (
            props.host.clone(),
            props.taken.clone(),
            props.on_close.clone(),
        );
        let (reason, error) = (reason.clone(), error.setter());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let text = reason
                .cast::<HtmlInputElement>()
                .map(|input| input.value())
                .unwrap_or_default();
            let (host, taken) = (host.clone(), taken.clone());
            let (close, error) = (close.clone(), error.clone());
            spawn_local(async move {
                match taken.take_out(&host, tidy(&text)).await {
                    Ok(()) => close.emit(Closed::Done),
                    Err(refusal) => error.set(Some(sentence(&refusal.to_string()))),
                }
            });
        })
    };
    let mend = {
        let error = error.setter();
        Callback::from(move |_: InputEvent| error.set(None))
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
    let taken = &props.taken;
    let test = |part: &str| format!("{}-{part}", taken.test());
    html! {
        <form class="stack revoke" onsubmit={submit} onkeydown={escape}>
            <label class="field">
                <span>{ taken.question() }</span>
                <input ref={reason} oninput={mend} aria-describedby={test("note")} aria-invalid={error.is_some().to_string()}
                    data-test={test("reason")} />
            </label>
            <p class="small" id={test("note")}>{ taken.note() }</p>
            if let Some(error) = &*error { <p class="error" role="alert" data-test={test("error")}>{ error }</p> }
            <div class="row">
                <button class="btn danger" data-test={test("confirm")}>{ taken.verb() }</button>
                <button type="button" class="btn quiet" onclick={cancel}>{ "Keep it" }</button>
            </div>
        </form>
    }
}

impl Taken {
    async fn take_out(&self, host: &Host, reason: String) -> Result<(), NotSigned> {
        match *self {
            Self::Ballot { ballot, .. } => host.revoke(ballot, reason).await,
            Self::Return {
                precinct,
                return_id,
                ..
            } => host.strike(precinct, return_id, reason).await,
        }
    }

    /// What its hooks for tests begin with.
    fn test(&self) -> &'static str {
        match self {
            Self::Ballot { .. } => "revoke",
            Self::Return { .. } => "strike",
        }
    }

    fn question(&self) -> String {
        match self {
            Self::Ballot { whose, .. } => {
                let whose = words::voter(whose).join(" ");
                format!("Why do you revoke the ballot of {whose}?")
            }
            Self::Return { name, .. } => format!("Why do you strike this return of {name}?"),
        }
    }

    fn note(&self) -> &'static str {
        match self {
            Self::Ballot { .. } => {
                "Everybody sees the reason. A revocation is for good; the voter can vote again."
            }
            Self::Return { .. } => {
                "Everybody sees the reason. This very return counts for nothing from now on, in every total and whoever signs it. The precinct counts again once it has other ballots: a new vote, or one that you revoke."
            }
        }
    }

    fn verb(&self) -> &'static str {
        match self {
            Self::Ballot { .. } => "Revoke this ballot",
            Self::Return { .. } => "Strike this return",
        }
    }
}
