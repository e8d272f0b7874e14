//! Making a poll.

use election_core::poll::genesis::{BadPoll, Holder, Method};
use election_core::wire::link::Link;
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

use crate::engine::founding;
use crate::parts::focus;
use crate::parts::frame::frame;
use crate::parts::places::PlacesField;
use crate::parts::title::Title;
use crate::route;
use crate::words::amounts::count;
use crate::words::places::Places;
use crate::words::{option_list, sentence};

/// The form.
#[component]
pub fn Make() -> Html {
    let title = use_node_ref();
    let options = use_node_ref();
    let method = use_state(|| Method::Single);
    let listed = use_state(Vec::<String>::new);
    let places = use_state(Places::default);
    let error = use_state(|| None::<Wrong>);
    // One poll however often the button is pressed.
    let busy = use_mut_ref(|| false);

    let list = {
        let listed = listed.setter();
        Callback::from(move |event: InputEvent| {
            if let Some(area) = event.target_dyn_into::<HtmlTextAreaElement>() {
                listed.set(option_list::parse(&area.value()));
            }
        })
    };
    let submit = {
        let (title, options, method, places, error) = (
            title.clone(),
            options.clone(),
            *method,
            (*places).clone(),
            error.setter(),
        );
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let (Some(title), Some(area)) = (
                title.cast::<HtmlInputElement>(),
                options.cast::<HtmlTextAreaElement>(),
            ) else {
                return;
            };
            if busy.replace(true) {
                return;
            }
            let (error, busy) = (error.clone(), busy.clone());
            let places = places.clone();
            spawn_local(async move {
                let options = option_list::parse(&area.value());
                match make(&title.value(), &options, method, &places).await {
                    Ok(link) => route::go(&format!("/chair#{}", link.token())),
                    Err(wrong) => {
                        busy.replace(false);
                        focus::on(wrong.field.selector());
                        error.set(Some(wrong));
                    }
                }
            });
        })
    };
    let place = {
        let (places, error) = (places.setter(), error.clone());
        Callback::from(move |to: Places| {
            // An answer to other fields than those that are shown now is none.
            if error
                .as_ref()
                .is_some_and(|wrong| wrong.field.is_of_places())
            {
                error.set(None);
            }
            places.set(to);
        })
    };
    let choose = |to: Method| {
        let method = method.setter();
        Callback::from(move |_: Event| method.set(to))
    };
    let wrong = |field: Field, id: &'static str| {
        error.as_ref().filter(|wrong| wrong.field == field).map(|wrong| {
            html! { <p class="error" role="alert" {id} data-test="make-error">{ &wrong.says }</p> }
        })
    };
    let bad_title = wrong(Field::Title, "title-error");
    let bad_options = wrong(Field::Options, "options-error");
    let bad_places = error
        .as_ref()
        .filter(|wrong| wrong.field.is_of_places())
        .map(|wrong| AttrValue::from(wrong.says.clone()));
    let content = html! {
        <>
            <div class="head"><Title text="Make a poll" /></div>
            <form class="card form" onsubmit={submit}>
                <label class="field">
                    <span>{ "What is the question?" }</span>
                    <input id="title" ref={title} autocomplete="off" placeholder="Where do we go this summer?" data-test="make-title"
                        aria-describedby="title-error" aria-invalid={bad_title.is_some().to_string()} />
                </label>
                { bad_title.unwrap_or_default() }
                <label class="field">
                    <span>{ "The options, one a line" }</span>
                    <textarea id="options" ref={options} rows="6" oninput={list} placeholder={"By the sea\nIn the hills\nStay here"} data-test="make-options"
                        aria-describedby="options-error options-note" aria-invalid={bad_options.is_some().to_string()} />
                </label>
                <div class="preview" id="options-note">
                    if listed.is_empty() {
                        <p class="small">{ "Paste a list if you have one: bullets and numbers in front are taken off." }</p>
                    } else {
                        <p class="small" aria-live="polite">{ count(listed.len() as u64, "option") }</p>
                        <ul>{ for listed.iter().take(64).map(|option| html! { <li class="tag">{ option }</li> }) }</ul>
                    }
                </div>
                { bad_options.unwrap_or_default() }
                <fieldset>
                    <legend>{ "How do people vote?" }</legend>
                    <label class="choice">
                        <input type="radio" name="method" checked={*method == Method::Single} onchange={choose(Method::Single)} data-test="make-method-single" />
                        <span><b>{ "One choice" }</b><br /><span class="small">{ "Each voter marks one option." }</span></span>
                    </label>
                    <label class="choice">
                        <input type="radio" name="method" checked={*method == Method::Approval} onchange={choose(Method::Approval)} data-test="make-method-approval" />
                        <span><b>{ "Approval" }</b><br /><span class="small">{ "Each voter marks every option that they could live with." }</span></span>
                    </label>
                </fieldset>
                <PlacesField places={(*places).clone()} error={bad_places} on_change={place} />
                <div class="row"><button class="btn" data-test="make-submit">{ "Make the poll" }</button></div>
                <p class="small">{ "All of this is signed and cannot be changed afterwards. Voters can change their votes." }</p>
            </form>
        </>
    };
    frame(Html::default(), content, Html::default())
}

/// What is written wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wrong {
    field: Field,
    says: String,
}

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Title,
    Options,
    Names,
    Number,
}

impl Field {
    fn is_of_places(self) -> bool {
        matches!(self, Self::Names | Self::Number)
    }

    fn selector(self) -> &'static str {
        match self {
            Self::Title => "#title",
            Self::Options => "#options",
            Self::Names => "#places-names",
            Self::Number => "#places-number",
        }
    }
}

async fn make(
    title: &str,
    options: &[String],
    method: Method,
    places: &Places,
) -> Result<Link, Wrong> {
    let (precincts, own) = places.precincts().map_err(|bad| Wrong {
        field: Field::Number,
        says: sentence(&bad.to_string()),
    })?;
    let made = founding::make(title, options, method, precincts, own, Holder::Browser).await;
    made.map_err(|bad| Wrong {
        field: field_of(&bad),
        says: sentence(&bad.to_string()),
    })
}

/// Which field an error belongs to.
fn field_of(bad: &BadPoll) -> Field {
    match bad {
        BadPoll::NoTitle | BadPoll::LongTitle(_) | BadPoll::ControlCharacter("the title") => {
            Field::Title
        }
        // Only names can be wrong there: the number was read as one that can be.
        BadPoll::FewPrecincts(_)
        | BadPoll::ManyPrecincts { .. }
        | BadPoll::EmptyPrecinct(_)
        | BadPoll::LongPrecinct { .. }
        | BadPoll::SamePrecinct(..)
        | BadPoll::TooLong(_)
        | BadPoll::ControlCharacter("a precinct") => Field::Names,
        _ => Field::Options,
    }
}
