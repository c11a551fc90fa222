//! The tokens of an expression, one after the other.

use std::ops::Range;

use super::error::QueryError;
use super::token::{Lexeme, Token, tokens};

/// A place among the tokens of a text.
pub(super) struct Cursor {
    tokens: Vec<Token>,
    at: usize,
    /// Where the text ends.
    end: usize,
}

impl Cursor {
    pub(super) fn new(text: &str) -> Result<Self, QueryError> {
        Ok(Self { tokens: tokens(text)?, at: 0, end: text.len() })
    }

    pub(super) fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    pub(super) fn next(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.at += usize::from(token.is_some());
        token
    }

    pub(super) fn skip(&mut self, tokens: usize) {
        self.at = self.at.saturating_add(tokens).min(self.tokens.len());
    }

    /// Where the next token stands, or the text ends.
    pub(super) fn place(&self) -> Range<usize> {
        self.peek().map_or(self.end..self.end, |token| token.span.clone())
    }

    /// Takes the next token where it is this sign, or the word that says the same.
    pub(super) fn takes(&mut self, lexeme: &Lexeme) -> bool {
        let word = match lexeme {
            Lexeme::And => "and",
            Lexeme::Or => "or",
            Lexeme::Not => "not",
            _ => "",
        };
        let is_sign = self.peek().is_some_and(|token| token.lexeme == *lexeme);
        self.at += usize::from(is_sign);
        is_sign || self.takes_word(word)
    }

    /// Takes the next token where it is this word.
    pub(super) fn takes_word(&mut self, word: &str) -> bool {
        let is_word = self.peek().is_some_and(|token| is_word(token, word));
        self.at += usize::from(is_word);
        is_word
    }

    /// Whether the token after the next is the word `in`.
    pub(super) fn follows_in(&self) -> bool {
        self.tokens.get(self.at + 1).is_some_and(|token| is_word(token, "in"))
    }
}

fn is_word(token: &Token, word: &str) -> bool {
    matches!(&token.lexeme, Lexeme::Word(text) if text.eq_ignore_ascii_case(word))
}
