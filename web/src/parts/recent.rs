//! The polls that this device has opened.

use election_core::ids::PollId;
use election_core::time::Millis;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::focus;
use super::go::go;
use crate::engine::storage::{Storage, StoredPoll};
use crate::engine::{channel, clock, registry, session};
use crate::route::Route;
use crate::words::amounts::ago;
use crate::words::{precinct, refusal, text};

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
    let show = {
        let polls = polls.setter();
        Callback::from(move |()| {
            let polls = polls.clone();
            spawn_local(async move { polls.set(Some(load().await)) });
        })
    };
    use_effect_with((), {
        let show = show.clone();
        move |()| show.emit(())
    });
    html! {
        <section class="card" aria-labelledby="recent">
            <h2 id="recent" tabindex="-1">{ text::recent::title() }</h2>
            { match polls.as_deref() {
                None => html! { <p class="small">{ "…" }</p> },
                Some([]) => html! {
                    <p class="small">{ text::recent::none() }</p>
                },
                Some(polls) => html! {
                    <ul class="recent">{ for polls.iter().map(|recent| html! {
                        <Row key={recent.poll.to_string()} recent={recent.clone()} forgotten={show.clone()} />
                    }) }</ul>
                },
            } }
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct RowProps {
    recent: Recent,
    /// When it is gone.
    forgotten: Callback<()>,
}

#[component]
fn Row(props: &RowProps) -> Html {
    let RowProps { recent, forgotten } = props;
    let asking = use_state(|| false);
    // Why it was not forgotten: said where it was asked for, until the question is put away.
    let trouble = use_state(|| None::<String>);
    let ask = |to: bool| {
        let (asking, trouble) = (asking.setter(), trouble.setter());
        Callback::from(move |_: MouseEvent| {
            trouble.set(None);
            asking.set(to);
        })
    };
    let opener = format!("forget-{}", recent.poll);
    let keep = {
        let (close, opener) = (ask(false), format!("#{opener}"));
        Callback::from(move |event: MouseEvent| {
            focus::on(&opener);
            close.emit(event);
        })
    };
    let sure = {
        let (poll, forgotten, trouble) = (recent.poll, forgotten.clone(), trouble.setter());
        Callback::from(move |_: MouseEvent| {
            let (forgotten, trouble) = (forgotten.clone(), trouble.clone());
            spawn_local(async move {
                match forget(poll).await {
                    Ok(()) => {
                        focus::on("#recent");
                        forgotten.emit(());
                    }
                    Err(why) => trouble.set(Some(why)),
                }
            });
        })
    };
    let title = if recent.title.is_empty() {
        text::recent::not_arrived()
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
                            { text::recent::opened(&precinct::role(recent.chair, &recent.precinct), &ago(clock::now() - recent.used)) }
                        </span>
                    </>
                }) }
                <button type="button" class="btn small quiet" onclick={ask(!*asking)} id={opener.clone()}
                    aria-expanded={asking.to_string()} aria-label={text::recent::forget_which(title)} data-test="forget">{ text::recent::forget() }</button>
            </div>
            if *asking {
                <div class="note">
                    <p>{ if recent.chair { text::recent::forget_as_chair() } else { text::recent::forget_as_voter() } }</p>
                    if let Some(trouble) = &*trouble { <p class="error" role="alert" data-test="forget-error">{ trouble }</p> }
                    <div class="row">
                        <button type="button" class="btn small danger" onclick={sure} data-test="forget-confirm">{ text::recent::forget_it() }</button>
                        <button type="button" class="btn small quiet" onclick={keep}>{ text::common::keep_it() }</button>
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

/// Deletes a poll from this device, unless a page says that it has it open: it would go on writing
/// to it.
async fn forget(poll: PollId) -> Result<(), String> {
    if registry::running(poll).is_some() {
        return Err(text::recent::open_here().to_owned());
    }
    if channel::is_open(poll).await {
        return Err(text::recent::open_elsewhere().to_owned());
    }
    let forgotten = async { Storage::open().await?.forget(poll).await };
    forgotten
        .await
        .map_err(|error| refusal::of_storage(&error))?;
    session::forget_seen(poll);
    Ok(())
}
