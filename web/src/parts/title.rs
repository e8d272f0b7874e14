//! The heading of a screen.

use std::cell::Cell;

use web_sys::HtmlElement;
use yew::prelude::*;

use crate::words::text;

thread_local! {
    /// The first screen does not take the focus: a browser that loads a page knows where to put it.
    static FIRST: Cell<bool> = const { Cell::new(true) };
}

/// Its text.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The text, which is also the window's title.
    pub text: AttrValue,
}

/// The `h1` of a screen. It names the window, and takes the focus when the screen changes, so that
/// a reader of the page hears where they are.
#[component]
pub fn Title(props: &Props) -> Html {
    let heading = use_node_ref();
    use_effect_with(props.text.clone(), |title| {
        if let Some(page) = web_sys::window().and_then(|window| window.document()) {
            page.set_title(&text::common::window_title(title));
        }
    });
    {
        let heading = heading.clone();
        use_effect_with((), move |()| {
            if !FIRST.replace(false)
                && let Some(heading) = heading.cast::<HtmlElement>()
            {
                let _ = heading.focus();
            }
        });
    }
    html! { <h1 ref={heading} tabindex="-1">{ props.text.clone() }</h1> }
}
