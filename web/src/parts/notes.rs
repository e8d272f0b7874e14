//! What the person should know right now, above everything else.

use yew::prelude::*;

use super::focus;
use crate::engine::host::Host;
use crate::engine::page;
use crate::engine::snapshot::{Connection, Rejoined, Snapshot};
use crate::words::amounts::rejoined;
use crate::words::text::{self, notes as text_of};
use crate::words::{others, own_vote, precinct, refusal};
use election_core::replica::view::Stage as VoteStage;

/// The notes, the most pressing first.
pub fn notes(host: &Host, now: &Snapshot) -> Html {
    let dismiss = {
        let host = host.clone();
        Callback::from(move |()| {
            focus::on("h1");
            host.dismiss_rejoined();
        })
    };
    html! {
        <div class="notes">
            // Always there, so that what comes into it is read out.
            <div role="status">
                if let Some(said) = now.rejoined {
                    <div class="note good">
                        <span data-test="rejoin-message">{ back(now, said) }</span>
                        { dismiss_button(dismiss) }
                    </div>
                }
                { offline(host, now) }
            </div>
            if let Some(why) = &now.reload_to_sign {
                <div class="note bad" role="alert" data-test="reload-to-sign">
                    <p>{ text_of::reload_to_sign(&refusal::part_of_reload(why)) }</p>
                    <button type="button" class="btn small quiet" onclick={|_| page::reload()}>{ text_of::reload() }</button>
                </div>
            }
            if now.lacks_own {
                <p class="note bad" role="alert" data-test="lacks-own">{ text::refusal::lacking() }</p>
            }
            if let Some(why) = &now.unsaved {
                <p class="note" data-test="unsaved">{ own_vote::unsaved(why, now.stored) }</p>
            }
            if now.full {
                <p class="note" data-test="full">{ text_of::full() }</p>
            }
            if now.unknown_ops > 0 {
                <p class="note" data-test="needs-newer">{ text_of::needs_newer(now.unknown_ops) }</p>
            }
        </div>
    }
}

/// What came of an absence.
fn back(now: &Snapshot, said: Rejoined) -> String {
    let elsewhere = now.poll.as_ref().zip(said.returns);
    let elsewhere =
        elsewhere.map(|(poll, (first, number))| precinct::changed(poll.precincts(), first, number));
    rejoined(
        said.away,
        said.ballots,
        said.revoked,
        elsewhere,
        said.reached,
    )
}

fn offline(host: &Host, now: &Snapshot) -> Html {
    let waits = now
        .own
        .as_ref()
        .is_some_and(|own| own.vote.stage <= VoteStage::Saved);
    let is_kept = now.stored && now.unsaved.is_none() && now.reload_to_sign.is_none();
    let says = match (now.connection, is_kept) {
        (Connection::Off, true) => text_of::chose_offline_kept(),
        (Connection::Off, false) => text_of::chose_offline(),
        (Connection::Unreachable, true) => text_of::offline_kept(),
        (Connection::Unreachable, false) => text_of::offline(),
        (Connection::Connecting | Connection::Up { .. }, _) => return Html::default(),
    };
    let try_now = {
        let host = host.clone();
        Callback::from(move |_: MouseEvent| host.refresh())
    };
    html! {
        <p class="note" data-test="offline-banner">
            if let Some(why) = now.refusal { { others::refused(why) }{ " " } }
            { says }
            if waits { <b>{ " " }{ text_of::vote_waits() }</b> }
            if now.connection == Connection::Unreachable {
                { " " }
                <button type="button" class="btn small quiet" onclick={try_now} data-test="try-now">{ text::common::try_now() }</button>
            }
        </p>
    }
}

fn dismiss_button(on: Callback<()>) -> Html {
    html! {
        <button type="button" class="dismiss" aria-label={text::common::dismiss()} onclick={move |_| on.emit(())}>{ "✕" }</button>
    }
}

/// What a note that is said once says.
#[derive(Properties, PartialEq)]
pub struct OnceProps {
    /// The text.
    pub text: AttrValue,
    /// Its hook for tests.
    #[prop_or_default]
    pub test: Option<AttrValue>,
}

/// A note that is said once and can be put away.
#[component]
pub fn Once(props: &OnceProps) -> Html {
    let away = use_state(|| false);
    if *away {
        return Html::default();
    }
    let put_away = away.setter();
    html! {
        <div class="note" data-test={props.test.clone()}>
            <span>{ props.text.clone() }</span>
            { dismiss_button(Callback::from(move |()| {
                focus::on("h1");
                put_away.set(true);
            })) }
        </div>
    }
}
