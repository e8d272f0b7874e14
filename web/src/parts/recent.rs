//! The polls that this device has opened.

use election_core::ids::PollId;
use election_core::time::Millis;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::focus;
use super::go::go;
use crate::engine::lock::{self, Held};
use crate::engine::storage::{Storage, StoredReplica};
use crate::engine::{clock, marks, registry};
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
    replicas: Vec<String>,
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
    let replicas = storage.replicas().await.unwrap_or_default();
    let mut polls: Vec<Recent> = Vec::new();
    for replica in replicas {
        let (address, chair) = (address(&replica), replica.chair.is_some());
        let Some(recent) = polls.iter_mut().find(|recent| recent.poll == replica.poll) else {
            polls.push(Recent {
                poll: replica.poll,
                title: replica.title,
                precinct: replica.precinct_name,
                address,
                chair,
                used: replica.used,
                replicas: vec![replica.id],
            });
            continue;
        };
        // Of several replicas of a poll: the chair's desk, if one of them is the chair's.
        if chair && !recent.chair {
            (recent.address, recent.chair) = (address, true);
            recent.precinct = replica.precinct_name;
        }
        if recent.title.is_empty() {
            recent.title = replica.title;
        }
        recent.replicas.push(replica.id);
    }
    polls
}

fn address(replica: &StoredReplica) -> String {
    let screen = if replica.chair.is_some() {
        "chair"
    } else {
        "p"
    };
    format!("/{screen}#{}", replica.link().token())
}

/// Deletes a poll from this device, unless a tab has it open.
async fn forget(recent: &Recent) -> Result<(), String> {
    const OPEN: &str = "That poll is open in a tab. Close or reload the tab, then forget it.";
    if registry::running(recent.poll).is_some() {
        return Err(OPEN.to_owned());
    }
    let storage = Storage::open().await.map_err(|error| error.to_string())?;
    // All of them first: a poll is forgotten as a whole or not at all.
    let mut locks = true;
    for replica in &recent.replicas {
        match lock::take(replica).await {
            Held::Here => {}
            Held::Elsewhere => return Err(OPEN.to_owned()),
            Held::NoLocks => locks = false,
        }
    }
    if !locks && !is_closed_elsewhere() {
        return Err(OPEN.to_owned());
    }
    for replica in &recent.replicas {
        storage
            .forget(replica)
            .await
            .map_err(|error| error.to_string())?;
        marks::set(replica, None);
    }
    Ok(())
}

/// Without locks only the person knows.
fn is_closed_elsewhere() -> bool {
    const ASK: &str = "This browser cannot tell whether that poll is open in another tab, which would lose its voter. Is it closed everywhere?";
    web_sys::window().is_some_and(|window| window.confirm_with_message(ASK).unwrap_or(false))
}
