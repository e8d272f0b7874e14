//! A button that is meant to be pressed once.

use yew::prelude::*;

/// For a form's button: the second press of a double click does not submit again.
pub fn first_click() -> Callback<MouseEvent> {
    Callback::from(|event: MouseEvent| {
        if event.detail() > 1 {
            event.prevent_default();
        }
    })
}
