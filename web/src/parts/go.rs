//! A link within the page.

use yew::prelude::*;

use crate::route;

/// A real link, so that it can be opened in another tab, copied and read out; a plain click stays
/// in the page. `to` may carry a token; `test` is its hook for tests.
pub fn go(to: &str, class: &'static str, test: Option<&'static str>, children: Html) -> Html {
    let onclick = {
        let to = to.to_owned();
        Callback::from(move |event: MouseEvent| {
            if !(event.meta_key() || event.ctrl_key() || event.shift_key() || event.alt_key()) {
                event.prevent_default();
                route::go(&to);
            }
        })
    };
    html! { <a href={to.to_owned()} {class} data-test={test} {onclick}>{ children }</a> }
}
