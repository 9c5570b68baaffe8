// The request line: both forms, as phones write them and as they never should.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BadQuery, deviceOf } from '../../src/http/query.ts'
import { requestLine } from '../../src/http/request-line.ts'
import { commandCodes, type CommandName } from '../../src/protocol/command.ts'
import { describeWithReference, referenceFiles, referencePath } from '../support/reference.ts'
import { readFileSync } from 'node:fs'

const plain = 'Cmd=Sync&User=alice&DeviceId=ABC123&DeviceType=iPhone'

interface Fields {
  version?: number
  command?: number
  locale?: number
  device?: Buffer | string
  key?: number | null
  type?: string
  parameters?: readonly (readonly [tag: number, value: Buffer | string])[]
}

function bytesOf({
  version = 141,
  command = 0,
  locale = 0x0409,
  device = 'v140Device',
  key = null,
  type = 'SmartPhone',
  parameters = [],
}: Fields) {
  const counted = (value: Buffer | string) => {
    const bytes = Buffer.from(value)
    return Buffer.concat([Buffer.of(bytes.length), bytes])
  }
  const policyKey = key === null ? Buffer.alloc(0) : Buffer.alloc(4)
  if (key !== null) policyKey.writeUInt32LE(key)
  return Buffer.concat([
    Buffer.of(version, command, locale & 255, locale >> 8),
    counted(device),
    counted(policyKey),
    counted(type),
    ...parameters.flatMap(([tag, value]) => [Buffer.of(tag), counted(value)]),
  ])
}

const base64 = (fields: Fields) => bytesOf(fields).toString('base64')

describe('the plain form', () => {
  test('takes its version, key and wish for parts from the headers', () => {
    const line = requestLine(plain, {
      'ms-asprotocolversion': '14.1',
      'x-ms-policykey': '3942919513',
      'ms-asacceptmultipart': 'T',
      'accept-language': 'de-DE,de;q=0.9',
    })
    expect(line).toEqual({
      version: '14.1',
      command: 'Sync',
      device: 'ABC123',
      deviceType: 'iPhone',
      user: 'alice',
      policyKey: 3942919513,
      locale: 'de-DE',
      saveInSent: false,
      acceptMultiPart: true,
      attachmentName: null,
      collectionId: null,
      itemId: null,
      longId: null,
      occurrence: null,
    })
  })

  test('may come in any order and in any letters', () => {
    const line = requestLine('deviceTYPE=iPhone&USER=a&deviceid=ABC123&cmd=foldersync&SAVEINSENT=t', {})
    expect(line).toMatchObject({ command: 'FolderSync', device: 'ABC123', deviceType: 'iPhone', saveInSent: true })
  })

  test('carries the parameters of a command, escaped or not', () => {
    const line = requestLine(
      `${plain}&ItemId=5:1a&CollectionId=5&LongId=a%3Ab&Occurrence=2026-01-01&AttachmentName=5%3a1+x&SaveInSent=T`,
      {},
    )
    expect(line).toMatchObject({
      itemId: '5:1a',
      collectionId: '5',
      longId: 'a:b',
      occurrence: '2026-01-01',
      attachmentName: '5:1 x',
      saveInSent: true,
    })
  })

  test('a Samsung that writes Cmd=_Sync is understood', () => {
    expect(requestLine('Cmd=_Sync&DeviceId=SEC1&DeviceType=SAMSUNG', {}).command).toBe('Sync')
  })

  test('a command nobody knows is null: the protocol says so in its own way', () => {
    expect(requestLine('Cmd=Explode&DeviceId=A&DeviceType=B', {}).command).toBeNull()
  })

  test('an N900 sends no User', () => {
    expect(requestLine('Cmd=Sync&DeviceId=A&DeviceType=B', {}).user).toBeNull()
  })

  test('a user escaped in Latin-1 does not keep anybody out', () => {
    expect(requestLine('Cmd=Sync&User=DOM%5Cm%FCller&DeviceId=A&DeviceType=B', {}).user).toBe('DOM\\müller')
    expect(requestLine('Cmd=Sync&User=100%&DeviceId=A&DeviceType=B', {}).user).toBe('100%')
  })

  test.each([
    'Cmd=Sync',
    'Cmd=Sync&DeviceType=iPhone',
    'Cmd=Sync&DeviceId=A',
    'DeviceId=A&DeviceType=iPhone',
    'Cmd=&DeviceId=A&DeviceType=B',
  ])('without a part it is refused: %s', (query) => expect(() => requestLine(query, {})).toThrow(BadQuery))

  test.each(['a,b', 'a/b', '../x', "x' or 1=1", 'ne(me)', 'a'.repeat(65), 'a b'])(
    'a DeviceId of a form no device uses is refused: %s',
    (device) => expect(() => requestLine(`Cmd=Sync&DeviceId=${encodeURIComponent(device)}&DeviceType=B`, {})).toThrow(BadQuery),
  )

  test('of a parameter that comes twice the first counts', () => {
    expect(requestLine('Cmd=Sync&DeviceId=A&DeviceType=B&DeviceId=C', {}).device).toBe('A')
  })

  test.each<[given: string | undefined, version: string]>([
    ['16.1', '16.1'],
    ['14', '14.0'],
    ['2.5', '2.5'],
    ['17.0', '12.1'],
    ['nonsense', '12.1'],
    [undefined, '12.1'],
  ])('the version header %s means %s', (given, version) => {
    expect(requestLine(plain, { 'ms-asprotocolversion': given }).version).toBe(version)
  })

  test.each<[given: string | undefined, key: number | null]>([
    [undefined, null],
    ['0', 0],
    ['4294967295', 4294967295],
    ['4294967296', 0],
    ['deadbeef', 0],
    ['-1', 0],
  ])('the policy key %s means %s', (given, key) => {
    expect(requestLine(plain, { 'x-ms-policykey': given }).policyKey).toBe(key)
  })
})

describe('the base64 form', () => {
  test("reads the specification's own example", () => {
    expect(requestLine('jAAJBAp2MTQwRGV2aWNlAApTbWFydFBob25l', {})).toMatchObject({
      version: '14.0',
      command: 'Sync',
      locale: '1033',
      device: 'v140Device',
      deviceType: 'SmartPhone',
      policyKey: null,
    })
  })

  test('reads what Windows 10 Mail sends', () => {
    expect(requestLine('jBEJBBAm/JBE2oS1B5GRzlafrO7pBAAAAAALV2luZG93c01haWw=', {})).toMatchObject({
      version: '14.0',
      command: 'Settings',
      device: '26FC9044DA84B5079191CE569FACEEE9',
      deviceType: 'WindowsMail',
      policyKey: 0,
    })
  })

  test('carries every parameter, and lets the obsolete ones pass', () => {
    const query = base64({
      command: commandCodes.SmartReply,
      key: 1307199584,
      parameters: [
        [0, '5:1:2'],
        [1, '5'],
        [2, 'old'],
        [3, '5:1'],
        [4, 'long'],
        [5, 'old'],
        [6, 'occ'],
        [7, Buffer.of(3)],
        [8, 'alice'],
      ],
    })
    expect(requestLine(query, {})).toMatchObject({
      command: 'SmartReply',
      policyKey: 1307199584,
      attachmentName: '5:1:2',
      collectionId: '5',
      itemId: '5:1',
      longId: 'long',
      occurrence: 'occ',
      saveInSent: true,
      acceptMultiPart: true,
      user: 'alice',
    })
  })

  test.each<[bits: number, saveInSent: boolean, acceptMultiPart: boolean]>([
    [0, false, false],
    [1, true, false],
    [2, false, true],
    [3, true, true],
    [0xfc, false, false],
  ])('the Options bits %i', (bits, saveInSent, acceptMultiPart) => {
    expect(requestLine(base64({ parameters: [[7, Buffer.of(bits)]] }), {})).toMatchObject({ saveInSent, acceptMultiPart })
  })

  test('an Options parameter of length zero that is followed by its byte is read all the same', () => {
    const query = Buffer.concat([bytesOf({}), Buffer.of(7, 0, 1, 8, 1, 0x61)]).toString('base64')
    expect(requestLine(query, {})).toMatchObject({ saveInSent: true, user: 'a' })
    expect(requestLine(Buffer.concat([bytesOf({}), Buffer.of(7, 0)]).toString('base64'), {}).saveInSent).toBe(false)
  })

  test('needs no padding, and reads the URL-safe letters and escapes', () => {
    const query = base64({ device: Buffer.from('fbffbffbeffb00112233445566778899', 'hex'), type: 'WP' })
    const wanted = requestLine(query, {})
    expect(query).toMatch(/[+/]/)
    for (const spelt of [query.replace(/=+$/, ''), query.replaceAll('+', '-').replaceAll('/', '_'), encodeURIComponent(query)]) {
      expect(requestLine(spelt, {})).toEqual(wanted)
    }
  })

  test('every command has its code', () => {
    for (const [name, code] of Object.entries(commandCodes))
      expect(requestLine(base64({ command: code }), {}).command).toBe(name as CommandName)
    expect(requestLine(base64({ command: 99 }), {}).command).toBeNull()
  })

  test.each<[what: string, bytes: Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['an unknown version', bytesOf({ version: 99 })],
    ['an empty DeviceId', bytesOf({ device: '' })],
    ['a DeviceId longer than any', bytesOf({ device: Buffer.alloc(33, 1) })],
    [
      'a policy key of two bytes',
      Buffer.from(
        bytesOf({})
          .toString('hex')
          .replace(/(44657669636)5(00)/, '$15020000'),
        'hex',
      ),
    ],
    ['an empty DeviceType', bytesOf({ type: '' })],
    ['a length past the end', bytesOf({}).subarray(0, 9)],
    ['a parameter past the end', Buffer.concat([bytesOf({}), Buffer.of(8, 200, 0x61)])],
    ['a tag without a length', Buffer.concat([bytesOf({}), Buffer.of(8)])],
  ])('refuses %s', (_what, bytes) => {
    expect(() => requestLine(bytes.toString('base64'), {})).toThrow(BadQuery)
  })

  test('whatever the bytes, it is a request line or a BadQuery', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          expect(requestLine(Buffer.from(bytes).toString('base64'), {}).device).toMatch(/^[0-9A-Za-z_.-]{1,64}$/)
        } catch (error) {
          expect(error).toBeInstanceOf(BadQuery)
        }
      }),
    )
  })

  test('whatever the text, it is a request line or a BadQuery', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 80 }),
          fc.string().map((text) => `${plain}&${text}`),
        ),
        (text) => {
          try {
            requestLine(text, {})
          } catch (error) {
            expect(error).toBeInstanceOf(BadQuery)
          }
        },
      ),
    )
  })
})

describe('one device has one name', () => {
  test('sixteen raw bytes and their hex digits, in either case and either form', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (raw) => {
        const bytes = Buffer.from(raw)
        const hex = bytes.toString('hex')
        const names = [
          base64({ device: bytes }),
          base64({ device: hex }),
          base64({ device: hex.toUpperCase() }),
          `Cmd=Sync&DeviceId=${hex}&DeviceType=WP8`,
          `Cmd=Sync&DeviceId=${hex.toUpperCase()}&DeviceType=WP8`,
        ].map((query) => requestLine(query, {}).device)
        expect(new Set(names).size).toBe(1)
      }),
    )
    expect(requestLine(base64({ device: Buffer.from('26fc9044da84b5079191ce569faceee9', 'hex') }), {}).device).toBe(
      '26FC9044DA84B5079191CE569FACEEE9',
    )
  })

  test('text stays text: Nine sends sixteen letters', () => {
    expect(requestLine(base64({ device: 'Nine0123456789ab' }), {}).device).toBe('Nine0123456789ab')
    expect(requestLine('Cmd=Sync&DeviceId=Nine0123456789ab&DeviceType=Android', {}).device).toBe('Nine0123456789ab')
    expect(requestLine(plain.replace('ABC123', '1UDD6F3NUBRPCQI749VH22BPS4'), {}).device).toBe('1UDD6F3NUBRPCQI749VH22BPS4')
  })
})

describe('a query that need not be a request line', () => {
  test('names its device where it has one', () => {
    expect(deviceOf('User=alice&DeviceId=26FC9044DA84B5079191CE569FACEEE9&DeviceType=WindowsMail')).toBe('26FC9044DA84B5079191CE569FACEEE9')
    expect(deviceOf('jAAJBAp2MTQwRGV2aWNlAApTbWFydFBob25l')).toBe('v140Device')
    expect(deviceOf('')).toBeNull()
    expect(deviceOf('User=a')).toBeNull()
    expect(deviceOf('???')).toBeNull()
  })
})

describeWithReference('recorded sessions', () => {
  test('every query of theirs is a request line with the command and device it was made from', () => {
    let seen = 0
    for (const file of referenceFiles('traffic/sessions', '.jsonl')) {
      for (const text of readFileSync(referencePath('traffic', 'sessions', file), 'utf8')
        .trim()
        .split('\n')) {
        const { request } = JSON.parse(text) as {
          request: { method: string; query: { form: string; value: string | null; fields?: { command: string; deviceId: string } } | null }
        }
        const { method, query } = request
        if (method !== 'POST' || query === null || query.value === null) continue
        const line = requestLine(query.value, {})
        expect(line.command).not.toBeNull()
        const { fields } = query
        if (fields !== undefined) expect([line.command, line.device]).toEqual([fields.command, fields.deviceId])
        seen++
      }
    }
    expect(seen).toBeGreaterThan(100)
  })
})
