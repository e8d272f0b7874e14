//! What the person should know right now, above everything else.

use yew::prelude::*;

use super::focus;
use crate::engine::host::{Host, Lacking};
use crate::engine::page;
use crate::engine::snapshot::{Connection, Rejoined, Snapshot};
use crate::words::amounts::{needs_newer, rejoined};
use crate::words::{others, own_vote, precinct, sentence};
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
                    <p>{ "This tab shows what comes in, and does not vote any more until you reload it: " }{ &**why }{ "." }</p>
                    <button type="button" class="btn small quiet" onclick={|_| page::reload()}>{ "Reload the page" }</button>
                </div>
            }
            if now.lacks_own {
                <p class="note bad" role="alert" data-test="lacks-own">{ sentence(&Lacking.to_string()) }</p>
            }
            if let Some(why) = &now.unsaved {
                <p class="note" data-test="unsaved">{ own_vote::unsaved(why, now.stored) }</p>
            }
            if now.forked {
                <p class="note">{ "The chair's log has two branches: the chair's key was used in two places at once. All its revocations count." }</p>
            }
            if now.full {
                <p class="note" data-test="full">
                    { "This tab holds as much as it can: ballots of more voters, or more entries of the chair's log, are not taken in. What it holds stays, counts, and can be changed and revoked. The chair can make the poll anew, in precincts, which hold as much each." }
                </p>
            }
            if now.unknown > 0 {
                <p class="note" data-test="needs-newer">{ needs_newer(now.unknown) }</p>
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
    let kept = match is_kept {
        true => "saved on this device and ",
        false => "",
    };
    let says = match now.connection {
        Connection::Off => {
            format!(
                "You are offline because you chose to be. You can vote, change your vote and read everything here; it is {kept}sent when you go online."
            )
        }
        Connection::Unreachable => {
            format!(
                "Offline: you can vote; it is {kept}sent when someone is in reach. This page keeps trying by itself."
            )
        }
        Connection::Connecting | Connection::Up { .. } => return Html::default(),
    };
    let try_now = {
        let host = host.clone();
        Callback::from(move |_: MouseEvent| host.refresh())
    };
    html! {
        <p class="note" data-test="offline-banner">
            if let Some(why) = now.refusal { { others::refused(why) }{ " " } }
            { says }
            if waits { <b>{ " Your vote is waiting here." }</b> }
            if now.connection == Connection::Unreachable {
                { " " }
                <button type="button" class="btn small quiet" onclick={try_now} data-test="try-now">{ "Try now" }</button>
            }
        </p>
    }
}

fn dismiss_button(on: Callback<()>) -> Html {
    html! {
        <button type="button" class="dismiss" aria-label="Dismiss this message" onclick={move |_| on.emit(())}>{ "✕" }</button>
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
