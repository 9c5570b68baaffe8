// The contract of migrations: forward only, all or nothing, and never on a newer database.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Database } from '../../src/store/sql/connection.ts'
import { openDatabase } from '../../src/store/sql/database.ts'
import { migrate, migrations, type Migration } from '../../src/store/sql/migrations.ts'
import { engines, type Place } from './engines.ts'

const step = (script: string): Migration => ({ script: () => script })

describe.each(engines)('migrations on $name', (engine) => {
  let place: Place
  let database: Database
  beforeEach(async () => {
    place = await engine.place()
    database = await openDatabase(place.options)
  })
  afterEach(async () => {
    await database.close()
    await place.remove()
  })

  const versionOf = async () => (await database.get<{ value: number }>(`select value from meta where name = 'version'`))?.value

  test('an empty database is brought to the newest version, and stays there', async () => {
    await migrate(database)
    expect(await versionOf()).toBe(migrations.length)
    await migrate(database)
    expect(await versionOf()).toBe(migrations.length)
  })

  test('an older database takes the steps it lacks, in order, and keeps what it holds', async () => {
    const first = step('create table things (name text not null)')
    await migrate(database, [first])
    await database.transaction((connection) => connection.run('insert into things (name) values ($1)', ['kept']))
    const second = step(`alter table things add column size integer`)
    const third = step(`update things set size = 3; create table more (id integer)`)
    await migrate(database, [first, second, third])
    expect(await database.all('select name, size from things')).toEqual([{ name: 'kept', size: 3 }])
    expect(await versionOf()).toBe(3)
  })

  test('a step that fails leaves the database as it was', async () => {
    const first = step('create table things (name text not null)')
    await migrate(database, [first])
    const broken = [first, step('alter table things add column size integer'), step('insert into nowhere values (1)')]
    await expect(migrate(database, broken)).rejects.toThrow('nowhere')
    expect(await versionOf()).toBe(1)
    await migrate(database, broken.slice(0, 2))
    expect(await database.all('select name, size from things')).toEqual([])
  })

  test('a newer database is refused with a sentence that says what to do', async () => {
    await migrate(database)
    await database.transaction((connection) => connection.run(`update meta set value = value + 1 where name = 'version'`))
    const known = migrations.length
    await expect(place.open()).rejects.toThrow(
      `The database has version ${known + 1}; this Easel knows versions up to ${known}. ` +
        'Start the newer Easel that wrote it, or restore a backup made before the upgrade.',
    )
    expect(await versionOf()).toBe(known + 1)
  })

  test('two nodes that start together migrate once', async () => {
    const steps = [step('create table once (id integer)')]
    await Promise.all([migrate(database, steps), migrate(database, steps)])
    expect(await versionOf()).toBe(1)
  })
})
