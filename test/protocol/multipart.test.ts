// The layout of multipart answers, byte by byte.
import { expect, test } from 'vitest'
import { multipartAnswer, multipartType, Parts } from '../../src/protocol/multipart.ts'

async function bytesOf(content: Uint8Array | AsyncIterable<Uint8Array> | undefined): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  if (content instanceof Uint8Array) pieces.push(content)
  else if (content !== undefined) for await (const piece of content) pieces.push(piece)
  return Buffer.concat(pieces)
}

async function* pieces(...texts: string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}

test('offsets and lengths of the document and its parts stand in front, little-endian', async () => {
  const parts = new Parts()
  expect(parts.add({ bytes: 3, content: Buffer.from('abc') })).toBe(1)
  expect(parts.add({ bytes: 5, content: pieces('de', 'fgh') })).toBe(2)
  const answer = multipartAnswer(Buffer.from('WBXML'), parts.list)
  expect(answer.body?.type).toBe(multipartType)
  const bytes = await bytesOf(answer.body?.content)
  expect(bytes.length).toBe(answer.body?.bytes)
  const numbers = Array.from({ length: 7 }, (_, index) => bytes.readUInt32LE(index * 4))
  expect(numbers).toEqual([3, 28, 5, 33, 3, 36, 5])
  expect(bytes.toString('latin1', 28)).toBe('WBXMLabcdefgh')
})

test('a part that is not as long as announced breaks the answer instead of shifting what follows', async () => {
  const parts = new Parts()
  parts.add({ bytes: 4, content: pieces('abc') })
  await expect(bytesOf(multipartAnswer(Buffer.from('W'), parts.list).body?.content)).rejects.toThrow('4 bytes came as 3')
})
