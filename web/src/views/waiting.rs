//! A poll that is not here yet.

use gloo_timers::callback::Timeout;
use yew::prelude::*;

use crate::engine::host::Host;
use crate::engine::snapshot::{Connection, Snapshot, Stage};
use crate::parts::copy::Copy;
use crate::parts::title::Title;
use crate::words::{others, text};

/// How long somebody who is there may take to answer, in milliseconds, before they are taken to be
/// asleep.
const ANSWER: u32 = 8_000;

/// Says where a poll comes from, who has to do what, and how far it is.
pub fn waiting(host: &Host, now: &Snapshot) -> Html {
    if now.stage == Stage::Opening {
        return html! { <div class="head"><Title text={text::waiting::opening()} /></div> };
    }
    html! {
        <div class="head" data-test="waiting">
            <Title text={text::waiting::title()} />
            <p class="lead">{ text::waiting::where_it_is() }</p>
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
        Connection::Off => (text::waiting::offline(), false),
        // The relay is in reach, and says why there is no way in.
        Connection::Unreachable if props.refusal.is_some() => (text::waiting::let_in(), false),
        Connection::Unreachable => (text::waiting::unreachable(), false),
        Connection::Connecting => (text::waiting::connecting(), false),
        Connection::Up { others: 0 } => (text::waiting::nobody(), true),
        Connection::Up { .. } if *asleep => (text::waiting::asleep(), true),
        Connection::Up { .. } => (text::waiting::asking(), false),
    };
    html! {
        <>
            <p role="status">
                if let Some(why) = props.refusal { { why }{ " " } }
                { says }
            </p>
            if props.connection == Connection::Unreachable {
                <div><button type="button" class="btn quiet" onclick={try_now} data-test="try-now">{ text::common::try_now() }</button></div>
            }
            if helps {
                <div class="stack">
                    <p class="small">{ text::waiting::send_this() }</p>
                    <blockquote class="note said" data-test="waiting-text">{ text::waiting::letter() }</blockquote>
                    <div><Copy text={text::waiting::letter()} label={text::waiting::copy_letter()} of={text::waiting::copy_letter_for()} /></div>
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
                <span class="small">{ text::waiting::progress(received, total) }</span>
                <progress value={received.to_string()} max={total.to_string()} />
            </label>
        },
        _ => Html::default(),
    }
}
