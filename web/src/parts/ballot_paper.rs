//! The ballot: marks, and the button that casts it. Marking alone never votes.

use std::iter;
use std::rc::Rc;

use election_core::ids::{OpId, PrecinctId, VoterKey};
use election_core::poll::choice::Choice;
use election_core::poll::genesis::{Genesis, Holder};
use election_core::poll::verdict::Verdict;
use election_core::replica::io::{Command, Refusal};
use election_core::replica::view::{OwnVote, Stage};
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::click::first_click;
use super::name;
use super::vote_state::vote_state;
use super::voters_here::{somebody_else, voters_here};
use crate::engine::host::{Host, NotSigned};
use crate::engine::snapshot::{Own, VoterHere};
use crate::words::text::{self as texts, ballot as text};
use crate::words::{own_vote, refusal};

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
    /// Whether the chair closed the poll.
    pub closed: bool,
    /// All who vote in this browser.
    pub voters: Rc<Vec<VoterHere>>,
    /// Whether they can come back to it, so that the device may be handed on.
    pub kept: bool,
    /// The precinct that the address names.
    pub named: Option<PrecinctId>,
    /// Whether the key that votes here is in this device's store, and each vote with it.
    pub stored: bool,
}

/// One's own ballot.
#[component]
pub fn BallotPaper(props: &Props) -> Html {
    // What is marked and not cast yet; without it, the paper shows the vote that was cast.
    let draft = use_state(|| None::<Vec<usize>>);
    let latest = use_mut_ref(|| None::<Vec<usize>>);
    let trouble = use_reducer_eq(Trouble::default);
    // What was cast and is not shown yet: pressing twice says the same once.
    let just_cast = use_mut_ref(|| None::<Choice>);
    {
        let (just_cast, draft, latest) = (just_cast.clone(), draft.setter(), latest.clone());
        let shown = props.own.as_ref().map(|own| own.vote);
        use_effect_with(shown, move |shown| {
            let Some(shown) = shown.filter(|vote| vote.stage > Stage::Saving) else {
                return;
            };
            just_cast.replace(None);
            // What is cast is no draft any more; what was marked since is.
            let cast: Vec<usize> = shown.choice.marked().collect();
            if latest.borrow().as_ref() == Some(&cast) {
                draft.set(None);
            }
        });
        let trouble = trouble.dispatcher();
        use_effect_with(shown.as_ref().and_then(stands), move |shown| {
            trouble.dispatch(News::Shown(*shown));
        });
    }
    let (poll, own) = (&props.poll, props.own.as_ref());
    let verdict = own.and_then(|own| own.vote.verdict);
    // A vote that does not count any more is no vote: the paper is fresh.
    let lost = matches!(
        verdict,
        Some(Verdict::Revoked { .. } | Verdict::Barred { .. } | Verdict::Spoiled { .. })
    );
    let barred = matches!(verdict, Some(Verdict::Barred { .. }));
    let cast: Vec<usize> = own
        .filter(|_| !lost)
        .map(|own| own.vote.choice.marked().collect())
        .unwrap_or_default();
    let marked = (*draft).clone().unwrap_or_else(|| cast.clone());
    latest.replace((*draft).clone());
    let (single, most) = (poll.method().has_one_mark(), poll.method().most_of_option());

    let mark = |index: usize| {
        let (draft, latest, marked) = (draft.setter(), latest.clone(), marked.clone());
        let trouble = trouble.dispatcher();
        Callback::from(move |event: Event| {
            let Some(input) = event.target_dyn_into::<HtmlInputElement>() else {
                return;
            };
            let number = match most {
                1 => usize::from(input.checked()),
                most => input
                    .value()
                    .parse()
                    .map_or(0, |points: usize| points.min(most)),
            };
            let mut marks: Vec<usize> = if single { Vec::new() } else { marked.clone() };
            marks.retain(|&other| other != index);
            marks.extend(iter::repeat_n(index, number));
            marks.sort_unstable();
            // An effect of the screen before may come after this.
            latest.replace(Some(marks.clone()));
            draft.set(Some(marks));
            trouble.dispatch(News::Over);
        })
    };
    let vote = {
        let (trouble, just_cast) = (trouble.dispatcher(), just_cast.clone());
        let (draft, latest) = (draft.setter(), latest.clone());
        let (host, poll, marked) = (props.host.clone(), Rc::clone(poll), marked.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let (host, trouble) = (host.clone(), trouble.clone());
            let refused = {
                let host = host.clone();
                move |why: &NotSigned| {
                    News::Refused(Refused {
                        says: refusal::of_signing(why),
                        stood: host.own_vote().as_ref().and_then(stands),
                    })
                }
            };
            let choice = match Choice::new(&marked, poll.method(), poll.options().len()) {
                Ok(choice) => choice,
                Err(bad) => return trouble.dispatch(refused(&Refusal::from(bad).into())),
            };
            trouble.dispatch(News::Over);
            let just_cast = just_cast.clone();
            let (draft, latest) = (draft.clone(), latest.clone());
            spawn_local(async move {
                // It stays marked until it is the vote that is shown.
                let before = just_cast.replace(Some(choice));
                match once(host.sign(Command::Cast(choice)).await, choice, before) {
                    Ok(_) => {
                        trouble.dispatch(News::Over);
                        // Another tab's vote may have followed at once, and this one is never
                        // shown.
                        let cast: Vec<usize> = choice.marked().collect();
                        let is_latest = latest.borrow().as_ref() == Some(&cast);
                        if is_latest {
                            draft.set(None);
                        }
                    }
                    Err(why) => {
                        just_cast.replace(None);
                        trouble.dispatch(refused(&why));
                    }
                }
            });
        })
    };
    let choices = poll.options().iter().enumerate().map(|(index, option)| {
        let test = format!("choice-{index}");
        let input = if most > 1 {
            let points = marked.iter().filter(|&&other| other == index).count();
            html! {
                <input type="number" min="0" max={most.to_string()} value={points.to_string()}
                    onchange={mark(index)} data-test={test} />
            }
        } else {
            html! {
                <input type={if single { "radio" } else { "checkbox" }} name="choice" checked={marked.contains(&index)}
                    onchange={mark(index)} data-test={test} />
            }
        };
        // The second press of a double click on the button may fall on what has come to lie there.
        html! { <label class="choice" key={index} onclick={first_click()}>{ input }<span>{ option }</span></label> }
    });
    let button = match (own, lost) {
        (None, _) => text::vote(),
        (Some(_), true) => text::vote_again(),
        (Some(_), false) => text::change(),
    };
    let on_its_way = just_cast
        .borrow()
        .is_some_and(|choice| choice.marked().eq(marked.iter().copied()));
    let stood = own.filter(|own| !lost && own.vote.stage > Stage::Saving);
    let unsaid = own.is_some() && !lost && !on_its_way && marked != cast;
    let asks = own.is_none() || lost || unsaid;
    let words = texts::method(poll.method());
    let saved = own.is_some_and(|own| own.vote.stage > Stage::Saving);
    html! {
        <section class="card" aria-labelledby="ballot">
            <h2 id="ballot" tabindex="-1">{ text::title() }</h2>
            <p class="unseen" role="status">
                { own.map(|own| own_vote::step(&own.vote, own.reason.as_deref(), poll, props.stored)) }
            </p>
            { notice(own) }
            if let Some(own) = own.filter(|_| !lost) {
                <div class="cast">
                    if stood.is_some() {
                        <p class="lead" data-test="voted">{ own_vote::voted(&own.vote, poll, props.cast_here) }</p>
                    }
                    { vote_state(own.vote.stage, &props.waits, props.stored) }
                    <p class="small">
                        { text::receipt(html! { <span class="code" data-test="receipt">{ name::receipt(&own.vote.ballot) }</span> }) }
                    </p>
                </div>
            }
            if props.closed {
                <p class="note" data-test="closed-notice">{ text::closed() }</p>
            } else if !barred {
                <form onsubmit={vote} class="stack">
                    <fieldset>
                        <legend class="small">{ if stood.is_some() { words.asks_again } else { words.asks } }</legend>
                        { for choices }
                    </fieldset>
                    if let Some(refused) = &trouble.0 {
                        <p class="error" role="alert" data-test="vote-error">{ &refused.says }</p>
                    }
                    <div class="row acts">
                        // What is done asks for nothing: the button stands back until something else is
                        // marked.
                        <button class={classes!("btn", (!asks).then_some("quiet"))} onclick={first_click()} data-test="vote">{ button }</button>
                        if unsaid {
                            <span class="small">{ text::not_cast() }</span>
                        }
                        if saved && !unsaid && props.kept && poll.holder() == Holder::Browser { { somebody_else(&props.host, props.named, None) } }
                    </div>
                </form>
            }
            { voters_here(&props.host, props.voter, &props.voters) }
            <p class="small">
                { text::you_vote_as(html! { <span data-test="voter-name">{ name::voter(&props.voter) }</span> }) }
            </p>
        </section>
    }
}

/// Which vote stands, and whether it counts.
type StandingVote = (OpId, Option<Verdict>);

/// That of a vote; `None` while it is being saved.
fn stands(vote: &OwnVote) -> Option<StandingVote> {
    (vote.stage > Stage::Saving).then_some((vote.ballot, vote.verdict))
}

/// Why nothing was cast.
#[derive(Debug, Clone, PartialEq)]
struct Refused {
    says: String,
    /// Which vote stood then, for the replica.
    stood: Option<StandingVote>,
}

/// Why nothing was cast, for as long as that matters.
#[derive(Debug, Default, PartialEq)]
struct Trouble(Option<Refused>);

/// What changes that. It is told in turn, and judged by what was told before: effects of a screen
/// may come long after it.
enum News {
    Refused(Refused),
    /// The screen shows which vote stands.
    Shown(Option<StandingVote>),
    /// Something else is marked or cast.
    Over,
}

impl Reducible for Trouble {
    type Action = News;

    fn reduce(self: Rc<Self>, news: News) -> Rc<Self> {
        Rc::new(Self(match (&self.0, news) {
            (_, News::Refused(refused)) => Some(refused),
            // Another vote stands, or that one does not count any more. The screen is behind by a
            // moment, and by more where there is much to do: a vote that it shows as being saved
            // may be the one that was not.
            (Some(refused), News::Shown(shown)) if shown.is_some() && shown != refused.stood => {
                None
            }
            (_, News::Shown(_)) => return self,
            (_, News::Over) => None,
        }))
    }
}

/// What the voter has to know about a vote that does not count.
fn notice(own: Option<&Own>) -> Html {
    match own.and_then(|own| Some((own, own.vote.verdict?))) {
        Some((own, Verdict::Revoked { .. })) => html! {
            <p class="note bad" data-test="revoked-notice">
                if let Some(reason) = &own.reason { { text::revoked_because(reason) } } else { { text::revoked() } }
            </p>
        },
        Some((own, Verdict::Barred { .. })) => html! {
            <p class="note bad" data-test="barred-notice">
                if let Some(reason) = &own.reason { { text::barred_because(reason) } } else { { text::barred() } }
            </p>
        },
        Some((_, Verdict::Spoiled { .. })) => html! {
            <p class="note bad" data-test="spoiled-notice">{ text::spoiled() }</p>
        },
        _ => Html::default(),
    }
}

/// The choice that was cast. Casting what is on its way already is no mistake: a key was pressed
/// twice.
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use election_core::poll::method::Method;

    use super::*;

    #[test]
    fn what_was_refused_is_said_until_another_vote_is_shown_than_stood_then() {
        let vote = |ballot: u8, verdict| Some((OpId([ballot; 32]), Some(verdict)));
        let stood = vote(1, Verdict::Counted);
        let told =
            |news: News, trouble: Trouble| Rc::try_unwrap(Rc::new(trouble).reduce(news)).unwrap();
        let refused = || {
            let says = "No".to_owned();
            told(News::Refused(Refused { says, stood }), Trouble::default())
        };
        // Of a late screen: the vote that was not saved, then the one that stands.
        for shown in [None, stood, None, stood] {
            assert!(told(News::Shown(shown), refused()).0.is_some());
        }
        let by = OpId([3; 32]);
        for news in [
            News::Over,
            News::Shown(vote(2, Verdict::Counted)),
            News::Shown(vote(1, Verdict::Revoked { by })),
        ] {
            assert_eq!(told(news, refused()), Trouble(None));
        }
        assert_eq!(told(News::Shown(stood), Trouble(None)), Trouble(None));
    }

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
