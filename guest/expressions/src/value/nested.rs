//! Lists and objects: shared until one is changed, and let go without recursion.

use super::Val;
use foldhash::fast::FixedState;
use indexmap::IndexMap;
use std::cell::Cell;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;

/// The members of an object, in the order of insertion.
pub type Map = IndexMap<Rc<str>, Val, FixedState>;

/// How deep dropping calls itself: below that what is nested is unfolded first.
const RECURSION: usize = 64;

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// The items of a list.
#[derive(Clone, Debug, Default)]
pub struct Items(Rc<Vec<Val>>);

/// The members of an object.
#[derive(Clone, Debug, Default)]
pub struct Members(Rc<Map>);

impl From<Vec<Val>> for Items {
    fn from(items: Vec<Val>) -> Self {
        Self(Rc::new(items))
    }
}

impl From<Map> for Members {
    fn from(members: Map) -> Self {
        Self(Rc::new(members))
    }
}

impl Deref for Items {
    type Target = Vec<Val>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Items {
    fn deref_mut(&mut self) -> &mut Self::Target {
        Rc::make_mut(&mut self.0)
    }
}

impl Deref for Members {
    type Target = Map;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Members {
    fn deref_mut(&mut self) -> &mut Self::Target {
        Rc::make_mut(&mut self.0)
    }
}

impl Items {
    /// Whether both are one list.
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// The items; copied if they are shared.
    pub fn into_vec(mut self) -> Vec<Val> {
        match Rc::get_mut(&mut self.0) {
            Some(items) => std::mem::take(items),
            None => self.0.to_vec(),
        }
    }
}

impl Members {
    /// Whether both are one object.
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// The members; copied if they are shared.
    pub fn into_map(mut self) -> Map {
        match Rc::get_mut(&mut self.0) {
            Some(members) => std::mem::take(members),
            None => (*self.0).clone(),
        }
    }

    /// The keys in the order of their bytes.
    pub fn sorted_keys(&self) -> Vec<&Rc<str>> {
        let mut keys: Vec<_> = self.keys().collect();
        keys.sort_unstable();
        keys
    }
}

impl Drop for Items {
    fn drop(&mut self) {
        if let Some(items) = Rc::get_mut(&mut self.0) {
            let nested = |item: &Val| matches!(item, Val::Arr(_) | Val::Obj(_));
            if items.iter().any(nested) {
                release(items, |items, pending| {
                    pending.extend(items.drain(..).filter(nested));
                });
            }
        }
    }
}

impl Drop for Members {
    fn drop(&mut self) {
        if let Some(members) = Rc::get_mut(&mut self.0) {
            let nested = |item: &Val| matches!(item, Val::Arr(_) | Val::Obj(_));
            if members.values().any(nested) {
                release(members, |members, pending| {
                    pending.extend(members.drain(..).map(|(_, value)| value).filter(nested));
                });
            }
        }
    }
}

/// Empties a container whose items may contain others, and so on without end.
fn release<C: Default>(container: &mut C, unfold: impl Fn(&mut C, &mut Vec<Val>)) {
    let depth = DEPTH.get();
    if depth < RECURSION {
        DEPTH.set(depth + 1);
        drop(std::mem::take(container));
        DEPTH.set(depth);
        return;
    }
    let mut pending = Vec::new();
    unfold(container, &mut pending);
    while let Some(value) = pending.pop() {
        match value {
            Val::Arr(mut items) => {
                if let Some(items) = Rc::get_mut(&mut items.0) {
                    pending.append(items);
                }
            }
            Val::Obj(mut members) => {
                if let Some(members) = Rc::get_mut(&mut members.0) {
                    pending.extend(members.drain(..).map(|(_, value)| value));
                }
            }
            _ => {}
        }
    }
}
