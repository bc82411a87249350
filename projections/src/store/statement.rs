//! A statement that both databases understand: `?` for each value, in order.

use std::borrow::Cow;

use sqlx::{Arguments, AssertSqlSafe, Database, Encode, Postgres, Sqlite, Type};
use uuid::Uuid;

use super::ReadError;

/// A value of a statement. The types are those that both databases have.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Integer(Option<i64>),
    Text(String),
    Bytes(Vec<u8>),
    Uuid(Option<Uuid>),
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Integer(Some(integer(number)))
    }
}

impl From<Option<u64>> for Value {
    fn from(number: Option<u64>) -> Self {
        Self::Integer(number.map(integer))
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Integer(Some(number.into()))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<Uuid> for Value {
    fn from(id: Uuid) -> Self {
        Self::Uuid(Some(id))
    }
}

impl From<Option<Uuid>> for Value {
    fn from(id: Option<Uuid>) -> Self {
        Self::Uuid(id)
    }
}

/// Positions, versions and times end at 2⁵³; what is larger equals nothing stored.
fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// SQL with its values.
///
/// SQLite looks numbered placeholders up one after the other, which is quadratic in a
/// large insert; so the text has bare `?`, and is numbered for Postgres alone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Statement {
    sql: Cow<'static, str>,
    values: Vec<Value>,
}

impl Statement {
    /// Begins with a text.
    pub(crate) fn new(sql: &'static str) -> Self {
        Self { sql: Cow::Borrowed(sql), values: Vec::new() }
    }

    /// The value of the next `?` in the text.
    #[must_use]
    pub(crate) fn value(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// More text.
    pub(crate) fn push(&mut self, sql: &str) -> &mut Self {
        self.sql.to_mut().push_str(sql);
        self
    }

    /// A placeholder and its value.
    pub(crate) fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.sql.to_mut().push('?');
        self.values.push(value.into());
        self
    }

    /// `(?, …)` with these values, of which there is at least one. The last is repeated
    /// up to a power of two, so that there are few different texts and all of them stay
    /// prepared.
    pub(crate) fn bind_list<V: Into<Value>>(&mut self, values: impl IntoIterator<Item = V>) -> &mut Self {
        let mut values: Vec<Value> = values.into_iter().map(Into::into).collect();
        let last = values.last().cloned().expect("callers pass at least one value");
        values.resize(values.len().next_power_of_two(), last);
        self.bind_row(values)
    }

    /// `(?, …)` with exactly these values.
    pub(crate) fn bind_row(&mut self, values: impl IntoIterator<Item = Value>) -> &mut Self {
        self.push("(");
        for (index, value) in values.into_iter().enumerate() {
            self.push(if index == 0 { "" } else { ", " }).bind(value);
        }
        self.push(")")
    }

    pub(super) fn for_sqlite(self) -> Result<(AssertSqlSafe<String>, sqlx::sqlite::SqliteArguments), ReadError> {
        Ok((AssertSqlSafe(self.sql.into_owned()), arguments::<Sqlite>(self.values)?))
    }

    pub(super) fn for_postgres(self) -> Result<(AssertSqlSafe<String>, sqlx::postgres::PgArguments), ReadError> {
        Ok((AssertSqlSafe(numbered(&self.sql)), arguments::<Postgres>(self.values)?))
    }
}

/// Postgres numbers its placeholders. Our texts have no `?` in literals.
fn numbered(sql: &str) -> String {
    let mut parts = sql.split('?');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.enumerate().fold(first, |text, (index, part)| text + "$" + &(index + 1).to_string() + part)
}

fn arguments<DB>(values: Vec<Value>) -> Result<DB::Arguments, ReadError>
where
    DB: Database,
    Option<i64>: for<'q> Encode<'q, DB> + Type<DB>,
    String: for<'q> Encode<'q, DB> + Type<DB>,
    Vec<u8>: for<'q> Encode<'q, DB> + Type<DB>,
    Option<Uuid>: for<'q> Encode<'q, DB> + Type<DB>,
{
    let mut arguments = DB::Arguments::default();
    for value in values {
        match value {
            Value::Integer(number) => arguments.add(number),
            Value::Text(text) => arguments.add(text),
            Value::Bytes(bytes) => arguments.add(bytes),
            Value::Uuid(id) => arguments.add(id),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_numbered_in_order() {
        assert_eq!(numbered("a = ? AND b IN (?, ?)"), "a = $1 AND b IN ($2, $3)");
        assert_eq!(numbered("no value"), "no value");
    }

    #[test]
    fn a_list_is_filled_up_to_a_power_of_two() {
        let mut statement = Statement::new("x IN ");
        statement.bind_list([1u64, 2, 3]);
        assert_eq!(statement.sql, "x IN (?, ?, ?, ?)");
        assert_eq!(statement.values.last(), Some(&Value::Integer(Some(3))));
    }
}
