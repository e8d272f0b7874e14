//! A field for a list, one name a line, and under it what the page makes of it.

use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use crate::words::amounts::count;
use crate::words::option_list::List;

/// What is written, and what is wrong with it.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The field's id, and what the ids of its notes begin with.
    pub id: &'static str,
    /// What is asked.
    pub label: &'static str,
    /// An example, in an empty field.
    pub placeholder: &'static str,
    /// What is said beside an empty field.
    pub hint: &'static str,
    /// What one name is, such as "option".
    pub item: &'static str,
    /// The hook for tests.
    pub test: &'static str,
    /// As of now.
    pub text: String,
    /// Whether numbers in front belong to the names.
    pub keep_numbers: bool,
    /// Why it cannot be, if it cannot.
    pub error: Option<AttrValue>,
    /// When something else is written, or other numbers are to be kept.
    pub on_change: Callback<(String, bool)>,
}

/// The field.
#[component]
pub fn ListField(props: &Props) -> Html {
    let Props {
        id,
        text,
        keep_numbers,
        ..
    } = props;
    let list = List::read(text, *keep_numbers);
    let write = {
        let (keep, on_change) = (*keep_numbers, props.on_change.clone());
        Callback::from(move |event: InputEvent| {
            if let Some(area) = event.target_dyn_into::<HtmlTextAreaElement>() {
                on_change.emit((area.value(), keep));
            }
        })
    };
    let keep = {
        let (text, keep, on_change) = (text.clone(), !keep_numbers, props.on_change.clone());
        Callback::from(move |_: Event| on_change.emit((text.clone(), keep)))
    };
    let (note, error_id) = (format!("{id}-note"), format!("{id}-error"));
    html! {
        <>
            <label class="field">
                <span>{ props.label }</span>
                <textarea id={*id} rows="6" value={text.clone()} oninput={write} placeholder={props.placeholder} data-test={props.test}
                    aria-describedby={format!("{error_id} {note}")} aria-invalid={props.error.is_some().to_string()} />
            </label>
            <div class="preview" id={note}>
                if list.items.is_empty() {
                    <p class="small">{ props.hint }</p>
                } else {
                    <p class="small" aria-live="polite">{ count(list.items.len() as u64, props.item) }</p>
                    <ul>{ for list.items.iter().take(64).map(|item| html! { <li class="tag">{ &item.name }</li> }) }</ul>
                }
            </div>
            if list.counted {
                <label class="row small">
                    <input type="checkbox" checked={*keep_numbers} onchange={keep} data-test={format!("{}-numbers", props.test)} />
                    { "Keep the numbers in front: they are part of the names" }
                </label>
            }
            if let Some(error) = &props.error {
                <p class="error" role="alert" id={error_id} data-test="make-error">{ error }</p>
            }
        </>
    }
}
