//! The first screen: make a poll, join one, or go on with one.

use election_core::wire::link::{BadLink, FoundLink, Link};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::engine::{page, registry};
use crate::parts::go::go;
use crate::parts::recent::RecentPolls;
use crate::route::{self, Route};
use crate::words::{bad_link, origin, text};

/// What stands on it.
#[component]
pub fn Home() -> Html {
    html! {
        <>
            <div class="two even">
                <section class="card" aria-labelledby="make">
                    <h2 id="make">{ text::home::make() }</h2>
                    <p>{ text::home::make_says() }</p>
                    <div>{ go("/make", "btn", Some("home-make"), text::home::make().into()) }</div>
                </section>
                <Join />
            </div>
            <div class="stack below">
                <RecentPolls />
                { promises() }
            </div>
        </>
    }
}

/// Why a link is not opened.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wrong {
    /// Nothing was pasted.
    Nothing,
    /// It is none.
    Bad(BadLink),
    /// It is one of another site: that poll's voters meet at another relay.
    Elsewhere {
        /// That site.
        origin: String,
        /// The link alone, without the text that it stood in.
        url: String,
    },
}

fn wrong(error: &Wrong) -> Html {
    match error {
        Wrong::Nothing => text::home::no_link().into(),
        Wrong::Bad(bad) => bad_link::says(bad).into(),
        Wrong::Elsewhere { origin, url } => {
            text::home::elsewhere(html! { <a href={url.clone()} rel="noreferrer">{ origin }</a> })
        }
    }
}

fn elsewhere(found: &FoundLink) -> Option<Wrong> {
    let origin = origin::of(found.address.as_deref()?)?;
    if origin.eq_ignore_ascii_case(&page::origin()) {
        return None;
    }
    let path = match screen(&found.link) {
        Route::Chair => "chair",
        _ => "p",
    };
    let url = format!("{origin}/{path}#{}", found.link.token());
    let origin = origin.to_owned();
    Some(Wrong::Elsewhere { origin, url })
}

fn screen(link: &Link) -> Route {
    if link.chair.is_some() {
        Route::Chair
    } else {
        Route::Poll
    }
}

/// The field for a link that somebody sent.
#[component]
fn Join() -> Html {
    let input = use_node_ref();
    let error = use_state(|| None::<Wrong>);
    let submit = {
        let (input, error) = (input.clone(), error.setter());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let text = input
                .cast::<HtmlInputElement>()
                .map(|input| input.value())
                .unwrap_or_default();
            let text = text.trim();
            let found = match text {
                "" => Err(Wrong::Nothing),
                _ => FoundLink::in_text(text).map_err(Wrong::Bad),
            };
            match found.and_then(|found| elsewhere(&found).map_or(Ok(found.link), Err)) {
                Ok(link) => {
                    // A chair's key goes straight to the poll's host, by no address.
                    let _ = registry::open(&link);
                    route::go(&screen(&link).of_poll(&link));
                }
                Err(wrong) => error.set(Some(wrong)),
            }
        })
    };
    let mend = {
        let error = error.setter();
        Callback::from(move |_: InputEvent| error.set(None))
    };
    html! {
        <section class="card" aria-labelledby="join">
            <h2 id="join">{ text::home::join() }</h2>
            <form class="stack" onsubmit={submit}>
                <label class="field">
                    <span>{ text::home::link() }</span>
                    <input ref={input} oninput={mend} inputmode="url" autocomplete="off" spellcheck="false" aria-invalid={error.is_some().to_string()}
                        data-test="home-join-input" />
                </label>
                if let Some(error) = &*error { <p class="error" role="alert" data-test="poll-error">{ wrong(error) }</p> }
                <div><button class="btn quiet" data-test="home-join">{ text::home::open() }</button></div>
            </form>
        </section>
    }
}

/// What this promises, and what not.
fn promises() -> Html {
    html! {
        <section class="card" aria-labelledby="promises">
            <h2 id="promises">{ text::home::promises() }</h2>
            <div class="two even">
                <ul class="plain yes">
                    <li>{ text::home::promises_yours() }</li>
                    <li>{ text::home::promises_same() }</li>
                    <li>{ text::home::promises_log() }</li>
                    <li>{ text::home::promises_any_tab() }</li>
                    <li>{ text::home::promises_relay() }</li>
                </ul>
                <ul class="plain no">
                    <li>{ text::home::not_secret() }</li>
                    <li>{ text::home::not_one_person() }</li>
                    <li>{ text::home::not_unforced() }</li>
                    <li>{ text::home::not_honest_host() }</li>
                    <li>{ text::home::not_final() }</li>
                </ul>
            </div>
        </section>
    }
}
