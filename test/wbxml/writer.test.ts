// The bytes that go out: well formed, legal in XML, and no text that a reader could take for tokens.
import { describe, expect, it } from 'vitest'
import { WireError } from '../../src/wbxml/error.ts'
import { AirSync, ComposeMail, FolderHierarchy } from '../../src/wbxml/pages.ts'
import { Reader } from '../../src/wbxml/reader.ts'
import { Writer } from '../../src/wbxml/writer.ts'

function written(write: (writer: Writer) => void): Buffer {
  const writer = new Writer()
  try {
    write(writer)
    return Buffer.from(writer.finish())
  } finally {
    writer.release()
  }
}

const element = (key: number, content: (writer: Writer) => void) => (writer: Writer) => {
  writer.open(key)
  content(writer)
  writer.close()
}

/** What a reader finds in an element whose text was written. */
function through(value: string | Uint8Array): string {
  const reader = Reader.document(written(element(AirSync.Status.key, (writer) => writer.text(value))))
  const first = reader.next()
  if (first !== 1) return ''
  reader.leaf()
  return reader.text()
}

describe('elements', () => {
  it('an element without content is an empty tag, one with content has an END', () => {
    const document = written(
      element(AirSync.Sync.key, (writer) => {
        element(AirSync.MoreAvailable.key, () => undefined)(writer)
        element(AirSync.Status.key, (inner) => inner.text('1'))(writer)
        element(
          AirSync.Commands.key,
          element(AirSync.Add.key, () => undefined),
        )(writer)
      }),
    )
    expect(document.toString('hex')).toBe('03016a0045' + '14' + '4e03310001' + '560701' + '01')
    expect(written(element(AirSync.Sync.key, () => undefined)).toString('hex')).toBe('03016a0005')
  })

  it('the page is switched only where it changes', () => {
    const document = written(
      element(FolderHierarchy.FolderSync.key, (writer) => {
        element(FolderHierarchy.SyncKey.key, (inner) => inner.text('0'))(writer)
        element(AirSync.Status.key, (inner) => inner.text('1'))(writer)
        element(AirSync.Status.key, (inner) => inner.text('2'))(writer)
      }),
    )
    expect(document.toString('hex')).toBe('03016a00' + '000756' + '5203300001' + '0000' + '4e03310001' + '4e03320001' + '01')
  })

  it('what is left open, closed twice or nested too deep is refused', () => {
    expect(() => written((writer) => writer.open(AirSync.Sync.key))).toThrow(WireError)
    expect(() => written((writer) => writer.close())).toThrow(WireError)
    const nested = (depth: number) =>
      written((writer) => {
        for (let level = 0; level < depth; level++) writer.open(AirSync.Sync.key)
        for (let level = 0; level < depth; level++) writer.close()
      })
    expect(nested(32)).toHaveLength(4 + 32 + 31)
    expect(() => nested(33)).toThrow('nested deeper than 32')
  })
})

describe('text', () => {
  it.each([
    ['', ''],
    ['plain', 'plain'],
    ['tab\tline\r\n', 'tab\tline\r\n'],
    ['Größe ✓ 😀', 'Größe ✓ 😀'],
    ['a\u0000b', 'ab'],
    ['\u0000', ''],
    ['\u0001\u0008\u000b\u000c\u000e\u001f', ''],
    ['a\ufffeb\uffffc\ufffdd', 'abc\ufffdd'],
    ['lone \ud800 and \udfff', 'lone \ufffd and \ufffd'],
    ['\u007f\u0080\u009f', '\u007f\u0080\u009f'],
    ['\ue000\uf8ff\uff01', '\ue000\uf8ff\uff01'],
    [`${'x'.repeat(100)}\u0000${'y'.repeat(100)}\u0001`, 'x'.repeat(100) + 'y'.repeat(100)],
    [`${'Öl'.repeat(5000)}\u0000`, 'Öl'.repeat(5000)],
  ])('%j arrives as %j, from a string and from bytes', (value, expected) => {
    expect(through(value)).toBe(expected)
    expect(through(Buffer.from(value, 'utf8'))).toBe(expected)
  })

  it('a NUL in a subject does not let the rest be read as tokens', () => {
    const subject = 'Hello\u0000\u0001\u0001\u0001'
    expect(through(subject)).toBe('Hello')
    expect(through(`Hello\u0000${'\u0001'.repeat(50)} world, this is a longer one`)).toBe('Hello world, this is a longer one')
  })

  it('an illegal character is found at any place of a long text', () => {
    for (let at = 0; at < 70; at++) {
      const before = 'a'.repeat(at)
      const after = 'b'.repeat(70 - at)
      expect(through(`${before}\u0003${after}`)).toBe(before + after)
      expect(through(`${before}\uffff${after}`)).toBe(before + after)
      expect(through(`${before}\r\u0000ü${after}`)).toBe(`${before}\rü${after}`)
    }
  })

  it('bytes that are no UTF-8 become what a decoder makes of them', () => {
    expect(through(Uint8Array.of(0x41, 0xff, 0x42))).toBe('A\ufffdB')
    expect(through(Uint8Array.of(0x41, 0xed, 0xa0, 0x80))).not.toContain('\ud800')
    expect(through(Buffer.from('cut in mid-character €').subarray(0, -1))).toBe('cut in mid-character \ufffd')
  })

  it('text in pieces is joined', () => {
    const document = written(
      element(AirSync.Status.key, (writer) => {
        writer.text('1')
        writer.text('2')
      }),
    )
    expect(document.toString('hex')).toBe('03016a004e0331000332 0001'.replace(' ', ''))
  })
})

describe('bytes', () => {
  it.each([0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152])('%d of them come back as they were', (length) => {
    const value = Buffer.alloc(length, 'x\u0000\u0001')
    const document = written(element(ComposeMail.Mime.key, (writer) => writer.opaque(value)))
    if (length === 0) {
      expect(document.toString('hex')).toBe('03016a00001510')
      return
    }
    const reader = Reader.document(document)
    reader.next()
    reader.leaf()
    expect(reader.content().equals(value)).toBe(true)
  })
})

describe('the buffer', () => {
  it('a document is a copy: the next one does not change it', () => {
    const first = written(element(AirSync.Status.key, (writer) => writer.text('first')))
    const kept = first.toString('hex')
    written(element(AirSync.Status.key, (writer) => writer.text('other')))
    expect(first.toString('hex')).toBe(kept)
  })

  it('two writers at once do not mix, and a failed one harms nobody', () => {
    const one = new Writer()
    const two = new Writer()
    one.open(AirSync.Status.key)
    two.open(AirSync.Status.key)
    one.text('one')
    two.text('two')
    one.close()
    two.close()
    expect([one, two].map((writer) => Buffer.from(writer.finish()).toString('latin1').slice(6, 9))).toEqual(['one', 'two'])
    one.release()
    two.release()
    expect(() => written((writer) => writer.open(AirSync.Sync.key))).toThrow(WireError)
    expect(through('after')).toBe('after')
  })

  it('a document larger than any buffer so far grows it', () => {
    const large = 'ü'.repeat(3 << 20)
    expect(through(large)).toBe(large)
    expect(through('small')).toBe('small')
  })
})
