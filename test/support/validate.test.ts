// The validator itself: it finds what is wrong, so that its silence means something.
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { describeWithReference, referenceJson, referencePath } from './reference.ts'
import { invalid } from './validate.ts'
import { el, write } from './wire.ts'

interface Index {
  readonly response: readonly { readonly name: string; readonly command: string; readonly version: string }[]
}

describeWithReference('the validation of answers', () => {
  it('finds nothing wrong with the sample answers', async () => {
    const { response } = referenceJson<Index>('spec', 'samples', 'index.json')
    const answers = response.map(({ name, command, version }) => ({
      command,
      version,
      bytes: Buffer.from(readFileSync(referencePath('spec', 'samples', 'response', `${name}.hex`), 'utf8').trim(), 'hex'),
    }))
    expect(await invalid(answers)).toEqual([])
  })

  it('finds an element in the wrong place and names the command', async () => {
    const bytes = write(el('Ping:Ping', [el('Ping:HeartbeatInterval', 'soon')]))
    const found = await invalid([{ command: 'Ping', version: '14.1', bytes }])
    expect(found.join()).toMatch(/^Ping 14.1: /)
  })
})
