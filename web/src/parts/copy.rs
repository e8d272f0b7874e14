//! A button that copies a text.

use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use yew::prelude::*;

use crate::words::text;

/// How long the button says that it has copied, in milliseconds.
const SHOWN: u32 = 2_500;

/// What to copy.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The text.
    pub text: AttrValue,
    /// What the button says.
    pub label: AttrValue,
    /// What else it says to those who do not see what stands beside it.
    pub of: AttrValue,
}

/// A button that copies a text and says so. Where the page may not copy, it says how to do it by
/// hand.
#[component]
pub fn Copy(props: &Props) -> Html {
    let done = use_state(|| None::<bool>);
    let onclick = {
        let done = done.setter();
        let copied = props.text.clone();
        Callback::from(move |_: MouseEvent| {
            let done = done.clone();
            let copied = copied.clone();
            spawn_local(async move {
                done.set(Some(write(&copied).await));
                Timeout::new(SHOWN, move || done.set(None)).forget();
            });
        })
    };
    let says: AttrValue = match *done {
        None => props.label.clone(),
        Some(true) => text::common::copied().into(),
        Some(false) => text::common::copy_by_hand().into(),
    };
    html! { <button type="button" class="btn quiet" {onclick}>
        <span aria-live="polite">{ says }</span>
        <span class="unseen">{ " " }{ &props.of }</span>
    </button> }
}

async fn write(text: &str) -> bool {
    let Some(window) = web_sys::window() else {
        return false;
    };
    let navigator = window.navigator();
    // Pages that are neither https nor localhost have none.
    if !js_sys::Reflect::has(&navigator, &"clipboard".into()).unwrap_or(false) {
        return false;
    }
    JsFuture::from(navigator.clipboard().write_text(text))
        .await
        .is_ok()
}
