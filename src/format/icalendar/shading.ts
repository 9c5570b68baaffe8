// What a property says beyond the field that holds it: a language, another word that means the same. It is kept, and told as long as it fits.
import type { Foreign } from '../../model/record.ts'
import type { ContentLine } from './content-line.ts'
import { lineOfForeign } from './foreign.ts'

/** Whether a line says more than its value. */
export function isShaded({ parameters }: ContentLine): boolean {
  return Object.keys(parameters).some((name) => name !== 'value')
}

/** The line as it came, if it still says the same; otherwise the line itself. */
export function shaded(line: ContentLine, foreign: Foreign | null): ContentLine {
  const kept = keptLine(line.name, foreign, ({ value }) => value === line.value)
  return kept === null ? line : { ...line, parameters: { ...kept.parameters, ...line.parameters } }
}

/** The first line of this name that was kept, and still fits. */
export function keptLine(name: string, foreign: Foreign | null, fits: (line: ContentLine) => boolean): ContentLine | null {
  for (const property of foreign?.properties ?? []) {
    if (property[0] !== name) continue
    const line = lineOfForeign(property)
    if (fits(line)) return line
  }
  return null
}
