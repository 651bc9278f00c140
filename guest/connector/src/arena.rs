//! The guest's allocator: a small arena in static memory before std's allocator.
//!
//! A call usually runs in an instance of its own and allocates little. std's
//! allocator would grow the memory for it each time; a bump of a pointer does
//! not. When the last piece in the arena is freed it starts anew, so that an
//! instance that is kept warm does not fill up.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, UnsafeCell};

const SIZE: usize = 128 * 1024;

#[repr(align(16))]
struct Space(UnsafeCell<[u8; SIZE]>);

struct Arena {
    space: Space,
    used: Cell<usize>,
    live: Cell<usize>,
}

// SAFETY: wasm32-unknown-unknown without atomics has one thread.
unsafe impl Sync for Arena {}

#[global_allocator]
static ARENA: Arena = Arena {
    space: Space(UnsafeCell::new([0; SIZE])),
    used: Cell::new(0),
    live: Cell::new(0),
};

impl Arena {
    fn start(&self) -> usize {
        self.space.0.get().addr()
    }

    fn holds(&self, pointer: *mut u8) -> bool {
        pointer.addr().wrapping_sub(self.start()) < SIZE
    }

    /// The offset of the next free place for a layout, and the first byte after it.
    fn place(&self, layout: Layout) -> Option<(usize, usize)> {
        let from = (self.start() + self.used.get()).checked_next_multiple_of(layout.align())?
            - self.start();
        let to = from.checked_add(layout.size())?;
        (to <= SIZE).then_some((from, to))
    }
}

// SAFETY: places handed out lie inside the static space, do not overlap (`used`
// only grows while any is live) and are aligned; all else is left to `System`.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some((from, to)) = self.place(layout) else {
            // SAFETY: the caller's promises are passed on.
            return unsafe { System.alloc(layout) };
        };
        self.used.set(to);
        self.live.set(self.live.get() + 1);
        // SAFETY: `from` is an offset inside the space.
        unsafe { self.space.0.get().cast::<u8>().add(from) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        if !self.holds(pointer) {
            // SAFETY: not ours, so `System` made it.
            return unsafe { System.dealloc(pointer, layout) };
        }
        let live = self.live.get() - 1;
        self.live.set(live);
        if live == 0 {
            self.used.set(0);
        }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !self.holds(pointer) {
            // SAFETY: not ours, so `System` made it.
            return unsafe { System.realloc(pointer, layout, size) };
        }
        let from = pointer.addr() - self.start();
        let last = from + layout.size() == self.used.get();
        if last && size <= SIZE - from {
            self.used.set(from + size);
            return pointer;
        }
        // SAFETY: `size` is not zero and fits the alignment, as the caller promises;
        // both places hold the smaller of the two sizes.
        unsafe {
            let place = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !place.is_null() {
                place.copy_from_nonoverlapping(pointer, layout.size().min(size));
                self.dealloc(pointer, layout);
            }
            place
        }
    }
}
