//! The history of a corrupt database: it is copied step by step beside other work, and goes on
//! after a restart.

use crate::disk::directory::Directory;
use crate::salvage::copy::{Copy, Offset};
use crate::salvage::source::Source;
use crate::salvage::walk::{self, Table};
use crate::salvaged::Salvaged;
use crate::write::counts::Counts;
use crate::write::webhooks::Webhooks;
use rusqlite::{Connection, Error, OptionalExtension};

/// Rows of a step.
const STEP: i64 = 500;

const TABLES: [Table; 2] = [
    Table {
        rows: "SELECT * FROM delivery WHERE seq > ?1 AND state NOT IN (0, 2) ORDER BY seq LIMIT ?2",
        next: "SELECT seq FROM delivery WHERE seq > ?1 ORDER BY seq LIMIT 1",
    },
    Table {
        rows: "SELECT * FROM decision WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        next: "SELECT seq FROM decision WHERE seq > ?1 ORDER BY seq LIMIT 1",
    },
];

/// What is left to be copied.
pub struct Rest {
    source: Source,
    offset: Offset,
    place: Place,
    /// Whether the place is written down, to go on from there after a restart.
    resumable: bool,
}

/// How far it got, and what was saved so far.
#[derive(Clone, Debug, Default)]
pub struct Place {
    table: usize,
    after: i64,
    salvaged: Salvaged,
}

impl Place {
    /// Nothing is left.
    pub const fn is_end(&self) -> bool {
        self.table >= TABLES.len()
    }
}

impl Rest {
    /// All history of a file, whose essentials are saved.
    pub fn new(source: Source, offset: Offset, salvaged: Salvaged, resumable: bool) -> Self {
        let place = Place {
            salvaged,
            ..Place::default()
        };
        Self {
            source,
            offset,
            place,
            resumable,
        }
    }

    /// Of a file whose history was not all copied when the process ended.
    pub fn resume(directory: &Directory, target: &Connection) -> Option<Self> {
        let sql = "SELECT value FROM meta WHERE key = 'rest'";
        let said = target.query_row(sql, (), |row| row.get::<_, String>(0));
        let said = said.optional().ok().flatten()?;
        let mut parts = said.splitn(3, '/');
        let (table, after) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let file = directory.file(parts.next()?);
        let source = Source::open(&file).ok()?;
        let salvaged = Salvaged {
            moved_to: file,
            ..Salvaged::default()
        };
        let mut rest = Self::new(source, Offset::default(), salvaged, true);
        (rest.place.table, rest.place.after) = (table, after);
        Some(rest)
    }

    /// What was saved so far.
    pub const fn salvaged(&self) -> &Salvaged {
        &self.place.salvaged
    }

    /// The last numbers of deliveries and of decisions, as far as they can be read.
    pub fn last(&self) -> (i64, i64) {
        let number = |sql: &str| {
            let found = self.source.connection.query_row(sql, (), |row| row.get(0));
            found.ok().flatten().unwrap_or_default()
        };
        (
            number("SELECT max(seq) FROM delivery"),
            number("SELECT max(seq) FROM decision"),
        )
    }

    /// A step was committed.
    pub fn go_on_from(&mut self, place: Place) {
        self.place = place;
    }

    /// Copies some rows, in a transaction.
    pub fn step(&self, target: &Connection, counts: &mut Counts) -> Result<Place, Error> {
        let mut place = self.place.clone();
        let Some(table) = TABLES.get(place.table) else {
            return Ok(place);
        };
        let mut copy = Copy {
            source: &self.source,
            target,
            offset: self.offset,
            counts,
            salvaged: &mut place.salvaged,
            webhooks: Webhooks::default(),
        };
        let deliveries = self.place.table == 0;
        let connection = &self.source.connection;
        let reached = walk::step(connection, table, place.after, STEP, |row| {
            if deliveries {
                copy.delivery(row)
            } else {
                copy.decision(row)
            }
        })?;
        place.salvaged.gaps += reached.gaps;
        place.after = reached.after;
        if reached.over {
            (place.table, place.after) = (place.table + 1, 0);
        }
        place.salvaged.complete = place.is_end();
        if self.resumable {
            self.write_down(target, &place)?;
        }
        Ok(place)
    }

    fn write_down(&self, target: &Connection, place: &Place) -> Result<(), Error> {
        let name = place.salvaged.moved_to.file_name().unwrap_or_default();
        let said = format!("{}/{}/{}", place.table, place.after, name.display());
        let sql = if place.is_end() {
            "DELETE FROM meta WHERE key = 'rest' AND ?1 IS NOT NULL"
        } else {
            "INSERT OR REPLACE INTO meta VALUES ('rest', ?1)"
        };
        target.prepare_cached(sql)?.execute((said,))?;
        Ok(())
    }
}
