// The import rule as a function: source files in, sentences about what breaks the rule out.

/** Highest first: a file may import from its own floor and from those below. */
const floors: readonly (readonly string[])[] = [
  ['main.ts', 'cli.ts', 'cli'],
  ['server.ts', 'server', 'chores.ts'],
  ['http', 'control'],
  ['protocol', 'admin', 'enroll'],
  ['sync', 'policy', 'auth'],
  ['store', 'mail', 'directory'],
  ['format'],
  ['model', 'wbxml', 'config.ts', 'setting.ts', 'settings.ts', 'settings', 'log.ts', 'metrics.ts'],
]

/** Who alone may import a package; whatever is not named here is free to all. */
const packages: readonly (readonly [name: RegExp, place: RegExp, rule: string])[] = [
  [/^(fastify|@fastify\/.+)$/, /^http\//, 'only http/ knows Fastify'],
  [/^(pg|pg-.+|node:sqlite|@electric-sql\/pglite)$/, /^store\/sql\/database\.ts$/, 'only store/sql/database.ts names a database driver'],
  [
    /^(libmime|htmlparser2|mailparser|ical\.js|rrule-temporal|sanitize-html|windows-iana)$/,
    /^format\//,
    'mail-format libraries stay in format/',
  ],
  [/^(nodemailer|smtp-server)(\/.*)?$/, /^mail\//, 'nodemailer and smtp-server stay in mail/'],
  [/^otpauth$/, /^auth\//, 'one-time passwords stay in auth/'],
  [/^(ghtml|uqr)(\/.*)?$/, /^admin\/web\//, 'html is made in admin/web/'],
  [/^prom-client$/, /^http\/prometheus\.ts$/, 'only http/prometheus.ts knows prom-client'],
  [/^(commander|cli-table3|cli-progress)$/, /^cli(\.ts$|\/)/, "the shell's libraries stay in cli"],
]

/** Implementations: only the file that puts the house together names them. `cli/` stands in for it where no server runs. */
const implementations =
  /^(store\/(sql|gateway)\/|mail\/(smtp|lmtp)\.ts$|auth\/(basic|bearer|certificate)\.ts$|directory\/(ldap|static)\.ts$|http\/prometheus\.ts$)/
const assemblers = /^(server\.ts|server\/|cli\/)/

const clockHolders = /^(main\.ts|model\/clock\.ts)$/
const barrels = new Set(['protocol/registry.ts', 'protocol/classes/index.ts'])

const segmentOf = (path: string) => path.split('/')[0] ?? path
const floorOf = (path: string) => floors.findIndex((floor) => floor.includes(segmentOf(path)))

/** What a file imports or re-exports, types included: own files as paths below src, packages by name. */
export function importsOf(path: string, source: string): { specifier: string; file: string | null }[] {
  const statement = /^\s*(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm
  return Array.from(source.matchAll(statement), (match) => {
    const specifier = match[1] ?? match[2] ?? match[3] ?? ''
    return { specifier, file: specifier.startsWith('.') ? resolve(path, specifier) : null }
  })
}

function resolve(from: string, specifier: string): string {
  return new URL(specifier, `file:///src/${from}`).pathname.replace(/^\/src\//, '')
}

/** Every breach of the rule among `files` (path below src -> source), one sentence each; none if the rule holds. */
export function breaches(files: ReadonlyMap<string, string>): string[] {
  const found: string[] = []
  for (const [path, source] of files) {
    if (floorOf(path) < 0) found.push(`${path} stands on no floor`)
    found.push(...formBreaches(path, source))
    for (const { specifier, file } of importsOf(path, source)) {
      const breach = file === null ? packageBreach(path, specifier) : fileBreach(path, file, files)
      if (breach !== null) found.push(`${path} imports ${specifier}: ${breach}`)
    }
  }
  return [...found, ...circles(fileGraph(files), 'files'), ...circles(folderGraph(files), 'folders')]
}

function packageBreach(path: string, name: string): string | null {
  if (segmentOf(path) === 'sync' && /^(node:(http|https|net|tls)|fastify)/.test(name)) return 'sync knows no HTTP'
  return packages.find(([pattern, place]) => pattern.test(name) && !place.test(path))?.[2] ?? null
}

function fileBreach(path: string, file: string, files: ReadonlyMap<string, string>): string | null {
  const from = segmentOf(path)
  const to = segmentOf(file)
  if (!file.endsWith('.ts')) return 'an import names its file, with .ts'
  if (!files.has(file)) return 'there is no such file'
  if (floorOf(file) < floorOf(path)) return `${to} stands above ${from}`
  if (from === 'model' && to !== 'model') return 'model imports nothing but model'
  if (from === 'wbxml' && to !== 'wbxml' && !/^model\/(version|dialect|id)\.ts$/.test(file))
    return 'wbxml knows only versions, dialects and ids'
  if (from === 'sync' && (to === 'wbxml' || to === 'format' || file === 'model/email.ts')) return 'sync knows no WBXML and no class'
  if (implementations.test(file) && !assemblers.test(path) && folderOf(file) !== folderOf(path))
    return 'only server.ts names an implementation'
  return null
}

function formBreaches(path: string, source: string): string[] {
  const found: string[] = []
  const code = withoutComments(source)
  if (!/^(#!.*\n)?\/\/ \S.{15,}/.test(source)) found.push(`${path} does not open with a sentence that says what it is for`)
  if (/^\s*export\s+default\b/m.test(code)) found.push(`${path} has a default export`)
  if (!clockHolders.test(path) && /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(/.test(code))
    found.push(`${path} reads the clock or the dice itself`)
  if (/(^|\/)(utils?|helpers?|common|misc|types|constants)(\/|\.ts$)/.test(path)) found.push(`${path} has a name that says nothing`)
  if (!barrels.has(path) && isBarrel(code)) found.push(`${path} is a barrel file`)
  return found
}

function isBarrel(code: string): boolean {
  const statements = code.split('\n').filter((line) => line.trim() !== '')
  return statements.length > 0 && statements.every((line) => /^export\s.*\bfrom\b/.test(line))
}

/** Drops comments so that prose about a rule does not break it; strings stay, which errs on the strict side. */
function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`\\])\/\/.*$/gm, '$1')
}

const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/') + 1)

type Graph = Map<string, Set<string>>

function fileGraph(files: ReadonlyMap<string, string>): Graph {
  return new Map(Array.from(files, ([path, source]) => [path, new Set(importsOf(path, source).flatMap(({ file }) => file ?? []))]))
}

/** Folders of the first level; files at the root stand for themselves. */
function folderGraph(files: ReadonlyMap<string, string>): Graph {
  const graph: Graph = new Map()
  for (const [path, imported] of fileGraph(files)) {
    const targets = graph.get(segmentOf(path)) ?? new Set()
    for (const file of imported) if (segmentOf(file) !== segmentOf(path)) targets.add(segmentOf(file))
    graph.set(segmentOf(path), targets)
  }
  return graph
}

/** Depth-first search; each back edge is one circle. */
function circles(graph: Graph, what: string): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const path: string[] = []
  const visit = (node: string) => {
    const at = path.indexOf(node)
    if (at >= 0) {
      found.push(`a circle of ${what}: ${[...path.slice(at), node].join(' -> ')}`)
      return
    }
    if (done.has(node)) return
    path.push(node)
    for (const next of graph.get(node) ?? []) visit(next)
    path.pop()
    done.add(node)
  }
  for (const node of graph.keys()) visit(node)
  return found
}
