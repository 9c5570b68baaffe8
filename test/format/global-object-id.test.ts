// GlobalObjIds: for every UID there is, back and forth without a loss.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { globalObjectIdOf, uidMeant, uidOfGlobalObjectId } from '../../src/format/global-object-id.ts'

const classId = '040000008200E00074C5B7101A82E008'
const outlook = `${classId}00000000A0E2C18FC3B5DC01000000000000000010000000F1D2C3B4A5968778695A4B3C2D1E0F00`
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase()
const uids = fc.string({ minLength: 1, maxLength: 1024, unit: 'grapheme' }).filter((uid) => !uid.includes('\0') && uid.isWellFormed())
const dates = fc
  .date({ min: new Date(Date.UTC(1, 0, 1)), max: new Date(Date.UTC(9999, 11, 31)), noInvalidDate: true })
  .map((date) => Temporal.PlainDate.from(date.toISOString().slice(0, 10)))

describe('a GlobalObjId', () => {
  test('wraps a foreign UID with the length of marker, UID and one byte behind', () => {
    const bytes = globalObjectIdOf('040000-tea@example.test', null)
    const marker = Buffer.from('vCal-Uid').toString('hex').toUpperCase()
    const length = (13 + 23).toString(16).toUpperCase()
    expect(hex(bytes)).toBe(`${classId}${'00'.repeat(20)}${length}000000${marker}01000000${hex(Buffer.from('040000-tea@example.test'))}00`)
  })

  test('gives back every UID, whatever its length and letters', () => {
    fc.assert(
      fc.property(uids, fc.option(dates), (uid, instance) => {
        const name = uidOfGlobalObjectId(globalObjectIdOf(uid, instance))
        expect(name.uid).toBe(uid)
        expect(name.instance?.toString()).toBe(instance?.toString())
      }),
    )
  })

  test('of UIDs longer than 64 characters differ where the UIDs do', () => {
    const long = 'x'.repeat(200)
    expect(hex(globalObjectIdOf(`${long}1`, null))).not.toBe(hex(globalObjectIdOf(`${long}2`, null)))
  })

  test('of a UID that Outlook made is that UID', () => {
    expect(hex(globalObjectIdOf(outlook, null))).toBe(outlook)
    expect(hex(globalObjectIdOf(outlook.toLowerCase(), null))).toBe(outlook)
    expect(uidOfGlobalObjectId(Buffer.from(outlook, 'hex'))).toEqual({ uid: outlook, instance: null })
  })

  test('of one occurrence holds its date, and the UID behind it does not', () => {
    const bytes = globalObjectIdOf(outlook, Temporal.PlainDate.from('2026-03-09'))
    expect(hex(bytes).slice(32, 40)).toBe('07EA0309')
    const name = uidOfGlobalObjectId(bytes)
    expect(name.uid).toBe(outlook)
    expect(name.instance?.toString()).toBe('2026-03-09')
    // A UID that somebody wrote with the date of an occurrence in it names the series all the same.
    expect(hex(globalObjectIdOf(hex(bytes), null))).toBe(outlook)
  })

  test('is refused where it is none, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(() => uidOfGlobalObjectId(bytes)).toThrow(RangeError)
      }),
    )
    for (const cut of [1, 20, 39, 41]) expect(() => uidOfGlobalObjectId(Buffer.from(outlook, 'hex').subarray(0, cut))).toThrow(RangeError)
  })
})

describe('a UID from a client', () => {
  test('means the same in hexadecimal, in base64 and as it is', () => {
    fc.assert(
      fc.property(uids, (uid) => {
        const bytes = Buffer.from(globalObjectIdOf(uid, null))
        expect(uidMeant(bytes.toString('hex'))).toBe(uid)
        expect(uidMeant(hex(bytes))).toBe(uid)
        expect(uidMeant(bytes.toString('base64'))).toBe(uid)
        expect(uidMeant(uid)).toBe(uid)
      }),
    )
    expect(uidMeant(outlook)).toBe(outlook)
    expect(uidMeant(Buffer.from(outlook, 'hex').toString('base64'))).toBe(outlook)
  })
})
