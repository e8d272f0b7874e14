//! What nobody needs to begin with: shown as soon as its piece of the program is there, which is
//! fetched once the rest of the screen is.

use std::any::Any;
use std::rc::Rc;

use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::cut::Piece;
use crate::engine::page;
use crate::words::text::later as text;

/// After how many milliseconds somebody who waits is told so.
const PATIENCE: u32 = 10_000;

/// A card under its heading, with what it shows: its component's properties. `may_reload` unless
/// something would be lost by that.
pub fn later<P: 'static>(piece: Piece, title: &'static str, of: P, may_reload: bool) -> Html {
    let of = Of(Rc::new(of));
    html! { <Later key={piece as usize} {piece} title={Some(title)} {of} {may_reload} /> }
}

/// What stands under a heading that is there already. What it leads to is fetched after it.
pub fn inside<P: 'static>(piece: Piece, of: P, leads_to: Option<Piece>) -> Html {
    let of = Of(Rc::new(of));
    html! { <Later key={piece as usize} {piece} {of} {leads_to} /> }
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
    piece: Piece,
    #[prop_or_default]
    title: Option<&'static str>,
    of: Of,
    #[prop_or(true)]
    may_reload: bool,
    #[prop_or_default]
    leads_to: Option<Piece>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    OnItsWay,
    Here,
    Missing,
    /// It was missing, and is on its way again.
    Again,
}

#[component]
fn Later(props: &Props) -> Html {
    let (piece, leads_to) = (props.piece, props.leads_to);
    let state = use_state(|| match piece.here() {
        Some(_) => State::Here,
        None => State::OnItsWay,
    });
    use_effect_with(*state, {
        let set = state.setter();
        move |&state| {
            let (mut late, mut online) = (None, None);
            match state {
                State::OnItsWay | State::Again => {
                    let found = set.clone();
                    spawn_local(async move {
                        let is_here = piece.load().await.is_ok();
                        found.set(if is_here { State::Here } else { State::Missing });
                    });
                    let set = set.clone();
                    late = Some(Timeout::new(PATIENCE, move || set.set(State::Missing)));
                }
                State::Missing => {
                    let again = move |_: &Event| set.set(State::Again);
                    let window = web_sys::window();
                    online = window.map(|window| EventListener::new(&window, "online", again));
                }
                State::Here => {
                    page::scroll_back();
                    if let Some(next) = leads_to {
                        spawn_local(async move {
                            // Who wants it fetches it again.
                            let _ = next.load().await;
                        });
                    }
                }
            }
            move || drop((late, online))
        }
    });
    if let Some(show) = piece.here() {
        return show(&*props.of.0);
    }
    let says = match *state {
        State::OnItsWay | State::Here => {
            html! { <p class="small" role="status">{ text::on_its_way() }</p> }
        }
        missing => {
            let is_tried = missing == State::Again;
            let again = {
                let state = state.setter();
                Callback::from(move |_: MouseEvent| state.set(State::Again))
            };
            html! {
                <>
                    <p role="status">{ text::missing() }</p>
                    <div class="row">
                        // It stays while it is tried again, and keeps the focus.
                        <button type="button" class="btn small" onclick={again} aria-disabled={is_tried.to_string()} data-test="later-again">{ text::again() }</button>
                        if props.may_reload {
                            <button type="button" class="btn small quiet" onclick={|_| page::reload()} data-test="later-reload">{ text::reload() }</button>
                        }
                    </div>
                </>
            }
        }
    };
    match props.title {
        None => html! { <div class="stack" data-test="later">{ says }</div> },
        Some(title) => {
            html! { <section class="card later" data-test="later"><h2>{ title }</h2>{ says }</section> }
        }
    }
}
