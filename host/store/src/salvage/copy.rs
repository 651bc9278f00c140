//! Copies rows of a corrupt database, one by one, into one that is whole.

use crate::body::StoredBody;
use crate::delivery::State;
use crate::disk::checksum::checksum;
use crate::disk::pages;
use crate::salvage::source::Source;
use crate::salvaged::Salvaged;
use crate::write::counts::Counts;
use crate::write::history;
use crate::write::webhooks::Webhooks;
use rusqlite::types::Value;
use rusqlite::{Connection, Error, OptionalExtension, Row, params};

/// What a delivery says whose body could not be read.
const WITHOUT_BODY: &str = "its body was lost: the store was corrupt";

/// Columns of `delivery`, in order; those that an older format lacks are null.
pub const COLUMNS: usize = 21;

/// The first of those that tell its trace.
const TRACE: usize = 18;

/// Numbers in the new database begin here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offset {
    /// Of deliveries and their places in the queue.
    pub seq: i64,
    /// Of bodies.
    pub body: i64,
    /// Of decisions.
    pub decision: i64,
}

/// Copies deliveries and decisions.
pub struct Copy<'a> {
    /// What is read.
    pub source: &'a Source,
    /// What is written.
    pub target: &'a Connection,
    /// Where numbers begin.
    pub offset: Offset,
    /// By how much the counts change.
    pub counts: &'a mut Counts,
    /// What was saved.
    pub salvaged: &'a mut Salvaged,
    /// Names in the new database.
    pub webhooks: Webhooks,
}

/// What has to be right for a delivery to be saved.
struct Read {
    seq: i64,
    webhook: i64,
    state: State,
    body: Option<i64>,
}

impl Copy<'_> {
    /// Copies a delivery with all that belongs to it, unless it is there already.
    pub fn delivery(&mut self, row: &Row<'_>) -> Result<(), Error> {
        let Some(read) = read(row) else {
            self.salvaged.gaps += 1;
            return Ok(());
        };
        let found = read
            .body
            .map(|body| pages::body(&self.source.connection, body));
        let body = found.and_then(Result::ok).flatten();
        let lost = read.state == State::Waiting && body.is_none();
        let state = if lost { State::Failed } else { read.state };
        let webhook = self.source.webhook(read.webhook);
        let webhook = self.webhooks.number(self.target, &webhook)?;
        let number = body
            .is_some()
            .then(|| read.body.unwrap_or(0) + self.offset.body);
        let mut values = values(row, state, self.offset);
        values[2] = webhook.into();
        values[7] = number.into();
        if lost {
            values[9] = values[8].clone();
            values[16] = WITHOUT_BODY.to_owned().into();
        }
        let mut insert = self.target.prepare_cached(INSERT)?;
        if insert.execute(rusqlite::params_from_iter(values))? == 0 {
            return Ok(());
        }
        if let Some(body) = body {
            self.body(number, &body)?;
        }
        self.attempts(read.seq)?;
        self.counts.add(state, 1);
        match state {
            _ if lost => self.salvaged.without_body += 1,
            State::Waiting => self.salvaged.waiting += 1,
            State::Failed => self.salvaged.failed += 1,
            _ => self.salvaged.history += 1,
        }
        if state == State::Waiting {
            // Whatever has no place in the queue gets one.
            self.target
                .prepare_cached(
                    "INSERT OR IGNORE INTO changed SELECT seq FROM delivery
                     WHERE seq = ?1 AND queue IS NULL",
                )?
                .execute((read.seq + self.offset.seq,))?;
        }
        Ok(())
    }

    fn body(&self, number: Option<i64>, body: &StoredBody) -> Result<(), Error> {
        self.target
            .prepare_cached("INSERT OR IGNORE INTO body VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
            .execute(params![
                number,
                body.content,
                body.content_type,
                body.schema_version,
                history::headers(&body.headers),
                checksum(&body.content),
            ])?;
        Ok(())
    }

    fn attempts(&mut self, seq: i64) -> Result<(), Error> {
        let select = "SELECT * FROM attempt WHERE delivery = ?1";
        let Ok(mut select) = self.source.connection.prepare_cached(select) else {
            return Ok(());
        };
        let rows = self.rows(&mut select, seq, 8);
        for mut values in rows {
            values[0] = (seq + self.offset.seq).into();
            self.target
                .prepare_cached(
                    "INSERT OR IGNORE INTO attempt VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                )?
                .execute(rusqlite::params_from_iter(values))
                .optional_if_invalid()?;
        }
        Ok(())
    }

    /// Copies a decision with its answers.
    pub fn decision(&mut self, row: &Row<'_>) -> Result<(), Error> {
        let Ok(seq) = row.get::<_, i64>(0) else {
            return Ok(());
        };
        let mut values: Vec<Value> = (0..8)
            .map(|column| row.get(column).unwrap_or(Value::Null))
            .collect();
        values[0] = (seq + self.offset.decision).into();
        let copied = self
            .target
            .prepare_cached(
                "INSERT OR IGNORE INTO decision VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(rusqlite::params_from_iter(values))
            .optional_if_invalid()?;
        if copied != Some(1) {
            return Ok(());
        }
        self.salvaged.history += 1;
        let select = "SELECT * FROM answer WHERE decision = ?1";
        let Ok(mut select) = self.source.connection.prepare_cached(select) else {
            return Ok(());
        };
        for mut values in self.rows(&mut select, seq, 10) {
            values[0] = (seq + self.offset.decision).into();
            self.target
                .prepare_cached(
                    "INSERT OR IGNORE INTO answer VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                )?
                .execute(rusqlite::params_from_iter(values))
                .optional_if_invalid()?;
        }
        Ok(())
    }

    /// What can be read of the rows that belong to another one.
    fn rows(
        &mut self,
        select: &mut rusqlite::Statement<'_>,
        of: i64,
        columns: usize,
    ) -> Vec<Vec<Value>> {
        let mut found = Vec::new();
        let Ok(mut rows) = select.query((of,)) else {
            return found;
        };
        loop {
            match rows.next() {
                Ok(Some(row)) => {
                    let value = |column| row.get(column).unwrap_or(Value::Null);
                    found.push((0..columns).map(value).collect());
                }
                Ok(None) => return found,
                Err(_) => {
                    self.salvaged.gaps += 1;
                    return found;
                }
            }
        }
    }
}

const INSERT: &str = "
INSERT OR IGNORE INTO delivery VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,
    ?15, ?16, ?17, ?18, ?19, ?20, ?21)";

/// The columns of a delivery, with its numbers in the new database.
fn values(row: &Row<'_>, state: State, offset: Offset) -> Vec<Value> {
    let value = |column| row.get::<_, Value>(column).unwrap_or(Value::Null);
    let mut values: Vec<Value> = (0..COLUMNS).map(value).collect();
    let moved = |value: &Value| match value {
        Value::Integer(number) => (number + offset.seq).into(),
        _ => Value::Null,
    };
    values[0] = moved(&values[0]);
    values[5] = state.number().into();
    values[6] = match state {
        State::Waiting => moved(&values[6]),
        _ => Value::Null,
    };
    // A trace that cannot be read is no reason to lose the delivery.
    for value in &mut values[TRACE..] {
        if !matches!(value, Value::Text(_)) {
            *value = Value::Null;
        }
    }
    values
}

fn read(row: &Row<'_>) -> Option<Read> {
    row.get::<_, [u8; 16]>(1).ok()?;
    for column in [3, 4] {
        row.get::<_, String>(column).ok()?;
    }
    for column in [8, 11, 12] {
        row.get::<_, i64>(column).ok()?;
    }
    for column in [13, 17] {
        row.get::<_, u32>(column).ok()?;
    }
    for column in [6, 9, 10, 14] {
        row.get::<_, Option<i64>>(column).ok()?;
    }
    row.get::<_, Option<u16>>(15).ok()?;
    row.get::<_, Option<String>>(16).ok()?;
    Some(Read {
        seq: row.get(0).ok()?,
        webhook: row.get(2).ok()?,
        state: State::of(row.get(5).ok()?)?,
        body: row.get(7).ok()?,
    })
}

/// A row with values that the table does not take is a row that was not saved.
trait IfInvalid {
    fn optional_if_invalid(self) -> Result<Option<usize>, Error>;
}

impl IfInvalid for Result<usize, Error> {
    fn optional_if_invalid(self) -> Result<Option<usize>, Error> {
        use rusqlite::ErrorCode::{ConstraintViolation, TypeMismatch};
        match self {
            Err(error)
                if matches!(
                    error.sqlite_error_code(),
                    Some(ConstraintViolation | TypeMismatch)
                ) =>
            {
                Ok(None)
            }
            other => other.optional(),
        }
    }
}
