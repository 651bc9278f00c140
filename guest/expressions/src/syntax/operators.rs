//! Operators, as jq has them.

use super::lexer::{Kind, Token};
use jaq_core::load::parse::BinaryOp;
use jaq_core::ops::{Cmp, Math};

/// How operators of one precedence associate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Associativity {
    Left,
    Right,
    Neither,
}

/// The operator that a token is, with its precedence: a higher one binds more tightly.
pub fn operator<'s>(token: Token<'s>) -> Option<(BinaryOp<&'s str>, u8, Associativity)> {
    use BinaryOp::{Alt, And, Assign, Or, Update, UpdateAlt, UpdateMath};
    Some(match (token.kind, token.text) {
        (Kind::Symbol, "//") => (Alt, 1, Associativity::Right),
        (Kind::Symbol, "=") => (Assign, 2, Associativity::Neither),
        (Kind::Symbol, "|=") => (Update, 2, Associativity::Neither),
        (Kind::Symbol, "+=") => (UpdateMath(Math::Add), 2, Associativity::Neither),
        (Kind::Symbol, "-=") => (UpdateMath(Math::Sub), 2, Associativity::Neither),
        (Kind::Symbol, "*=") => (UpdateMath(Math::Mul), 2, Associativity::Neither),
        (Kind::Symbol, "/=") => (UpdateMath(Math::Div), 2, Associativity::Neither),
        (Kind::Symbol, "%=") => (UpdateMath(Math::Rem), 2, Associativity::Neither),
        (Kind::Symbol, "//=") => (UpdateAlt, 2, Associativity::Neither),
        (Kind::Word, "or") => (Or, 3, Associativity::Left),
        (Kind::Word, "and") => (And, 4, Associativity::Left),
        (Kind::Symbol, "==") => (BinaryOp::Cmp(Cmp::Eq), 5, Associativity::Neither),
        (Kind::Symbol, "!=") => (BinaryOp::Cmp(Cmp::Ne), 5, Associativity::Neither),
        (Kind::Symbol, "<") => (BinaryOp::Cmp(Cmp::Lt), 5, Associativity::Neither),
        (Kind::Symbol, "<=") => (BinaryOp::Cmp(Cmp::Le), 5, Associativity::Neither),
        (Kind::Symbol, ">") => (BinaryOp::Cmp(Cmp::Gt), 5, Associativity::Neither),
        (Kind::Symbol, ">=") => (BinaryOp::Cmp(Cmp::Ge), 5, Associativity::Neither),
        (Kind::Symbol, "+") => (BinaryOp::Math(Math::Add), 6, Associativity::Left),
        (Kind::Symbol, "-") => (BinaryOp::Math(Math::Sub), 6, Associativity::Left),
        (Kind::Symbol, "*") => (BinaryOp::Math(Math::Mul), 7, Associativity::Left),
        (Kind::Symbol, "/") => (BinaryOp::Math(Math::Div), 7, Associativity::Left),
        (Kind::Symbol, "%") => (BinaryOp::Math(Math::Rem), 7, Associativity::Left),
        _ => return None,
    })
}
