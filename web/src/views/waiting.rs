//! A poll that is not here yet.

use gloo_timers::callback::Timeout;
use yew::prelude::*;

use crate::engine::host::Host;
use crate::engine::snapshot::{Connection, Snapshot, Stage};
use crate::parts::copy::Copy;
use crate::parts::title::Title;
use crate::words::others;

/// How long somebody who is there may take to answer, in milliseconds, before they are taken to be asleep.
const ANSWER: u32 = 8_000;
/// What to send to whoever made the poll.
const TEXT: &str = "I opened the link of your poll, and nobody has it open right now. Please open the poll on your device and leave it \
     in front for a moment: it comes to me from there.";

/// Says where a poll comes from, who has to do what, and how far it is.
pub fn waiting(host: &Host, now: &Snapshot) -> Html {
    if now.stage == Stage::Opening {
        return html! { <div class="head"><Title text="Opening the poll…" /></div> };
    }
    html! {
        <div class="head" data-test="waiting">
            <Title text="Waiting for the poll" />
            <p class="lead">{ "A poll lives in the tabs that have it open. There is no server that keeps it." }</p>
            <Asking host={host.clone()} connection={now.connection} refusal={now.refusal.map(others::refused)}
                fetching={now.syncing.is_some()} />
            { progress(now.syncing) }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct AskingProps {
    host: Host,
    connection: Connection,
    refusal: Option<&'static str>,
    fetching: bool,
}

/// Who is asked, and what a person can do about it.
#[component]
fn Asking(props: &AskingProps) -> Html {
    let asleep = use_state(|| false);
    let is_asked = matches!(props.connection, Connection::Up { others: 1.. }) && !props.fetching;
    {
        let asleep = asleep.setter();
        use_effect_with(is_asked, move |&is_asked| {
            asleep.set(false);
            let timer = is_asked.then(|| Timeout::new(ANSWER, move || asleep.set(true)));
            move || drop(timer)
        });
    }
    let try_now = {
        let host = props.host.clone();
        Callback::from(move |_: MouseEvent| host.refresh())
    };
    let (says, helps) = match props.connection {
        Connection::Off => (
            "You are offline because you chose to be. Go online, and the poll comes from the first tab that is in reach.",
            false,
        ),
        // The relay is in reach, and says why there is no way in.
        Connection::Unreachable if props.refusal.is_some() => (
            "This page keeps trying by itself, and the poll comes when it is let in.",
            false,
        ),
        Connection::Unreachable => (
            "The relay is not in reach, so nobody is. This page keeps trying by itself.",
            false,
        ),
        Connection::Connecting => ("Looking for somebody who has it…", false),
        Connection::Up { others: 0 } => (
            "Nobody else is here right now. Somebody who has the poll has to open it: whoever made it, or anyone who has voted. It comes from there by itself; leave this page open.",
            true,
        ),
        Connection::Up { .. } if *asleep => (
            "Somebody is here but does not answer: their tab may be asleep, as phones do with tabs in the background, or wait for the poll as you do. Ask them to bring that tab to the front.",
            true,
        ),
        Connection::Up { .. } => ("Somebody is here. Asking for the poll…", false),
    };
    html! {
        <>
            <p role="status">
                if let Some(why) = props.refusal { { why }{ " " } }
                { says }
            </p>
            if props.connection == Connection::Unreachable {
                <div><button type="button" class="btn quiet" onclick={try_now} data-test="try-now">{ "Try now" }</button></div>
            }
            if helps {
                <div class="stack">
                    <p class="small">{ "You can send them this:" }</p>
                    <blockquote class="note" data-test="waiting-text">{ TEXT }</blockquote>
                    <div><Copy text={TEXT} label="Copy the text" of="for whoever has the poll" /></div>
                </div>
            }
        </>
    }
}

/// How far fetching is; nothing when nothing is fetched.
pub fn progress(syncing: Option<(u64, u64)>) -> Html {
    match syncing {
        Some((received, total)) if total > 0 && received < total => html! {
            <label class="progress">
                <span class="small">{ format!("{received} of {total} entries came in") }</span>
                <progress value={received.to_string()} max={total.to_string()} />
            </label>
        },
        _ => Html::default(),
    }
}
