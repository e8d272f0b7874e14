//! The screens.
//!
//! [`home`] and [`make`] lead to [`poll`]; the chair's desk is the poll's screen with more on it.

mod home;
mod make;
mod not_found;
mod poll;
mod waiting;

use yew::prelude::*;

use crate::route::{Address, Route};

/// The screen of an address.
pub fn of(address: &Address) -> Html {
    let token = &address.token;
    match address.route {
        Route::Home => home::home(),
        Route::Make => html! { <make::Make /> },
        Route::Poll => html! { <poll::ByLink token={token.clone()} desk={false} /> },
        Route::Chair => html! { <poll::ByLink token={token.clone()} desk={true} /> },
        Route::NotFound => not_found::not_found(),
    }
}
