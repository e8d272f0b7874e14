//! What is meant to be pressed once.

use yew::prelude::*;

/// For a form's button: the second press of a double click does not submit again. For a mark: it
/// does not take it back, nor make one where something else was pressed.
pub fn first_click() -> Callback<MouseEvent> {
    Callback::from(|event: MouseEvent| {
        if event.detail() > 1 {
            event.prevent_default();
        }
    })
}
