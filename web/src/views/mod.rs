//! The screens.
//!
//! [`home`] and [`make`] lead to [`poll`]; the chair's desk is the poll's screen with more on it.

mod cut;
mod home;
mod later;
mod make;
mod not_found;
mod poll;
mod waiting;

use yew::prelude::*;

use self::cut::Part;
use self::later::later;
use crate::parts::frame::frame;
use crate::route::{Address, Route};
use crate::words::text;

/// The screen of an address.
pub fn of(address: &Address) -> Html {
    let token = &address.token;
    let framed = |content| frame(Html::default(), content, Html::default());
    match address.route {
        Route::Home => framed(later(Part::Home, text::home::title(), ())),
        Route::Make => framed(later(Part::Make, text::make::title(), ())),
        Route::Poll => html! { <poll::ByLink token={token.clone()} desk={false} /> },
        Route::Chair => html! { <poll::ByLink token={token.clone()} desk={true} /> },
        Route::NotFound => not_found::not_found(),
    }
}
