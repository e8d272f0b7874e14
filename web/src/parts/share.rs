//! How others get in: the voters' link, its QR code, and for the chair the link of the desk. In a poll whose precincts
//! have names, the link of each.

use std::rc::Rc;

use election_core::ids::PrecinctId;
use election_core::poll::genesis::Genesis;
use election_core::poll::precincts::Precincts;
use election_core::wire::link::Link;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::copy::Copy;
use super::{print, qr};
use crate::engine::page;
use crate::words::precinct;

/// What to share.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The poll.
    pub poll: Rc<Genesis>,
    /// The voters' link.
    pub voters: AttrValue,
    /// The voters' links of the precincts, if they have names: one's own first.
    #[prop_or_default]
    pub precincts: Vec<(PrecinctId, AttrValue)>,
    /// This tab's own precinct.
    #[prop_or_default]
    pub own: Option<PrecinctId>,
    /// The chair's link, on the chair's desk.
    #[prop_or_default]
    pub chair: Option<AttrValue>,
    /// Whether this browser keeps the chair's key.
    pub kept: bool,
}

/// The share sheet.
#[component]
pub fn Share(props: &Props) -> Html {
    let chosen = use_state(|| 0);
    let Props {
        poll, precincts, ..
    } = props;
    let at = precincts.get(*chosen).or(precincts.first());
    let url = at.map_or(&props.voters, |(_, url)| url);
    let name = at.map(|(precinct, _)| precinct::name(poll.precincts(), *precinct));
    let choose = {
        let chosen = chosen.setter();
        Callback::from(move |event: Event| {
            if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
                chosen.set(usize::try_from(select.selected_index()).unwrap_or(0));
            }
        })
    };
    let whose = name.as_ref().map_or_else(
        || "for voters".to_owned(),
        |name| format!("for voters of {name}"),
    );
    html! {
        <section class="card share" aria-labelledby="share">
            <div class="stack">
                <h2 id="share">{ "Invite people" }</h2>
                // On paper the sheet stands alone.
                <p class="on-paper lead">
                    { poll.title() }
                    if let Some(name) = &name { <><br /><b>{ name }</b></> }
                </p>
                if let Some(name) = &name {
                    <p class="on-screen">{ "Each precinct has its own link: whoever opens it votes there. Choose one, and send it or let them scan the code." }</p>
                    <label class="field on-screen">
                        <span>{ "Precinct" }</span>
                        <select onchange={choose} data-test="share-precinct">
                            { for precincts.iter().enumerate().map(|(index, (precinct, _))| html! {
                                <option selected={index == *chosen}>
                                    { precinct::name(poll.precincts(), *precinct) }
                                    { if props.own == Some(*precinct) { " (yours)" } else { "" } }
                                </option>
                            }) }
                        </select>
                    </label>
                    { link(&whose, url, "share-link") }
                    <div class="row on-screen">
                        <button type="button" class="btn small quiet" onclick={|_| print::share_sheet()} data-test="share-print">
                            { format!("Print the code of {name}") }
                        </button>
                    </div>
                    { all(props) }
                } else {
                    <p>{ "Everybody with this link can vote. Send it, or let them scan the code." }</p>
                    { link(&whose, url, "share-link") }
                }
                if matches!(poll.precincts(), Precincts::Automatic(_)) {
                    <p class="small on-screen">{ "One link for all: in which precinct somebody votes follows from the key that their browser draws." }</p>
                }
                if let Some(warning) = page::reach().warning() {
                    <p class="note on-screen" data-test="share-unreachable">{ warning }</p>
                }
                <p class="small on-screen">
                    { "The poll lives in the tabs that have it open. Keep one open until others have joined: newcomers get everything from whoever is there." }
                </p>
            </div>
            { qr::picture(url, &format!("Link {whose} as a QR code")) }
            if let Some(chair) = &props.chair { <ChairLink url={chair.clone()} kept={props.kept} /> }
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct ChairLinkProps {
    url: AttrValue,
    kept: bool,
}

/// The chair's link, which is on no screen before it is asked for: screens are shown, shared and photographed.
#[component]
fn ChairLink(props: &ChairLinkProps) -> Html {
    let shown = use_state(|| false);
    let toggle = {
        let shown = shown.clone();
        Callback::from(move |_: MouseEvent| shown.set(!*shown))
    };
    html! {
        <div class="chair-link on-screen">
            <button type="button" class="btn small quiet" onclick={toggle} aria-expanded={shown.to_string()} data-test="share-show-chair">
                { if *shown { "Hide the chair's link" } else { "Show the chair's link" } }
            </button>
            if *shown {
                <p class="note bad">
                    { "Keep this one to yourself: whoever has it can revoke ballots in your name, for good, and nobody can take it back. Open it on another device of yours to be the chair there. That device's list of visited pages will have it." }
                </p>
                { link("for the chair", &props.url, "share-chair-link") }
            } else {
                <p class="small">
                    { if props.kept {
                        "For being the chair on another device. In this browser you are the chair without it."
                    } else {
                        "Keep it somewhere before you close or reload this tab: without it nobody is the chair any more."
                    } }
                </p>
            }
        </div>
    }
}

/// The link of every precinct, to be handed on.
fn all(props: &Props) -> Html {
    let links = props.precincts.iter().map(|(precinct, url)| {
        let name = precinct::name(props.poll.precincts(), *precinct);
        let test = format!("share-link-{}", precinct.0);
        html! {
            <li key={precinct.0}>
                <b>{ &name }{ if props.own == Some(*precinct) { " (yours)" } else { "" } }</b>
                { link(&format!("for voters of {name}"), url, &test) }
            </li>
        }
    });
    html! {
        <details class="on-screen">
            <summary>{ format!("All {} links", props.precincts.len()) }</summary>
            <ul class="links">{ for links }</ul>
        </details>
    }
}

/// The link in a field, and the button that copies it. `whose` it is, those hear who do not see what stands above.
fn link(whose: &str, url: &AttrValue, test: &str) -> Html {
    let select = Callback::from(|event: FocusEvent| {
        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
            input.select();
        }
    });
    html! {
        <div class="link">
            <input class="code" readonly={true} aria-label={format!("Link {whose}")} value={url.clone()} onfocus={select} data-test={test.to_owned()} />
            <Copy text={url.clone()} label="Copy link" of={whose.to_owned()} />
        </div>
    }
}

/// The address that voters get. Where each voter's key says in which precinct they are, it leads to none.
#[must_use]
pub fn voters(link: &Link, poll: &Genesis) -> AttrValue {
    let mut link = link.for_voters();
    if let (Precincts::Automatic(_), Some(precincts)) = (poll.precincts(), &mut link.precincts) {
        precincts.precinct = None;
    }
    link.url(&page::origin()).into()
}

/// The address of each precinct, if they have names: one's own first.
#[must_use]
pub fn by_precinct(
    link: &Link,
    poll: &Genesis,
    own: Option<PrecinctId>,
) -> Vec<(PrecinctId, AttrValue)> {
    if !matches!(poll.precincts(), Precincts::Named(_)) {
        return Vec::new();
    }
    let (link, origin) = (link.for_voters(), page::origin());
    precinct::in_order(poll.precincts(), own)
        .into_iter()
        .map(|precinct| (precinct, link.for_precinct(precinct).url(&origin).into()))
        .collect()
}

/// The address of the chair's desk, for those who hold the chair's key.
#[must_use]
pub fn chair(link: &Link) -> Option<AttrValue> {
    link.chair
        .as_ref()
        .map(|_| format!("{}/chair#{}", page::origin(), link.token()).into())
}
