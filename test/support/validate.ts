// Validates answers against the published schemas, many at once: one run of the validator, not one per answer.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { validateXML } from 'xmllint-wasm'
import { toXml } from '../../src/wbxml/xml.ts'
import { hasReference, referenceFiles, referencePath } from './reference.ts'

export interface Answered {
  readonly command: string
  readonly version: string
  readonly bytes: Uint8Array
}

/** So many documents go into one run: more would make one message of a schema error too long to read. */
const batchSize = 400
const root = 'all.xsd'
/** The schemas write this namespace as code page 16 is spelt in them. */
const schemaNames: readonly (readonly [string, string])[] = [['"Gal"', '"GAL"']]

/** MS-ASCAL 2.2.2.9: a BusyStatus of 4 came with 16.0, and the schema was left behind. */
function corrected(schema: string): string {
  return schema.replace(/(name="BusyStatus">(?:(?!<\/xs:element>)[^])*?<xs:maxInclusive value=)"3"/, '$1"4"')
}

/** MS-ASAIRS 2.2.2.7: the answer to a Change tells where its files lie. The schemas know no ApplicationData there. */
function isKnown(message: string, line: string): boolean {
  return message.includes("{AirSync}ApplicationData': This element is not expected") && line.includes('<Responses><Change>')
}

function schemas() {
  return referenceFiles('spec/schemas/linked', '.xsd')
    .filter((name) => name !== root)
    .map((fileName) => ({ fileName, contents: corrected(readFileSync(referencePath('spec', 'schemas', 'linked', fileName), 'utf8')) }))
}

/**
 * What the schemas find wrong with these answers, each line with the document it is about; empty if all are valid. Equal answers
 * are looked at once. Without the reference folder nothing is looked at.
 */
export async function invalid(answers: readonly Answered[]): Promise<string[]> {
  if (!hasReference || answers.length === 0) return []
  const unique = new Map<string, Answered>()
  for (const answer of answers) unique.set(createHash('sha1').update(answer.bytes).digest('hex'), answer)
  const documents = [...unique.values()]
  const preload = schemas()
  const schema = readFileSync(referencePath('spec', 'schemas', 'linked', root), 'utf8')
  const found: string[] = []
  for (let from = 0; from < documents.length; from += batchSize) {
    const batch = documents.slice(from, from + batchSize)
    const xml = batch.map((answer, index) => ({ fileName: `${index}.xml`, contents: schemaXml(answer) }))
    const result = await validateXML({
      xml,
      schema: [{ fileName: root, contents: schema }],
      preload,
      initialMemoryPages: 512,
      maxMemoryPages: 16_384,
    })
    // Warnings about namespaces without a colon come with every schema.
    for (const error of result.errors.filter((one) => /(validity|parser) error/.test(one.message))) {
      const index = Number.parseInt(error.loc?.fileName ?? '', 10)
      const answer = batch[index]
      const line = error.loc === null || answer === undefined ? '' : (xml[index]?.contents.split('\n')[error.loc.lineNumber - 1] ?? '')
      if (isKnown(error.message, line)) continue
      found.push(`${answer?.command ?? '?'} ${answer?.version ?? ''}: ${error.message.trim()} ${line.slice(0, 300)}`)
    }
    if (!result.valid && result.errors.length === 0) found.push(`the validator refused without a reason: ${result.rawOutput.slice(0, 500)}`)
  }
  return found
}

/** The schemas are of 14.0 and later: Class in a Collection, which 12.1 has, is not in them. */
function schemaXml({ bytes, version }: Answered): string {
  let xml = toXml(bytes)
  for (const [ours, theirs] of schemaNames) xml = xml.replaceAll(ours, theirs)
  // The schema forgets notes where a Sync answers a Fetch.
  xml = xml.replaceAll(/<Fetch>.*?<\/Fetch>/gs, (fetch) => fetch.replaceAll(/<Notes:(\w+)>.*?<\/Notes:\1>/gs, ''))
  return version === '12.1' ? xml.replaceAll(/<Collection><Class>\w+<\/Class>/g, '<Collection>') : xml
}
