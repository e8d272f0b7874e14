//! The ballot: marks, and the button that casts it. Marking alone never votes.

use std::rc::Rc;

use election_core::ids::VoterKey;
use election_core::poll::choice::Choice;
use election_core::poll::genesis::{Genesis, Holder, Method};
use election_core::poll::register::Standing;
use election_core::replica::io::Refusal;
use election_core::replica::view::Stage;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::click::first_click;
use super::name;
use super::vote_state::vote_state;
use super::voters_here::{somebody_else, voters_here};
use crate::engine::host::{Host, NotSigned};
use crate::engine::snapshot::{Own, VoterHere};
use crate::words::{own_vote, sentence};

/// What the paper shows.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Who casts it.
    pub host: Host,
    /// The poll.
    pub poll: Rc<Genesis>,
    /// The vote of whoever votes here.
    pub own: Option<Own>,
    /// Whether it was cast in this tab since it was loaded.
    pub cast_here: bool,
    /// Where a vote is that nobody else has.
    pub waits: AttrValue,
    /// Who votes here.
    pub voter: VoterKey,
    /// All who vote in this browser.
    pub voters: Rc<Vec<VoterHere>>,
    /// Whether they can come back to it.
    pub kept: bool,
    /// Whether the key that votes here is in this device's store, and each vote with it.
    pub stored: bool,
}

/// One's own ballot.
#[component]
pub fn BallotPaper(props: &Props) -> Html {
    // What is marked and not cast yet; without it, the paper shows the vote that was cast.
    let draft = use_state(|| None::<Vec<usize>>);
    let latest = use_mut_ref(|| None::<Vec<usize>>);
    let error = use_state(|| None::<String>);
    // What was cast and is not shown yet: pressing twice says the same once.
    let just_cast = use_mut_ref(|| None::<Choice>);
    {
        let (just_cast, draft) = (just_cast.clone(), draft.clone());
        let shown = props.own.as_ref().map(|own| own.vote);
        use_effect_with(shown, move |shown| {
            let Some(shown) = shown.filter(|vote| vote.stage > Stage::Saving) else {
                return;
            };
            just_cast.replace(None);
            // What is cast is no draft any more; what was marked since is.
            let cast: Vec<usize> = shown.choice.marked().collect();
            if draft.as_ref().is_some_and(|draft| same(draft, &cast)) {
                draft.set(None);
            }
        });
        // What was refused is another matter once another vote stands here, it is saved, or it does not count any more.
        let stands = shown.map(|vote| (vote.choice, vote.standing, vote.stage > Stage::Saving));
        let error = error.setter();
        use_effect_with(stands, move |_| error.set(None));
    }
    let (poll, own) = (&props.poll, props.own.as_ref());
    let standing = own.and_then(|own| own.vote.standing);
    // A vote that does not count any more is no vote: the paper is fresh.
    let lost = matches!(
        standing,
        Some(Standing::Revoked { .. } | Standing::Spoiled { .. })
    );
    let cast: Vec<usize> = own
        .filter(|_| !lost)
        .map(|own| own.vote.choice.marked().collect())
        .unwrap_or_default();
    let marked = (*draft).clone().unwrap_or_else(|| cast.clone());
    latest.replace((*draft).clone());
    let single = poll.method() == Method::Single;

    let mark = |index: usize| {
        let (draft, error, marked) = (draft.setter(), error.setter(), marked.clone());
        Callback::from(move |event: Event| {
            let on = event
                .target_dyn_into::<HtmlInputElement>()
                .is_some_and(|input| input.checked());
            let mut marks: Vec<usize> = if single { Vec::new() } else { marked.clone() };
            marks.retain(|&other| other != index);
            if on {
                marks.push(index);
            }
            draft.set(Some(marks));
            error.set(None);
        })
    };
    let vote = {
        let (error, just_cast) = (error.setter(), just_cast.clone());
        let (draft, latest) = (draft.setter(), latest.clone());
        let (host, poll, marked) = (props.host.clone(), Rc::clone(poll), marked.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let choice = match Choice::new(&marked, poll.method(), poll.options().len()) {
                Ok(choice) => choice,
                Err(bad) => return error.set(Some(sentence(&Refusal::from(bad).to_string()))),
            };
            let (host, just_cast, error) = (host.clone(), just_cast.clone(), error.clone());
            let (draft, latest) = (draft.clone(), latest.clone());
            spawn_local(async move {
                // It stays marked until it is the vote that is shown.
                let before = just_cast.replace(Some(choice));
                match once(host.cast(choice).await, choice, before) {
                    Ok(_) => {
                        error.set(None);
                        // Another tab's vote may have followed at once, and this one is never shown.
                        let cast: Vec<usize> = choice.marked().collect();
                        let latest = latest.borrow().clone();
                        if latest.is_some_and(|latest| same(&latest, &cast)) {
                            draft.set(None);
                        }
                    }
                    Err(refusal) => {
                        just_cast.replace(None);
                        error.set(Some(sentence(&refusal.to_string())));
                    }
                }
            });
        })
    };
    let choices = poll.options().iter().enumerate().map(|(index, option)| {
        html! {
            <label class="choice" key={index}>
                <input type={if single { "radio" } else { "checkbox" }} name="choice" checked={marked.contains(&index)}
                    onchange={mark(index)} data-test={format!("choice-{index}")} />
                <span>{ option }</span>
            </label>
        }
    });
    let button = match (own, lost) {
        (None, _) => "Vote",
        (Some(_), true) => "Vote again",
        (Some(_), false) => "Change my vote",
    };
    let on_its_way = just_cast
        .borrow()
        .is_some_and(|choice| same(&choice.marked().collect::<Vec<_>>(), &marked));
    let stands = own.filter(|own| !lost && own.vote.stage > Stage::Saving);
    let unsaid = own.is_some() && !lost && !on_its_way && !same(&marked, &cast);
    let asks = own.is_none() || lost || unsaid;
    let saved = own.is_some_and(|own| own.vote.stage > Stage::Saving);
    html! {
        <section class="card" aria-labelledby="ballot">
            <h2 id="ballot" tabindex="-1">{ "Your ballot" }</h2>
            <p class="unseen" role="status">
                { own.map(|own| own_vote::step(&own.vote, own.reason.as_deref(), poll, props.stored)) }
            </p>
            { notice(own) }
            if let Some(own) = own.filter(|_| !lost) {
                <div class="cast">
                    if stands.is_some() {
                        <p class="lead" data-test="voted">{ own_vote::voted(&own.vote, poll, props.cast_here) }</p>
                    }
                    { vote_state(own.vote.stage, &props.waits, props.stored) }
                    <p class="small">
                        { "Receipt: " }<span class="code" data-test="receipt">{ name::receipt(&own.vote.ballot) }</span>
                    </p>
                </div>
            }
            <form onsubmit={vote} class="stack">
                <fieldset>
                    <legend class="small">{ own_vote::asks(single, stands.is_some()) }</legend>
                    { for choices }
                </fieldset>
                if let Some(error) = &*error {
                    <p class="error" role="alert" data-test="vote-error">{ error }</p>
                }
                <div class="row acts">
                    // What is done asks for nothing: the button stands back until something else is marked.
                    <button class={classes!("btn", (!asks).then_some("quiet"))} onclick={first_click()} data-test="vote">{ button }</button>
                    if unsaid {
                        <span class="small">{ "Not cast yet: your earlier vote stands." }</span>
                    }
                    if saved && !unsaid && props.kept && poll.holder() == Holder::Browser { { somebody_else(&props.host) } }
                </div>
            </form>
            { voters_here(&props.host, props.voter, &props.voters) }
            <p class="small">
                { "You vote as " }<span data-test="voter-name">{ name::voter(&props.voter) }</span>
                { ". Ballots are signed, and everybody with the link can read them under such names: not secret, and not under your own name." }
            </p>
        </section>
    }
}

/// What the voter has to know about a vote that does not count.
fn notice(own: Option<&Own>) -> Html {
    match own.and_then(|own| Some((own, own.vote.standing?))) {
        Some((own, Standing::Revoked { .. })) => html! {
            <p class="note bad" data-test="revoked-notice">
                { "The chair revoked your ballot" }
                if let Some(reason) = &own.reason { { ": “" }{ &**reason }{ "”" } }
                { ". It does not count any more. You can vote again." }
            </p>
        },
        Some((_, Standing::Spoiled { .. })) => html! {
            <p class="note bad" data-test="spoiled-notice">
                { "Your ballot is spoiled: two different ones were signed with your key under the same number, so neither counts. Vote again, and the new one counts." }
            </p>
        },
        _ => Html::default(),
    }
}

/// The choice that was cast. Casting what is on its way already is no mistake: a key was pressed twice.
fn once(
    cast: Result<(), NotSigned>,
    choice: Choice,
    just_cast: Option<Choice>,
) -> Result<Choice, NotSigned> {
    match cast {
        Err(NotSigned::Refused(Refusal::Unchanged | Refusal::StillSaving))
            if just_cast == Some(choice) =>
        {
            Ok(choice)
        }
        other => other.map(|()| choice),
    }
}

fn same(a: &[usize], b: &[usize]) -> bool {
    a.len() == b.len() && a.iter().all(|mark| b.contains(mark))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn pressing_twice_is_no_mistake_and_voting_the_same_later_is() {
        let [tea, coffee] = [0, 1].map(|option| Choice::new(&[option], Method::Single, 2).unwrap());
        let refused = |refusal| Err(NotSigned::Refused(refusal));
        for refusal in [Refusal::Unchanged, Refusal::StillSaving] {
            assert_eq!(once(refused(refusal), tea, Some(tea)), Ok(tea));
            assert_eq!(
                once(refused(refusal), tea, Some(coffee)),
                refused(refusal).map(|()| tea)
            );
            assert_eq!(
                once(refused(refusal), tea, None),
                refused(refusal).map(|()| tea)
            );
        }
        let full = Refusal::Full;
        assert_eq!(
            once(refused(full), tea, Some(tea)),
            refused(full).map(|()| tea)
        );
        assert_eq!(once(Ok(()), tea, None), Ok(tea));
    }
}
