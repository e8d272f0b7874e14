//! The chair takes something out of the count: for good, and never without a reason.

use election_core::board::ReturnId;
use election_core::ids::{OpId, PrecinctId, VoterKey};
use election_core::poll::words;
use election_core::replica::io::Command;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::engine::host::{Host, NotSigned};
use crate::words::option_list::rows::tidy;
use crate::words::refusal;
use crate::words::text::{chair as text, common};

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
    /// A voter.
    Voter(VoterKey),
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
            let written = reason
                .cast::<HtmlInputElement>()
                .map(|input| input.value())
                .unwrap_or_default();
            let (host, taken) = (host.clone(), taken.clone());
            let (close, error) = (close.clone(), error.clone());
            spawn_local(async move {
                match taken.take_out(&host, tidy(&written)).await {
                    Ok(()) => close.emit(Closed::Done),
                    Err(why) => error.set(Some(refusal::of_signing(&why))),
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
                <button type="button" class="btn quiet" onclick={cancel}>{ common::keep_it() }</button>
            </div>
        </form>
    }
}

impl Taken {
    async fn take_out(&self, host: &Host, reason: String) -> Result<(), NotSigned> {
        let command = match *self {
            Self::Ballot { ballot, .. } => Command::Revoke { ballot, reason },
            Self::Voter(voter) => Command::Bar { voter, reason },
            Self::Return {
                precinct,
                return_id,
                ..
            } => Command::Strike {
                precinct,
                return_id,
                reason,
            },
        };
        host.sign(command).await
    }

    /// What its hooks for tests begin with.
    fn test(&self) -> &'static str {
        match self {
            Self::Ballot { .. } => "revoke",
            Self::Voter(_) => "bar",
            Self::Return { .. } => "strike",
        }
    }

    fn question(&self) -> String {
        match self {
            Self::Ballot { whose, .. } => text::why_revoke(&words::voter(whose).join(" ")),
            Self::Voter(voter) => text::why_bar(&words::voter(voter).join(" ")),
            Self::Return { name, .. } => text::why_strike(name),
        }
    }

    fn note(&self) -> &'static str {
        match self {
            Self::Ballot { .. } => text::revoke_says(),
            Self::Voter(_) => text::bar_says(),
            Self::Return { .. } => text::strike_says(),
        }
    }

    fn verb(&self) -> &'static str {
        match self {
            Self::Ballot { .. } => text::revoke_this(),
            Self::Voter(_) => text::bar_this(),
            Self::Return { .. } => text::strike_this(),
        }
    }
}
