//! How others get in: the voters' link, its QR code, and for the chair the link of the desk. In a
//! poll whose precincts have names, the link of each.

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
use crate::words::text::{common, share as text};

/// What to share.
#[derive(Clone, Properties, PartialEq)]
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
        || text::for_voters().to_owned(),
        |name| text::for_voters_of(name),
    );
    html! {
        <section class="card share" aria-labelledby="share">
            <div class="stack">
                <h2 id="share">{ text::title() }</h2>
                // On paper the sheet stands alone.
                <p class="on-paper lead">
                    { poll.title() }
                    if let Some(name) = &name { <><br /><b>{ name }</b></> }
                </p>
                if let Some(name) = &name {
                    <p class="on-screen">{ text::choose_precinct() }</p>
                    <label class="field on-screen">
                        <span>{ text::precinct() }</span>
                        <select onchange={choose} data-test="share-precinct">
                            { for precincts.iter().enumerate().map(|(index, (precinct, _))| html! {
                                <option selected={index == *chosen}>{ named(props, *precinct) }</option>
                            }) }
                        </select>
                    </label>
                    { link(&whose, url, "share-link") }
                    <div class="row on-screen">
                        <button type="button" class="btn small quiet" onclick={|_| print::share_sheet()} data-test="share-print">
                            { text::print(name) }
                        </button>
                    </div>
                    { all(props) }
                } else {
                    <p>{ text::everybody() }</p>
                    { link(&whose, url, "share-link") }
                }
                if matches!(poll.precincts(), Precincts::Automatic(_)) {
                    <p class="small on-screen">{ text::automatic() }</p>
                }
                if let Some(warning) = page::reach().warning(props.chair.is_some()) {
                    <p class="note on-screen" data-test="share-unreachable">{ warning }</p>
                }
                <p class="small on-screen">{ text::keep_open() }</p>
            </div>
            { qr::picture(url, &text::code(&whose)) }
            if let Some(chair) = &props.chair { <ChairLink url={chair.clone()} kept={props.kept} /> }
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct ChairLinkProps {
    url: AttrValue,
    kept: bool,
}

/// The chair's link, which is on no screen before it is asked for: screens are shown, shared and
/// photographed.
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
                { if *shown { text::hide_chairs() } else { text::show_chairs() } }
            </button>
            if *shown {
                <p class="note bad">{ text::chairs_shown() }</p>
                { link(text::for_chair(), &props.url, "share-chair-link") }
            } else {
                <p class="small">{ if props.kept { text::chairs_kept() } else { text::chairs_unkept() } }</p>
            }
        </div>
    }
}

/// A precinct's name, and whether it is this tab's own.
fn named(props: &Props, precinct: PrecinctId) -> String {
    let name = precinct::name(props.poll.precincts(), precinct);
    if props.own == Some(precinct) {
        common::precinct_yours(&name)
    } else {
        name
    }
}

/// The link of every precinct, to be handed on.
fn all(props: &Props) -> Html {
    let links = props.precincts.iter().map(|(precinct, url)| {
        let name = precinct::name(props.poll.precincts(), *precinct);
        let test = format!("share-link-{}", precinct.0);
        html! {
            <li key={precinct.0}>
                <b>{ named(props, *precinct) }</b>
                { link(&text::for_voters_of(&name), url, &test) }
            </li>
        }
    });
    html! {
        <details class="on-screen">
            <summary>{ text::all(props.precincts.len()) }</summary>
            <ul class="links">{ for links }</ul>
        </details>
    }
}

/// The link in a field, and the button that copies it. `whose` it is, those hear who do not see
/// what stands above.
fn link(whose: &str, url: &AttrValue, test: &str) -> Html {
    let select = Callback::from(|event: FocusEvent| {
        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
            input.select();
        }
    });
    html! {
        <div class="link">
            <input class="code" readonly={true} aria-label={text::link(whose)} value={url.clone()} onfocus={select} data-test={test.to_owned()} />
            <Copy text={url.clone()} label={text::copy()} of={whose.to_owned()} />
        </div>
    }
}

/// The address that voters get. Where each voter's key says in which precinct they are, it leads to
/// none.
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
