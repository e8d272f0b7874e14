//! The first screen: make a poll, join one, or go on with one.

use election_core::wire::link::{BadLink, FoundLink, Link};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::engine::{page, registry};
use crate::parts::frame::frame;
use crate::parts::go::go;
use crate::parts::recent::RecentPolls;
use crate::parts::title::Title;
use crate::route::{self, Route};
use crate::words::{origin, sentence};

/// Home.
pub fn home() -> Html {
    let content = html! {
        <>
            <div class="head">
                <Title text="A poll that needs no server to keep it" />
                <p class="lead">{ "Ask a question, share a link, and every tab that opens it holds the poll, or its precinct of a large one: it checks each ballot, counts by itself, and passes on what it knows." }</p>
                <p class="lead">{ "Vote with no network. When you are back, the ballots merge." }</p>
            </div>
            <div class="two even">
                <section class="card" aria-labelledby="make">
                    <h2 id="make">{ "Make a poll" }</h2>
                    <p>{ "A title, a few options, and you have a link to share. No account, about twenty seconds." }</p>
                    <div>{ go("/make", "btn", Some("home-make"), "Make a poll".into()) }</div>
                </section>
                <Join />
            </div>
            <div class="stack below">
                <RecentPolls />
                { promises() }
            </div>
        </>
    };
    frame(Html::default(), content, Html::default())
}

/// Why a link is not opened.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wrong {
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
        Wrong::Bad(bad) => sentence(&bad.to_string()).into(),
        Wrong::Elsewhere { origin, url } => html! {
            <>
                { "This poll is held on another site. Open it there, if you trust it: " }
                <a href={url.clone()} rel="noreferrer">{ origin }</a>
            </>
        },
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
            let found = FoundLink::in_text(&text).map_err(Wrong::Bad);
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
            <h2 id="join">{ "Join a poll" }</h2>
            <form class="stack" onsubmit={submit}>
                <label class="field">
                    <span>{ "The link that you were sent" }</span>
                    <input ref={input} oninput={mend} inputmode="url" autocomplete="off" spellcheck="false" aria-invalid={error.is_some().to_string()}
                        data-test="home-join-input" />
                </label>
                if let Some(error) = &*error { <p class="error" role="alert" data-test="poll-error">{ wrong(error) }</p> }
                <div><button class="btn quiet" data-test="home-join">{ "Open it" }</button></div>
            </form>
        </section>
    }
}

/// What this promises, and what not.
fn promises() -> Html {
    html! {
        <section class="card" aria-labelledby="promises">
            <h2 id="promises">{ "What it promises, and what it does not" }</h2>
            <div class="two even">
                <ul class="plain yes">
                    <li>{ "Nobody but you can make or change your ballot: it is signed with a key that stays on your device." }</li>
                    <li>{ "The same ballots give the same result in every tab, and four words let you compare by ear. Of other precincts a tab shows what they return, and how far that can be trusted." }</li>
                    <li>{ "Nothing disappears silently: the chair can revoke a ballot only with a reason that all can read, for good." }</li>
                    <li>{ "Any one tab that is left brings the poll back; where there are precincts, one of each." }</li>
                    <li>{ "The relay between the tabs can neither read nor forge a vote." }</li>
                </ul>
                <ul class="plain no">
                    <li>{ "Ballots are not secret. They stand under made-up names, and somebody who knows which is yours knows your vote." }</li>
                    <li>{ "An open link does not mean one vote a person: it is one a browser, and whoever has two browsers can vote twice." }</li>
                    <li>{ "It does not protect anybody who is made to vote in a certain way." }</li>
                    <li>{ "A dishonest host of this page could serve a dishonest page." }</li>
                    <li>{ "Results are provisional: a late tab may still bring ballots." }</li>
                </ul>
            </div>
        </section>
    }
}
