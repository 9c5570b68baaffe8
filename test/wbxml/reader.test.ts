// The bytes that come in: what is understood, what is refused, and that nothing a peer claims costs more than what it sent.
import { describe, expect, it } from 'vitest'
import { SchemaError, WireError } from '../../src/wbxml/error.ts'
import { defaultLimits, type Limits } from '../../src/wbxml/limits.ts'
import { AirSync, Contacts, Ping } from '../../src/wbxml/pages.ts'
import { close, empty, finish, opaque, open, Reader, text } from '../../src/wbxml/reader.ts'
import { container, decode, integer, many, optional, rootTag, text as textOf } from '../../src/wbxml/schema.ts'

const header = '03016a00'
const read = (hex: string, limits?: Limits) => Reader.document(Buffer.from(hex.replaceAll(' ', ''), 'hex'), false, limits)

/** All tokens of a document, as words. */
function tokens(hex: string, limits?: Limits): string[] {
  const reader = read(hex, limits)
  const found: string[] = []
  for (;;) {
    switch (reader.next()) {
      case open:
        found.push(`<${reader.key}>`)
        break
      case empty:
        found.push(`<${reader.key}/>`)
        break
      case close:
        found.push('/')
        break
      case text:
        found.push(`"${reader.text()}"`)
        break
      case opaque:
        found.push(reader.content().toString('hex'))
        break
      case finish:
        return found
    }
  }
}

const refusal = (hex: string, limits?: Limits) => {
  try {
    tokens(hex, limits)
  } catch (error) {
    if (error instanceof WireError) return error.message
    throw error
  }
  return null
}

describe('the header', () => {
  it.each(['01016a00', '02016a00', '03016a00', '03a0016a00', '0301806a00', '03016a0461626300', '030000 6a 0461626300'])(
    '%s is accepted',
    (start) => {
      expect(tokens(`${start} 05`)).toEqual(['<5/>'])
    },
  )

  it.each([
    ['', 'breaks off'],
    ['03', 'breaks off'],
    ['0301', 'breaks off'],
    ['03016a', 'breaks off'],
    ['00016a00', 'version byte 0'],
    ['04016a00', 'version byte 4'],
    ['030104 00', 'charset 4'],
    ['03016a05616263', 'runs past the end'],
    ['03016affffffff0f', 'beyond 32 bits'],
    ['03016a8fffffff7f', 'a string table of'],
    ['0300056a0461626300', 'public id points past'],
    ['03ffffffffff016a00', 'beyond 32 bits'],
    ['039fffffff7f6a00', 'beyond 32 bits'],
  ])('%s is refused', (start, why) => {
    expect(refusal(start)).toContain(why)
  })
})

describe('tokens', () => {
  it('come with their page, wherever pages are switched', () => {
    expect(tokens(`${header} 45 0007 52 0007 03 3100 0000 01 0d 01`)).toEqual(['<5>', `<${(7 << 8) | 0x12}>`, '"1"', '/', '<13/>', '/'])
  })

  it.each([
    ['45 02 41 01', 'global token 0x2 '],
    ['45 04 00 01', 'global token 0x4 '],
    ['45 40 00 01', 'global token 0x40'],
    ['45 43 00 01', 'global token 0x43'],
    ['45 80 00 01', 'global token 0x80'],
    ['45 83 00 01', 'global token 0x83'],
    ['45 c0 01', 'global token 0xc0'],
    ['45 c4 01', 'global token 0xc4'],
    ['c5 01', 'attributes'],
    ['85', 'attributes'],
    ['7f 01', 'page 0 has no token 0x3f'],
    ['0003 58', 'page 3 has no token 0x18'],
    ['001a 45', 'code page 26 does not exist'],
    ['00', 'breaks off'],
    ['01', 'an END without a tag'],
    ['45 01 01', 'an END without a tag'],
    ['45', 'ends inside Sync'],
    ['45 5c 4f 01', 'ends inside Sync/Collections'],
    ['45 03', 'a string without its end'],
    ['45 03 3132', 'a string without its end'],
    [`45 03 ${'31'.repeat(100)}`, 'a string without its end'],
    ['45 c3', 'breaks off'],
    ['45 c3 02 41', 'runs past the end'],
    ['45 c3 8fffffff7f 41', 'runs past the end'],
    ['03 3100', 'text outside'],
    ['c3 0141', 'bytes outside'],
  ])('%s is refused', (rest, why) => {
    expect(refusal(header + rest)).toContain(why)
  })

  it('an element of several pieces is their sum, and elements inside it are passed over', () => {
    const reader = read(`${header} 4b 03 6100 c3 0262c3 4e 03 7800 01 c3 01bc 0b 03 00 03 6300 01`)
    expect(reader.next()).toBe(open)
    reader.leaf()
    expect(reader.text()).toBe('abüc')
    expect(reader.content()).toEqual(Buffer.from('abüc'))
    expect(reader.next()).toBe(finish)
  })

  it('what follows an element of several pieces is itself again', () => {
    for (const [rest, expected] of [
      ['03 7800', 'x'],
      ['c3 0179', 'y'],
    ]) {
      const reader = read(`${header} 45 4b 03 6100 03 6200 01 ${rest} 01`)
      reader.next()
      reader.next()
      reader.leaf()
      expect(reader.text()).toBe('ab')
      reader.next()
      expect(reader.text()).toBe(expected)
    }
  })

  it('bytes are a view of the document, not a copy', () => {
    const document = Buffer.from('03016a0045c303414243 01'.replace(' ', ''), 'hex')
    const reader = Reader.document(document)
    reader.next()
    reader.leaf()
    document[7] = 0x58
    expect(reader.content().toString()).toBe('XBC')
  })

  it.each([
    ['0', 0],
    [' 42\r\n', 42],
    ['-7', -7],
    ['007', 7],
    ['999999999999999', 999999999999999],
    ['1000000000000000', Number.NaN],
    ['', Number.NaN],
    [' ', Number.NaN],
    ['-', Number.NaN],
    ['+1', Number.NaN],
    ['1.5', Number.NaN],
    ['1 2', Number.NaN],
    ['0x10', Number.NaN],
    ['١', Number.NaN],
  ])('"%s" as an integer is %d', (written, value) => {
    const reader = read(`${header} 4b 03 ${Buffer.from(written).toString('hex')} 00 01`)
    reader.next()
    reader.leaf()
    expect(reader.integer()).toBe(value)
  })
})

describe('limits', () => {
  it.each<[keyof Limits, number, string, string]>([
    ['depth', 3, '45 5c 4f 0b 01 01 01', '45 5c 4f 4b 01 01 01 01'],
    ['tokens', 4, '45 0b 0b 01', '45 0b 0b 0b 01'],
    ['pageSwitches', 2, '45 0000 0000 01', '45 0000 0000 0000 01'],
    ['stringBytes', 3, '45 03 31323300 01', '45 03 3132333400 01'],
    ['textBytes', 3, '45 03 313200 03 3300 01', '45 03 313200 03 333400 01'],
    ['opaqueBytes', 2, '45 c3 024142 01', '45 c3 03414243 01'],
  ])('%s: up to the limit and no further', (limit, value, within, beyond) => {
    const limits = { ...defaultLimits, [limit]: value }
    expect(refusal(header + within, limits)).toBeNull()
    expect(refusal(header + beyond, limits)).not.toBeNull()
  })

  it('32 elements deep is read, 33 is not', () => {
    const nested = (depth: number) => header + '45'.repeat(depth) + '01'.repeat(depth)
    expect(refusal(nested(32))).toBeNull()
    expect(refusal(nested(33))).toContain('nested deeper than 32')
  })

  it('a caller may hold a document to stricter ones', () => {
    const schema = container(Ping.Ping, [optional(textOf(Ping.Status))])
    const document = Buffer.from(`${header}000d45470331323334350001 01`.replace(' ', ''), 'hex')
    expect(decode(schema, document, '14.1')).toEqual({ Status: '12345' })
    expect(() => decode(schema, document, '14.1', { ...defaultLimits, stringBytes: 4 })).toThrow(WireError)
  })
})

describe('an empty string without its NUL, as the Samsung Galaxy S2 writes an empty Category', () => {
  const Change = container(AirSync.Change, [
    textOf(AirSync.ServerId),
    optional(
      container(AirSync.ApplicationData, [
        optional(textOf(Contacts.FileAs)),
        optional(container(Contacts.Categories, [many(textOf(Contacts.Category))])),
        optional(textOf(Contacts.LastName)),
      ]),
    ),
  ])
  const Commands = container(AirSync.Commands, [many(Change)])
  const serverId = (id: string) => `4d 03 ${Buffer.from(id).toString('hex')} 00 01`
  const document = (rest: string) => Buffer.from(`${header} ${rest}`.replaceAll(' ', ''), 'hex')

  it('the elements behind it are not lost', () => {
    const seen = document(`56 48 ${serverId('9:1')} 5d 0001 5e 03 4100 01 55 56 03 01 01 01 01 00 00 48 ${serverId('9:2')} 01 01`)
    expect(decode(Commands, seen, '14.1')).toEqual({
      Change: [{ ServerId: '9:1', ApplicationData: { FileAs: 'A', Categories: { Category: [''] } } }, { ServerId: '9:2' }],
    })
  })

  it('it may stand in the middle of the same page, several times, and at the end of the document', () => {
    const middle = document(`56 48 ${serverId('9:1')} 5d 0001 55 56 03 01 56 03 01 01 69 03 4200 01 01 01 01`)
    expect(decode(Commands, middle, '14.1').Change[0]?.ApplicationData).toEqual({ Categories: { Category: ['', ''] }, LastName: 'B' })
    const last = document(`56 48 ${serverId('9:1')} 5d 0001 55 56 03 01 01 01 01 01`)
    expect(decode(Commands, last, '14.1').Change[0]?.ApplicationData).toEqual({ Categories: { Category: [''] } })
  })

  it('text that begins with U+0001 stays text where the document is whole: it cannot smuggle tokens in', () => {
    const either = document('56 48 4d 03 01 01 48 4d 03 39 00 01 01 01')
    expect(decode(Commands, either, '14.1')).toEqual({ Change: [{ ServerId: '\u0001\u0001HM\u00039' }] })
  })

  it('a whole document that breaks its schema is not read another way to please it', () => {
    const Numbers = container(AirSync.Commands, [many(container(AirSync.Change, [optional(integer(AirSync.ServerId))]))])
    const either = document('56 48 4d 03 01 01 48 4d 03 39 00 01 01 01')
    expect(() => decode(Numbers, either, '14.1')).toThrow(SchemaError)
  })

  it('a document broken in another way stays refused', () => {
    expect(() => decode(Commands, document('56 48 4d 03 01 01'), '14.1')).toThrow(WireError)
  })
})

describe('what root a document has', () => {
  it('is told from its first tag', () => {
    expect(rootTag(Buffer.from(`${header}000d45`, 'hex'))).toBe(Ping.Ping)
    expect(rootTag(Buffer.from(`${header}05`, 'hex'))).toBe(AirSync.Sync)
  })

  it.each(['', '03016a00', '03016a0001', '03016a007f', '00', 'ffffff'])('"%s" has none', (hex) => {
    expect(rootTag(Buffer.from(hex, 'hex'))).toBeNull()
  })
})

describe('a peer that claims much and sends little', () => {
  const flood = (unit: string, times: number, end = '01') => Buffer.from(`${header}45${unit.repeat(times)}${end}`, 'hex')
  const schema = container(AirSync.Sync, [many(textOf(AirSync.Status))])
  const attempt = (document: Buffer) => {
    try {
      return decode(schema, document, '14.1').Status.length
    } catch (error) {
      if (error instanceof WireError) return error.message
      throw error
    }
  }

  it.each([
    ['a million empty elements', flood('0e', 1_000_000), 'more than 250000 tokens'],
    ['a million page switches', flood('0000', 1_000_000), 'more than 100000 page switches'],
    ['a million pieces of one string', flood('03610 0'.replace(' ', ''), 1_000_000), 'more than 250000 tokens'],
    ['an opaque of 4 GB', flood('4ec38fffffff7f41', 1), 'runs past the end'],
    ['a hundred thousand ENDs', flood('01', 100_000), ''],
    ['a hundred thousand strings without a NUL in the manner of Samsung', flood('4e0301', 80_000, '0101'), ''],
  ])('%s: refused or read in time, and little memory', (_, document, why) => {
    const before = process.memoryUsage()
    const started = performance.now()
    const outcome = attempt(document)
    expect(performance.now() - started).toBeLessThan(2_000)
    expect(process.memoryUsage().rss - before.rss).toBeLessThan(200 << 20)
    if (why !== '') expect(outcome).toContain(why)
  })
})
