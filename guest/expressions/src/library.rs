//! What an expression may call: functions written in Rust, and definitions in jq.

use crate::functions::{self, Function, OBJECT};
use crate::syntax::{self, each_call};
use jaq_core::load::Arena;
use jaq_core::load::parse::{Def, Term};
use std::collections::{BTreeSet, HashMap, HashSet};

/// The definitions in jq.
const DEFINITIONS: &str = include_str!("library.jq");

struct Library {
    definitions: Vec<Def<&'static str>>,
    /// The places of the definitions of a name.
    places: HashMap<&'static str, Vec<usize>>,
}

thread_local! {
    // Read once for all expressions of an instance.
    static LIBRARY: Library = Library::read();
}

impl Library {
    fn read() -> Self {
        // Lives as long as the instance, like the definitions that point into it.
        let arena: &'static Arena = Box::leak(Box::default());
        // A test sees to it that they can be read.
        let definitions = syntax::library(DEFINITIONS, arena).unwrap_or_default();
        let mut places: HashMap<_, Vec<_>> = HashMap::new();
        for (place, definition) in definitions.iter().enumerate() {
            places.entry(definition.name).or_default().push(place);
        }
        Self {
            definitions,
            places,
        }
    }
}

/// What a term calls and what that calls in turn.
struct Needed<'s> {
    calls: HashSet<&'s str>,
    wanted: Vec<&'s str>,
    objects: BTreeSet<usize>,
}

impl<'s> Needed<'s> {
    fn add(&mut self, term: &Term<&'s str>) {
        each_call(term, &mut |name, arity| {
            if name == OBJECT {
                self.objects.insert(arity / 2);
            } else if self.calls.insert(name) {
                self.wanted.push(name);
            }
        });
    }
}

/// The definitions and functions that a term needs: to compile all of them would take
/// longer than all the rest.
pub fn needed_by<'s>(term: &Term<&'s str>) -> (Vec<Def<&'s str>>, Vec<Function>) {
    let mut needed = Needed {
        calls: HashSet::new(),
        wanted: Vec::new(),
        objects: BTreeSet::new(),
    };
    needed.add(term);
    let paths = needed.calls.iter().any(|name| syntax::wants_paths(name));
    LIBRARY.with(|library| {
        let mut taken = Vec::new();
        while let Some(name) = needed.wanted.pop() {
            for place in library.places.get(name).into_iter().flatten() {
                let mut definition: Def<&'s str> = library.definitions[*place].clone();
                if paths {
                    definition = syntax::definition(definition);
                }
                needed.add(&definition.body);
                taken.push((*place, definition));
            }
        }
        taken.sort_by_key(|(place, _)| *place);
        let definitions = taken.into_iter().map(|(_, definition)| definition);
        let mut all = functions::all();
        all.retain(|(name, ..)| needed.calls.contains(name));
        all.extend(needed.objects.into_iter().map(functions::object));
        (definitions.collect(), all)
    })
}

/// Every name there is, for suggestions.
#[must_use]
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = LIBRARY.with(|library| library.places.keys().copied().collect());
    names.extend(functions::all().iter().map(|(name, ..)| *name));
    names.retain(|name| !name.starts_with('!'));
    names.sort_unstable();
    names.dedup();
    names
}

/// Whether the definitions can be read, and why not.
#[cfg(test)]
pub fn check() -> Result<(), crate::Fault> {
    syntax::library(DEFINITIONS, &Arena::default()).map(drop)
}
