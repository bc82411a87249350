//! A list that seldom has more than two members, and takes no allocation until it has.

use std::fmt;
use std::ops::Deref;

/// See the module. Two lists are equal if their members are.
#[derive(Clone)]
pub struct Few<T>(Members<T>);

#[derive(Clone)]
enum Members<T> {
    None,
    One([T; 1]),
    Two([T; 2]),
    Many(Vec<T>),
}

impl<T: Copy> Few<T> {
    /// No members.
    #[must_use]
    pub const fn new() -> Self {
        Self(Members::None)
    }

    /// Appends a member.
    pub fn push(&mut self, member: T) {
        match &mut self.0 {
            Members::None => self.0 = Members::One([member]),
            Members::One([first]) => self.0 = Members::Two([*first, member]),
            Members::Two([first, second]) => self.0 = Members::Many(vec![*first, *second, member]),
            Members::Many(members) => members.push(member),
        }
    }
}

impl<T: Copy> Default for Few<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.0 {
            Members::None => &[],
            Members::One(members) => members,
            Members::Two(members) => members,
            Members::Many(members) => members,
        }
    }
}

impl<T: Copy> FromIterator<T> for Few<T> {
    fn from_iter<I: IntoIterator<Item = T>>(members: I) -> Self {
        let mut few = Self::new();
        members.into_iter().for_each(|member| few.push(member));
        few
    }
}

impl<'f, T> IntoIterator for &'f Few<T> {
    type Item = &'f T;
    type IntoIter = std::slice::Iter<'f, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: PartialEq> PartialEq for Few<T> {
    fn eq(&self, other: &Self) -> bool {
        self[..] == other[..]
    }
}

impl<T: Eq> Eq for Few<T> {}

impl<T: fmt::Debug> fmt::Debug for Few<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_holds_what_was_put_in_it() {
        for length in 0..6 {
            let few: Few<usize> = (0..length).collect();
            assert_eq!(few[..], (0..length).collect::<Vec<_>>()[..]);
        }
    }
}
