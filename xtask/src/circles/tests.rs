//! What is a circle, and what is none.

use super::*;

/// The circles among these files, each as its arrows.
fn found(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    let read = |path: &Path| {
        let file = files.iter().find(|(name, _)| Path::new(name) == path);
        file.map(|(_, text)| (*text).to_owned())
    };
    let modules = Modules::read(Path::new("lib.rs"), &read);
    let arrows = modules.map(|modules| modules.arrows()).unwrap_or_default();
    let arrow = |((from, to), names): (&(PathBuf, PathBuf), &BTreeSet<String>)| {
        format!("{} {} {names:?}", from.display(), to.display())
    };
    let circles = circles(&arrows);
    circles
        .iter()
        .map(|circle| circle.iter().map(arrow).collect())
        .collect()
}

#[test]
fn files_that_use_each_other_are_a_circle_and_the_way_down_is_none() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "use super::a; pub struct B(a::A);"),
        ("c.rs", "use crate::{a::A, b::B};"),
    ];
    let circle = [r#"a.rs b.rs {"B"}"#, r#"b.rs a.rs {"A", "a"}"#];
    assert_eq!(found(&files), [circle]);
}

#[test]
fn reexports_are_followed_and_are_no_arrows_themselves() {
    let files = [
        ("lib.rs", "mod a;"),
        ("a/mod.rs", "mod x; mod y; pub use x::X; pub use y::*;"),
        ("a/x.rs", "pub struct X(crate::a::Y);"),
        ("a/y.rs", "use super::X; pub struct Y;"),
    ];
    let circle = [r#"a/x.rs a/y.rs {"Y"}"#, r#"a/y.rs a/x.rs {"X"}"#];
    assert_eq!(found(&files), [circle]);
}

#[test]
fn a_part_may_name_its_whole_and_tests_may_name_anything() {
    let files = [
        ("lib.rs", "mod a;"),
        (
            "a.rs",
            "mod part; use part::Part; pub struct A(Part); #[cfg(test)] mod tests;",
        ),
        (
            "a/part.rs",
            "use super::A; pub struct Part; #[cfg(test)] mod tests { use crate::a::B; }",
        ),
    ];
    assert_eq!(found(&files), Vec::<Vec<String>>::new());
}

#[test]
fn what_is_in_tests_only_is_left_out_and_nothing_else_is() {
    let circle_with = |condition: &str, item: &str| {
        let a = format!("pub struct A; #[cfg({condition})] {item}");
        let b = "use crate::a::A; pub struct B;";
        let files = [("lib.rs", "mod a; mod b;"), ("a.rs", &a), ("b.rs", b)];
        !found(&files).is_empty()
    };
    let items = [
        "use crate::b::B;",
        "enum E { B(crate::b::B) }",
        "trait T { fn b() -> crate::b::B; }",
        "static S: crate::b::B = crate::b::B;",
        "type T = crate::b::B;",
    ];
    for item in items {
        for condition in ["test", "all(unix, test)", "all(unix, all(test, debug))"] {
            assert!(!circle_with(condition, item), "{condition} {item}");
        }
        let others = [
            r#"feature = "latest""#,
            "not(test)",
            "any(test, unix)",
            r#"all(unix, feature = "test")"#,
            "all(unix, not(test))",
        ];
        for condition in others {
            assert!(circle_with(condition, item), "{condition} {item}");
        }
    }
}
