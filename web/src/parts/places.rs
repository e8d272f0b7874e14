//! The form's question where people vote. What precincts need is asked only when they are chosen.

use election_core::ids::PRECINCTS;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::list_field::ListField;
use crate::words::option_list::Listed;
use crate::words::places::{Kind, Places};
use crate::words::text;

/// What is written, and what is wrong with it.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// As of now.
    pub places: Places,
    /// Why they cannot be, if they cannot.
    pub error: Option<AttrValue>,
    /// When something else is written.
    pub on_change: Callback<Places>,
}

/// The fields.
#[component]
pub fn PlacesField(props: &Props) -> Html {
    let kind = |kind: Kind, test: &'static str, name: &'static str, says: &'static str| {
        let (places, on_change) = (props.places.clone(), props.on_change.clone());
        let choose = Callback::from(move |_: Event| {
            let places = places.clone();
            on_change.emit(Places { kind, ..places });
        });
        html! {
            <label class="choice">
                <input type="radio" name="places" checked={props.places.kind == kind} onchange={choose} data-test={test} />
                <span><b>{ name }</b><br /><span class="small">{ says }</span></span>
            </label>
        }
    };
    html! {
        <>
            <fieldset>
                <legend>{ text::make::places() }</legend>
                { kind(Kind::One, "make-places-one", text::make::places_one(), text::make::places_one_says()) }
                { kind(Kind::Named, "make-places-named", text::make::places_named(), text::make::places_named_says()) }
                { kind(Kind::Automatic, "make-places-automatic", text::make::places_automatic(), text::make::places_automatic_says()) }
            </fieldset>
            { match props.places.kind {
                Kind::One => Html::default(),
                Kind::Named => html! { <div class="stack chosen">{ names(props) }</div> },
                Kind::Automatic => html! { <div class="stack chosen">{ number(props) }</div> },
            } }
        </>
    }
}

fn names(props: &Props) -> Html {
    let Props { places, error, .. } = props;
    let named = places.named().names();
    let own = places.own.min(named.len().saturating_sub(1));
    let write = {
        let (places, on_change) = (places.clone(), props.on_change.clone());
        Callback::from(move |(names, keep_numbers): (String, bool)| {
            on_change.emit(Places {
                names,
                keep_numbers,
                ..places.clone()
            });
        })
    };
    let choose = {
        let (places, on_change) = (places.clone(), props.on_change.clone());
        Callback::from(move |event: Event| {
            if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
                let own = usize::try_from(select.selected_index()).unwrap_or(0);
                let places = places.clone();
                on_change.emit(Places { own, ..places });
            }
        })
    };
    html! {
        <>
            <ListField of={Listed::Precincts} id="places-names" test="make-precincts" text={places.names.clone()} keep_numbers={places.keep_numbers}
                error={error.clone()} on_change={write} />
            if named.len() > 1 {
                <label class="field">
                    <span>{ text::make::own_precinct() }</span>
                    <select onchange={choose} data-test="make-own-precinct">
                        { for named.iter().enumerate().take(64).map(|(index, name)| html! {
                            <option selected={index == own}>{ name }</option>
                        }) }
                    </select>
                </label>
            }
        </>
    }
}

fn number(props: &Props) -> Html {
    let Props { places, error, .. } = props;
    let write = {
        let (places, on_change) = (places.clone(), props.on_change.clone());
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                let number = input.value();
                let places = places.clone();
                on_change.emit(Places { number, ..places });
            }
        })
    };
    html! {
        <>
            <label class="field">
                <span>{ text::make::how_many_precincts() }</span>
                <input id="places-number" class="short" inputmode="numeric" autocomplete="off" value={places.number.clone()} oninput={write}
                    data-test="make-precinct-number" aria-describedby="places-number-error places-number-note" aria-invalid={error.is_some().to_string()} />
            </label>
            <p class="small" id="places-number-note">
                { text::make::how_many_precincts_hint(*PRECINCTS.start(), *PRECINCTS.end()) }
            </p>
            if let Some(error) = error {
                <p class="error" role="alert" id="places-number-error" data-test="make-error">{ error }</p>
            }
        </>
    }
}
