// Every difference between the databases, as data: the rest of the SQL is one text for all.

/** What a parameter can be. Booleans travel as 0 and 1, JSON as text, moments as milliseconds. */
export type Value = string | number | null | Uint8Array

/** A condition on a text column, with the parameters it adds. */
export interface Condition {
  readonly sql: string
  readonly parameters: readonly Value[]
}

export interface Dialect {
  readonly name: 'sqlite' | 'postgres'
  /** Words of the table definitions. */
  readonly integer: string
  readonly blob: string
  /** A key that the database counts up itself. */
  readonly serial: string
  /** After a table's closing parenthesis: rows lie in the primary key's order. */
  readonly clustered: string
  /** After a select: the row stays as it is until this transaction ends. SQLite has one writer at a time anyway. */
  readonly forUpdate: string
  /** Whoever names the same thing (parameter $1) waits until this transaction ends. Null where there is one writer at a time anyway. */
  readonly turn: string | null
  /** First statement of a migration: two nodes that start together must not both migrate. */
  readonly migrationLock: string | null
  /** The full-text tables beside `texts (mailbox, content, text)`. */
  readonly searchTables: string
  /** Puts a searchable text in place: mailbox $1, content $2, text $3. */
  readonly insertText: string
  /** `column` is one of the integers of parameter `$n`, which `list` made. */
  among(column: string, n: number): string
  list(numbers: readonly number[]): Value
  /** A row source whose column `value` is a JSON array each: parameter `$n` is the JSON text of an array of arrays. */
  rows(n: number): string
  /** Element `index` of such a `value` as an integer. */
  element(index: number): string
  /** A text of the JSON object in a column of text; null if it is not in there. */
  member(column: string, name: string): string
  /** A subquery of the contents of mailbox $1 whose text contains every word; parameters count from `$first`. */
  containing(words: readonly string[], first: number): Condition
}

/** Three code points: what the index counts as characters. */
function hasTrigram(word: string): boolean {
  return /^.{3}/su.test(word)
}

/** Trigrams of one word that the index is asked for: more would hardly leave fewer texts to look into. */
const trigramsMax = 24

/** The first sequences of three code points, each once, quoted for the index. */
function trigrams(word: string): string {
  const letters = Array.from(word)
  const found = new Set(letters.slice(2).map((_, index) => letters.slice(index, index + 3).join('')))
  return [...found]
    .slice(0, trigramsMax)
    .map((trigram) => `"${trigram.replaceAll('"', '""')}"`)
    .join(' AND ')
}

// A mailbox's texts have the row ids mailbox * 2^32 + n: the full-text index walks one mailbox, not everybody's.
// It knows which texts hold a trigram, not where: a fifth of the space, and the text itself has the last word.
const sqliteSearch = `
create table texts (
  id integer primary key,
  mailbox integer not null,
  content integer not null,
  text text not null,
  unique (mailbox, content)
) strict;
create virtual table search using fts5 (text, content = 'texts', content_rowid = 'id', tokenize = 'trigram case_sensitive 1', detail = none);
create trigger texts_inserted after insert on texts begin
  insert into search (rowid, text) values (new.id, new.text);
end;
create trigger texts_deleted after delete on texts begin
  insert into search (search, rowid, text) values ('delete', old.id, old.text);
end;`

export const sqlite: Dialect = Object.freeze({
  name: 'sqlite' as const,
  integer: 'integer',
  blob: 'blob',
  serial: 'integer primary key autoincrement',
  clustered: ' strict, without rowid',
  forUpdate: '',
  turn: null,
  migrationLock: null,
  searchTables: sqliteSearch,
  insertText: `insert into texts (id, mailbox, content, text)
    values ((select coalesce(max(id), $1 << 32) + 1 from texts where id between $1 << 32 and ($1 << 32) + 4294967295), $1, $2, $3)`,
  among: (column: string, n: number) => `${column} in (select value from json_each($${n}))`,
  list: (numbers: readonly number[]) => JSON.stringify(numbers),
  rows: (n: number) => `json_each($${n})`,
  element: (index: number) => `cast(value ->> ${index} as integer)`,
  member: (column: string, name: string) => `${column} ->> '${name}'`,
  containing: (words: readonly string[], first: number) => {
    // What is shorter than a trigram is looked for in the texts alone.
    const phrases = words.filter(hasTrigram).map(trigrams)
    const scans = words.map((_, index) => ` and instr(t.text, $${first + index}) > 0`).join('')
    if (phrases.length === 0) return { sql: `select t.content from texts t where t.mailbox = $1${scans}`, parameters: words }
    return {
      sql: `select t.content from search s join texts t on t.id = s.rowid
        where s.search match $${first + words.length} and s.rowid between $1 << 32 and ($1 << 32) + 4294967295${scans}`,
      parameters: [...words, phrases.join(' AND ')],
    }
  },
})

// The extension is trusted since PostgreSQL 13, yet may be missing: the search is then slower, and finds the same.
const postgresSearch = `
create table texts (
  mailbox bigint not null,
  content bigint not null,
  text text not null,
  primary key (mailbox, content)
);
do $$
begin
  create extension if not exists pg_trgm;
  create index texts_trigrams on texts using gin (text gin_trgm_ops);
exception when others then
  raise notice 'pg_trgm is not available: %', sqlerrm;
end
$$;`

export const postgres: Dialect = Object.freeze({
  name: 'postgres' as const,
  integer: 'bigint',
  blob: 'bytea',
  serial: 'bigint generated by default as identity primary key',
  clustered: '',
  forUpdate: ' for no key update',
  turn: 'select pg_advisory_xact_lock(hashtextextended($1, 4932751100))',
  migrationLock: 'select pg_advisory_xact_lock(4932751100)',
  searchTables: postgresSearch,
  insertText: 'insert into texts (mailbox, content, text) values ($1, $2, $3)',
  among: (column: string, n: number) => `${column} = any(cast($${n} as bigint[]))`,
  list: (numbers: readonly number[]) => `{${numbers.join(',')}}`,
  rows: (n: number) => `json_array_elements(cast($${n} as json))`,
  element: (index: number) => `cast(value ->> ${index} as bigint)`,
  member: (column: string, name: string) => `cast(${column} as json) ->> '${name}'`,
  containing: (words: readonly string[], first: number) => ({
    sql: `select t.content from texts t where t.mailbox = $1${words.map((_, index) => ` and t.text like $${first + index}`).join('')}`,
    parameters: words.map((word) => `%${word.replaceAll(/[\\%_]/g, '\\$&')}%`),
  }),
})
