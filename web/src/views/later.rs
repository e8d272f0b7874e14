//! What a voter does not see first: shown as soon as its part of the program is there.

use std::any::Any;
use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use web_sys::Element;
use yew::prelude::*;

use super::cut::{Missing, Part};
use crate::engine::page;
use crate::parts::sight::Sight;
use crate::words::text::later as text;

/// A part of the screen under its heading, with what it shows: its component's properties.
pub fn later<P: 'static>(part: Part, title: &'static str, of: P) -> Html {
    seen_later(part, title, of, true)
}

/// The same of a part that is fetched when it comes into sight, or is `wanted` all the same.
pub fn seen_later<P: 'static>(part: Part, title: &'static str, of: P, wanted: bool) -> Html {
    html! { <Later key={part as usize} {part} {title} of={Of(Rc::new(of))} {wanted} /> }
}

/// The same of a part that can be closed, also while it is not there yet.
pub fn drawer<P: 'static>(part: Part, title: &'static str, of: P, on_close: Callback<()>) -> Html {
    html! { <Later key={part as usize} {part} {title} of={Of(Rc::new(of))} {on_close} /> }
}

/// Properties of any component. Whether they have changed is for that component to say.
#[derive(Clone)]
struct Of(Rc<dyn Any>);

impl PartialEq for Of {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

#[derive(Properties, PartialEq)]
struct Props {
    part: Part,
    title: &'static str,
    of: Of,
    #[prop_or(true)]
    wanted: bool,
    #[prop_or_default]
    on_close: Option<Callback<()>>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// Out of sight.
    Unwanted,
    OnItsWay,
    Here,
    Missing,
}

#[component]
fn Later(props: &Props) -> Html {
    let part = props.part;
    let state = use_state(|| State::Unwanted);
    let place = use_node_ref();
    use_effect_with((*state, props.wanted), {
        let (set, place) = (state.setter(), place.clone());
        move |&(state, wanted)| {
            let sight = match state {
                State::Unwanted if part.here().is_some() => None,
                State::Unwanted => {
                    let near = {
                        let set = set.clone();
                        move || set.set(State::OnItsWay)
                    };
                    let place = place.cast::<Element>().filter(|_| !wanted);
                    let sight = place.and_then(|place| Sight::of(&place, near));
                    if sight.is_none() {
                        set.set(State::OnItsWay);
                    }
                    sight
                }
                State::OnItsWay => {
                    spawn_local(async move {
                        set.set(match part.load().await {
                            Ok(()) => State::Here,
                            Err(Missing) => State::Missing,
                        });
                    });
                    None
                }
                State::Here => {
                    page::scroll_back();
                    None
                }
                State::Missing => None,
            };
            move || drop(sight)
        }
    });
    if let Some(show) = part.here() {
        return show(&*props.of.0);
    }
    let again = {
        let state = state.setter();
        Callback::from(move |_: MouseEvent| state.set(State::OnItsWay))
    };
    let close = props.on_close.clone().map(|close| {
        let close = Callback::from(move |_: MouseEvent| close.emit(()));
        html! { <button type="button" class="dismiss" aria-label={text::close()} onclick={close}>{ "✕" }</button> }
    });
    let class = if close.is_some() { "drawer" } else { "card" };
    html! {
        <section {class} ref={place} data-test="later">
            <div class="row apart">
                <h2>{ props.title }</h2>
                { for close }
            </div>
            if *state == State::Missing {
                <p role="alert">{ text::missing() }</p>
                <div class="row">
                    <button type="button" class="btn small" onclick={again} data-test="later-again">{ text::again() }</button>
                    <button type="button" class="btn small quiet" onclick={|_| page::reload()}>{ text::reload() }</button>
                </div>
            } else {
                <p class="small" role="status">{ text::on_its_way() }</p>
            }
        </section>
    }
}
