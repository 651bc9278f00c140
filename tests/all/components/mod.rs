//! Which components are taken: ours, and none that is damaged, of another world, or that
//! wants something from its host.

mod isolation;
mod taken;
