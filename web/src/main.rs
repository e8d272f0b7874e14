//! The page: a Yew app in which every tab is a full replica of the polls it shows.
//!
//! In here, one way down, in the order in which it is best read:
//! - [`engine`]: everything outside Yew. Owns the replicas and carries what they say: socket, disk,
//!   locks, timers.
//! - [`words`]: what the page says, as plain functions; each text by its key in [`words::text`].
//!   Tested natively.
//! - [`parts`]: components, one a file, that show a part of a snapshot.
//! - [`views`]: the screens, put together from parts.
//! - `style/`: the look. Tokens and elements in `look.css`, the parts in `parts.css`.
//!
//! Browser tests find what matters by `data-test` attributes; [`parts`] lists them.

mod engine;
mod parts;
mod route;
mod views;
mod words;

use yew::prelude::*;

use route::Address;

/// The whole page.
#[component]
fn App() -> Html {
    let address = use_state(Address::now);
    use_effect_with((), {
        let address = address.setter();
        |()| {
            let listening = route::listen(move || address.set(Address::now()));
            move || drop(listening)
        }
    });
    views::of(&address)
}

fn main() {
    route::unescape();
    engine::page::listen();
    engine::page::keep_for_offline();
    match web_sys::window()
        .and_then(|window| window.document())
        .and_then(|page| page.get_element_by_id("app"))
    {
        Some(root) => drop(yew::Renderer::<App>::with_root(root).render()),
        None => drop(yew::Renderer::<App>::new().render()),
    }
}
