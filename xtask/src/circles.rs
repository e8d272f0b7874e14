//! Circles of `use` between the files of a package: each file should be readable with what stands
//! below it alone.
//!
//! An arrow runs from a file to the one that defines what it names, in a `use` or in a path,
//! re-exports followed. What a module takes from those it lies in is no arrow: it is a part of
//! them, in a file of its own. Tests are left out.

use crate::failure::{Failure, Outcome};
use crate::workspace;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, Meta, Token, UseTree, Visibility};

/// The packages whose files are looked at.
const PACKAGES: [&str; 8] = [
    "envelope", "core", "textbook", "sim", "relay", "web", "peer", "xtask",
];

/// Refuses circles.
pub fn check() -> Outcome<()> {
    let root = workspace::root();
    let mut found = Vec::new();
    for package in PACKAGES {
        for start in ["lib.rs", "main.rs"] {
            let start = root.join(package).join("src").join(start);
            if start.exists() {
                let modules = Modules::read(&start, &read)?;
                found.extend(circles(&modules.arrows()));
            }
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    let lines = found.iter().map(|circle| told(circle, &root));
    Err(Failure::new(
        format!(
            "files use each other in a circle:\n{}",
            lines.collect::<Vec<_>>().join("\n")
        ),
        "move what both sides need into a file below them",
    ))
}

fn read(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

/// From a file to another, and which names the first takes from there.
type Arrows = BTreeMap<(PathBuf, PathBuf), BTreeSet<String>>;

/// The files of a circle, with the arrows that tie it.
type Circle = Arrows;

fn told(circle: &Circle, root: &Path) -> String {
    let short = |path: &Path| {
        path.strip_prefix(root)
            .unwrap_or(path)
            .display()
            .to_string()
    };
    let line = |((from, to), names): (&(PathBuf, PathBuf), &BTreeSet<String>)| {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        format!("  {} -> {}: {}", short(from), short(to), names.join(", "))
    };
    let lines: Vec<String> = circle.iter().map(line).collect();
    format!("circle:\n{}", lines.join("\n"))
}

/// The groups of files each of which reaches all others of its group.
fn circles(arrows: &Arrows) -> Vec<Circle> {
    let mut next: BTreeMap<&Path, Vec<&Path>> = BTreeMap::new();
    for (from, to) in arrows.keys() {
        next.entry(from).or_default().push(to);
    }
    let reached = |start: &Path| {
        let mut seen: BTreeSet<&Path> = BTreeSet::new();
        let mut open: Vec<&Path> = next.get(start).cloned().unwrap_or_default();
        while let Some(file) = open.pop() {
            if seen.insert(file) {
                open.extend(next.get(file).into_iter().flatten());
            }
        }
        seen
    };
    let reach: BTreeMap<&Path, BTreeSet<&Path>> =
        next.keys().map(|file| (*file, reached(file))).collect();
    let meet = |a: &Path, b: &Path| {
        let to = |from: &Path, to: &Path| reach.get(from).is_some_and(|all| all.contains(to));
        to(a, b) && to(b, a)
    };
    let mut groups: BTreeMap<&Path, Circle> = BTreeMap::new();
    for ((from, to), names) in arrows {
        if meet(from, to) {
            // A group goes by its first file.
            let first = reach[from.as_path()].iter().find(|file| meet(from, file));
            let group = groups.entry(first.copied().unwrap_or(from)).or_default();
            group.insert((from.clone(), to.clone()), names.clone());
        }
    }
    groups.into_values().collect()
}

/// The modules of one package. The root is number 0.
struct Modules {
    all: Vec<Module>,
}

struct Module {
    file: PathBuf,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    /// Names that a `use` brings in, with the paths they stand for.
    names: BTreeMap<String, Vec<String>>,
    /// Paths of which everything is re-exported.
    globs: Vec<Vec<String>>,
    /// Every path that is named, but those that are only re-exported.
    paths: Vec<Vec<String>>,
    /// What it defines itself.
    items: BTreeSet<String>,
}

impl Modules {
    fn read(start: &Path, read: &dyn Fn(&Path) -> Option<String>) -> Outcome<Self> {
        let mut modules = Self { all: Vec::new() };
        let folder = start.parent().unwrap_or(Path::new("")).to_path_buf();
        modules.add_file(start, None, folder, read)?;
        Ok(modules)
    }

    /// `folder` is where the files of its modules are looked for.
    fn add_file(
        &mut self,
        file: &Path,
        parent: Option<usize>,
        folder: PathBuf,
        read: &dyn Fn(&Path) -> Option<String>,
    ) -> Outcome<usize> {
        let cannot = |why: String| {
            Failure::new(
                format!("cannot read {}: {why}", file.display()),
                "see that it is there and compiles",
            )
        };
        let text = read(file).ok_or_else(|| cannot("no such file".to_owned()))?;
        let parsed = syn::parse_file(&text).map_err(|error| cannot(error.to_string()))?;
        self.add(file, parent, folder, &parsed.items, read)
    }

    fn add(
        &mut self,
        file: &Path,
        parent: Option<usize>,
        folder: PathBuf,
        items: &[Item],
        read: &dyn Fn(&Path) -> Option<String>,
    ) -> Outcome<usize> {
        let number = self.all.len();
        let mut reader = Reader::default();
        let own: Vec<&Item> = items.iter().filter(|item| !is_test(item)).collect();
        for item in &own {
            reader.visit_item(item);
        }
        self.all.push(Module {
            file: file.to_path_buf(),
            parent,
            children: BTreeMap::new(),
            names: reader.names,
            globs: reader.globs,
            paths: reader.paths,
            items: own.iter().filter_map(|item| defined(item)).collect(),
        });
        for item in own {
            let Item::Mod(ItemMod { ident, content, .. }) = item else {
                continue;
            };
            let name = ident.to_string();
            let inner = folder.join(&name);
            let child = if let Some((_, items)) = content {
                self.add(file, Some(number), inner, items, read)?
            } else {
                let beside = folder.join(format!("{name}.rs"));
                let inside = inner.join("mod.rs");
                let file = if read(&beside).is_some() {
                    beside
                } else {
                    inside
                };
                self.add_file(&file, Some(number), inner, read)?
            };
            self.all[number].children.insert(name, child);
        }
        Ok(number)
    }

    fn arrows(&self) -> Arrows {
        let mut arrows = Arrows::new();
        for (number, module) in self.all.iter().enumerate() {
            for path in &module.paths {
                let Some(target) = self.defined_in(number, path, 0) else {
                    continue;
                };
                if !self.lies_in(number, target) {
                    let arrow = (module.file.clone(), self.all[target].file.clone());
                    let name = path.last().cloned().unwrap_or_default();
                    arrows.entry(arrow).or_default().insert(name);
                }
            }
        }
        arrows.retain(|(from, to), _| from != to);
        arrows
    }

    /// Whether the first module is the second, or a part of it.
    fn lies_in(&self, inner: usize, outer: usize) -> bool {
        let mut module = Some(inner);
        while let Some(number) = module {
            if number == outer {
                return true;
            }
            module = self.all[number].parent;
        }
        false
    }

    /// The module that defines what that path names, as seen from a module; `None` if it is of
    /// another package. `depth` ends re-exports that lead nowhere.
    fn defined_in(&self, from: usize, path: &[String], depth: usize) -> Option<usize> {
        let (first, mut rest) = path.split_first()?;
        let mut module = match first.as_str() {
            "crate" => 0,
            "self" => from,
            "super" => self.all[from].parent?,
            name => {
                let here = &self.all[from];
                if let Some(&child) = here.children.get(name) {
                    child
                } else {
                    // What was brought in by name is an arrow already, to the same file or one
                    // further down.
                    let target = here
                        .names
                        .get(name)
                        .filter(|target| target.first() != Some(first));
                    let mut longer = target.filter(|_| depth < 8)?.clone();
                    longer.extend_from_slice(rest);
                    return self.defined_in(from, &longer, depth + 1);
                }
            }
        };
        while let Some((name, others)) = rest.split_first() {
            let here = &self.all[module];
            if name == "super" {
                module = here.parent?;
            } else if let Some(&child) = here.children.get(name) {
                module = child;
            } else {
                let exported = here.names.get(name).into_iter().cloned();
                let globs = here.globs.iter().filter(|_| !here.items.contains(name));
                let globs = globs.map(|glob| {
                    let mut path = glob.clone();
                    path.push(name.clone());
                    path
                });
                let further = exported.chain(globs).filter(|_| depth < 8);
                let mut further = further.filter_map(|mut path| {
                    path.extend_from_slice(others);
                    self.defined_in(module, &path, depth + 1)
                });
                return Some(further.next().unwrap_or(module));
            }
            rest = others;
        }
        Some(module)
    }
}

/// The name of what an item defines.
fn defined(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

fn is_test(item: &Item) -> bool {
    let attributes: &[Attribute] = match item {
        Item::Mod(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        _ => &[],
    };
    attributes.iter().any(|attribute| {
        let condition = attribute.parse_args::<Meta>();
        attribute.path().is_ident("cfg") && condition.is_ok_and(|condition| needs_test(&condition))
    })
}

/// Whether a condition holds in tests only: it is `test`, or `all` of some among which is such a
/// one.
fn needs_test(condition: &Meta) -> bool {
    match condition {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("all") => {
            let all = Punctuated::<Meta, Token![,]>::parse_terminated;
            list.parse_args_with(all)
                .is_ok_and(|all| all.iter().any(needs_test))
        }
        _ => false,
    }
}

/// What one module names. Its modules are not entered.
#[derive(Default)]
struct Reader {
    names: BTreeMap<String, Vec<String>>,
    globs: Vec<Vec<String>>,
    paths: Vec<Vec<String>>,
}

impl Reader {
    fn tree(&mut self, before: &[String], tree: &UseTree, exported: bool) {
        let mut path = before.to_vec();
        match tree {
            UseTree::Path(step) => {
                path.push(step.ident.to_string());
                self.tree(&path, &step.tree, exported);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.tree(&path, tree, exported);
                }
            }
            UseTree::Name(name) => {
                let name = name.ident.to_string();
                let said = if name == "self" {
                    path.last()
                } else {
                    Some(&name)
                };
                let said = said.cloned().unwrap_or_default();
                if name != "self" {
                    path.push(name);
                }
                self.bring(said, path, exported);
            }
            UseTree::Rename(rename) => {
                path.push(rename.ident.to_string());
                self.bring(rename.rename.to_string(), path, exported);
            }
            UseTree::Glob(_) => {
                if exported {
                    self.globs.push(path);
                } else {
                    self.paths.push(path);
                }
            }
        }
    }

    fn bring(&mut self, name: String, path: Vec<String>, exported: bool) {
        if !exported {
            self.paths.push(path.clone());
        }
        self.names.insert(name, path);
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let exported = !matches!(item.vis, Visibility::Inherited);
        self.tree(&[], &item.tree, exported);
    }

    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path.segments.iter();
        let segments: Vec<String> = segments.map(|segment| segment.ident.to_string()).collect();
        if segments.len() > 1 && path.leading_colon.is_none() {
            self.paths.push(segments);
        }
        visit::visit_path(self, path);
    }
}

#[cfg(test)]
mod tests;
