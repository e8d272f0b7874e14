//! The polls that this device has opened.

use election_core::ids::PollId;
use election_core::time::Millis;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::focus;
use super::go::go;
use crate::engine::storage::{Storage, StoredPoll};
use crate::engine::{clock, registry};
use crate::route::Route;
use crate::words::amounts::ago;
use crate::words::precinct;

/// A poll of this device.
#[derive(Clone, PartialEq)]
struct Recent {
    poll: PollId,
    title: String,
    /// Where the address leads; empty where that is not known, and in a poll without precincts.
    precinct: String,
    address: String,
    chair: bool,
    used: Millis,
}

/// The list, newest first.
#[component]
pub fn RecentPolls() -> Html {
    let polls = use_state(|| None::<Vec<Recent>>);
    let trouble = use_state(|| None::<String>);
    {
        let polls = polls.setter();
        use_effect_with((), move |()| {
            spawn_local(async move { polls.set(Some(load().await)) })
        });
    }
    let forget = {
        let (polls, trouble) = (polls.setter(), trouble.setter());
        Callback::from(move |recent: Recent| {
            let (polls, trouble) = (polls.clone(), trouble.clone());
            spawn_local(async move {
                trouble.set(forget(&recent).await.err());
                polls.set(Some(load().await));
            });
        })
    };
    html! {
        <section class="card" aria-labelledby="recent">
            <h2 id="recent" tabindex="-1">{ "Recent polls on this device" }</h2>
            if let Some(trouble) = &*trouble { <p class="error" role="alert">{ trouble }</p> }
            { match polls.as_deref() {
                None => html! { <p class="small">{ "…" }</p> },
                Some([]) => html! {
                    <p class="small">{ "None yet. A poll that you make or open is listed here, and your voter stays on this device: closing the tab loses nothing." }</p>
                },
                Some(polls) => html! {
                    <ul class="recent">{ for polls.iter().map(|recent| html! {
                        <Row key={recent.poll.to_string()} recent={recent.clone()} forget={forget.clone()} />
                    }) }</ul>
                },
            } }
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct RowProps {
    recent: Recent,
    forget: Callback<Recent>,
}

#[component]
fn Row(props: &RowProps) -> Html {
    let RowProps { recent, forget } = props;
    let asking = use_state(|| false);
    let ask = |to: bool| {
        let asking = asking.setter();
        Callback::from(move |_: MouseEvent| asking.set(to))
    };
    let opener = format!("forget-{}", recent.poll);
    let keep = {
        let (asking, opener) = (asking.setter(), format!("#{opener}"));
        Callback::from(move |_: MouseEvent| {
            focus::on(&opener);
            asking.set(false);
        })
    };
    let sure = {
        let (recent, forget) = (recent.clone(), forget.clone());
        Callback::from(move |_: MouseEvent| {
            focus::on("#recent");
            forget.emit(recent.clone());
        })
    };
    let title = if recent.title.is_empty() {
        "A poll that has not arrived yet"
    } else {
        &recent.title
    };
    html! {
        <li>
            <div class="row apart">
                { go(&recent.address, "poll", None, html! {
                    <>
                        <b>{ title }</b>
                        <span class="small">
                            { precinct::role(recent.chair, &recent.precinct) }{ " · opened " }{ ago(clock::now() - recent.used) }
                        </span>
                    </>
                }) }
                <button type="button" class="btn small quiet" onclick={ask(!*asking)} id={opener.clone()}
                    aria-expanded={asking.to_string()} aria-label={format!("Forget {title}")}>{ "Forget" }</button>
            </div>
            if *asking {
                <div class="note">
                    <p>{ if recent.chair {
                        "Forget this poll and its keys? Without the chair's link nobody can be its chair any more. Votes that others have stay counted."
                    } else {
                        "Forget this poll and your voter's key? You could not change your vote any more. It stays counted in the others' tabs."
                    } }</p>
                    <div class="row">
                        <button type="button" class="btn small danger" onclick={sure}>{ "Forget it" }</button>
                        <button type="button" class="btn small quiet" onclick={keep}>{ "Keep it" }</button>
                    </div>
                </div>
            }
        </li>
    }
}

async fn load() -> Vec<Recent> {
    let Ok(storage) = Storage::open().await else {
        return Vec::new();
    };
    let polls = storage.polls().await.unwrap_or_default();
    let recent = |stored: StoredPoll| Recent {
        poll: stored.poll,
        address: Route::Poll.of_poll(&stored.link()),
        title: stored.title,
        precinct: stored.precinct_name,
        chair: stored.chair.is_some(),
        used: stored.used,
    };
    polls.into_iter().map(recent).collect()
}

/// Deletes a poll from this device, unless this page has it open.
async fn forget(recent: &Recent) -> Result<(), String> {
    const OPEN: &str = "That poll is open in this tab. Reload the tab, then forget it.";
    if registry::running(recent.poll).is_some() {
        return Err(OPEN.to_owned());
    }
    let forgotten = async { Storage::open().await?.forget(recent.poll).await };
    forgotten.await.map_err(|error| error.to_string())
}
