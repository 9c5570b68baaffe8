// A recipe of docs/deploy, made ready to run: the very text that administrators copy, with other ports and paths.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const deploy = join(import.meta.dirname, '..', '..', '..', 'docs', 'deploy')

/**
 * The block of `docs/deploy/<page>.md` whose first line is the comment `# <title>`. Each text to exchange has to be in it, so that a
 * changed recipe is not run in part.
 */
export function recipe(page: string, title: string, exchange: Readonly<Record<string, string>>): string {
  const blocks = Array.from(
    readFileSync(join(deploy, `${page}.md`), 'utf8').matchAll(/^```\w+\n([^]*?)^```$/gm),
    ([, block]) => block ?? '',
  )
  let text = blocks.find((block) => block.startsWith(`# ${title}\n`))
  if (text === undefined) throw new Error(`docs/deploy/${page}.md has no block “# ${title}”`)
  for (const [from, to] of Object.entries(exchange)) {
    if (!text.includes(from)) throw new Error(`the recipe of ${page} does not say “${from}” any more`)
    text = text.replaceAll(from, to)
  }
  return text
}
