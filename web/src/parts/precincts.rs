//! The precincts one by one: a table, and a search when they are many.

use std::rc::Rc;

use election_core::board::canvassed::Part;
use election_core::ids::{PrecinctId, ReturnId};
use election_core::poll::genesis::Genesis;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::focus;
use super::precinct_row::PrecinctRow;
use crate::engine::host::Host;
use crate::engine::snapshot::Canvassing;
use crate::words::precinct;
use crate::words::search::{self, Search, Sought};
use crate::words::text::{common, precincts as text};

/// The precincts.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Who counts another precinct.
    pub host: Host,
    /// The poll.
    pub poll: Rc<Genesis>,
    /// What is known of them.
    pub canvass: Rc<Canvassing>,
    /// This tab's own.
    pub own: Option<PrecinctId>,
    /// Whether this tab can strike.
    pub chair: bool,
}

/// The table.
#[component]
pub fn Precincts(props: &Props) -> Html {
    let Props {
        poll, canvass, own, ..
    } = props;
    let search = use_state(Search::default);
    let page = use_state(|| None::<usize>);
    let striking = use_state(|| None::<(PrecinctId, ReturnId)>);
    let order = use_memo((Rc::clone(poll), *own), |(poll, own)| {
        precinct::in_order(poll.precincts(), *own)
    });
    let listed = use_mut_ref(Vec::new);
    let mut listed = listed.borrow_mut();
    // Nothing moves while somebody is at work in a row: it could leave the page, and what they
    // write with it.
    if listed.len() != order.len() || !focus::is_within(".precincts") {
        *listed = search::heard_first(&canvass.canvassed, &order, *own);
    }
    let found = search::find(&canvass.canvassed, &listed, poll.precincts(), &search);
    let (begin, shown) = search::page(found.len(), *page);
    let rows = found[begin..begin + shown]
        .iter()
        .map(|part| row(props, part, &striking));
    let many = order.len() > search::FEW;
    let look_for = {
        let (search, page) = (search.setter(), page.setter());
        Callback::from(move |new: Search| {
            // From the start of what is found.
            page.set(None);
            search.set(new);
        })
    };
    html! {
        <div class="stack">
            <h3 id="precincts" tabindex="-1">{ text::title() }</h3>
            if many { { fields(&search, look_for) } }
            if found.is_empty() {
                <p class="small" role="status">{ text::none() }</p>
            } else {
                <div class="scroll" tabindex="0" role="group" aria-labelledby="precincts">
                    <table class="ballots precincts" role="table" data-test="precincts">
                        <caption class="unseen">{ text::caption() }</caption>
                        <thead><tr>
                            <th scope="col">{ text::precinct() }</th><th scope="col">{ text::votes() }</th><th scope="col" class="n">{ text::counted() }</th>
                            <th scope="col">{ text::grade() }</th><th scope="col"><span class="unseen">{ text::what_you_can_do() }</span></th>
                        </tr></thead>
                        <tbody>{ for rows }</tbody>
                    </table>
                </div>
            }
            if many { { leaf(found.len(), begin, shown, &page) } }
        </div>
    }
}

fn row(
    props: &Props,
    part: &Part,
    striking: &UseStateHandle<Option<(PrecinctId, ReturnId)>>,
) -> Html {
    let Props {
        host,
        poll,
        canvass,
        own,
        chair,
    } = props;
    let precinct = part.precinct;
    let audit = canvass
        .audits
        .iter()
        .find(|audit| audit.precinct == precinct)
        .copied();
    let return_id = canvass
        .returns
        .get(usize::from(precinct.0))
        .copied()
        .flatten()
        .filter(|_| *chair);
    html! {
        // Whatever comes above it, a row stays the same row: somebody may be writing in it.
        <PrecinctRow key={precinct.0} host={host.clone()} poll={Rc::clone(poll)} part={part.clone()}
            own={*own == Some(precinct)} {audit} {return_id} strike={striking.setter()}
            striking={striking.filter(|(of, _)| *of == precinct).map(|(_, return_id)| return_id)} />
    }
}

fn fields(search: &Search, look_for: Callback<Search>) -> Html {
    let by_name = {
        let (grade, look_for) = (search.grade, look_for.clone());
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                let name = input.value();
                look_for.emit(Search { name, grade });
            }
        })
    };
    let by_grade = {
        let name = search.name.clone();
        Callback::from(move |event: Event| {
            let chosen = event
                .target_dyn_into::<HtmlSelectElement>()
                .and_then(|select| usize::try_from(select.selected_index()).ok())
                .and_then(|index| Sought::CHOICES.get(index));
            if let Some(&grade) = chosen {
                let name = name.clone();
                look_for.emit(Search { name, grade });
            }
        })
    };
    html! {
        <div class="search">
            <label class="field">
                <span class="small">{ text::find() }</span>
                <input type="search" autocomplete="off" value={search.name.clone()} oninput={by_name} data-test="precinct-search" />
            </label>
            <label class="field">
                <span class="small">{ text::grade() }</span>
                <select onchange={by_grade} data-test="precinct-grade">
                    { for Sought::CHOICES.iter().map(|grade| html! {
                        <option selected={*grade == search.grade}>{ grade.name() }</option>
                    }) }
                </select>
            </label>
        </div>
    }
}

/// How many there are, and the buttons that lead to those that are not shown.
fn leaf(found: usize, begin: usize, shown: usize, page: &UseStateHandle<Option<usize>>) -> Html {
    let to = |to: Option<usize>| {
        let page = page.setter();
        Callback::from(move |_: MouseEvent| {
            page.set(to);
            focus::on("#precincts");
        })
    };
    let at = begin / search::PAGE;
    let says = match shown {
        0 => return Html::default(),
        all if all == found => common::precincts(found),
        _ => text::some_of(begin + 1, begin + shown, found),
    };
    let button = |label: String, page: Option<usize>, test: &'static str| {
        html! { <button type="button" class="btn small quiet" onclick={to(page)} data-test={test}>{ label }</button> }
    };
    html! {
        <div class="row">
            <span class="small" role="status">{ says }</span>
            if page.is_none() && shown < found {
                if found <= search::PAGE {
                    { button(text::show_all(found), Some(0), "precincts-all") }
                } else {
                    { button(text::show_pages(search::PAGE), Some(0), "precincts-all") }
                }
            }
            if page.is_some() {
                if at > 0 { { button(text::earlier().to_owned(), Some(at - 1), "precincts-earlier") } }
                if begin + shown < found { { button(text::later().to_owned(), Some(at + 1), "precincts-later") } }
                { button(text::only_first(search::FEW), None, "precincts-few") }
            }
        </div>
    }
}
