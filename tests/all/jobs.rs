//! The nine jobs of an operator.
