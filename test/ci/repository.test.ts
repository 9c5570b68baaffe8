// The repository around the code: what is promised in one file and kept in another.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startTestServer } from '../support/server.ts'

const root = join(import.meta.dirname, '..', '..')
const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8')

interface Package {
  readonly scripts: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
  readonly optionalDependencies: Readonly<Record<string, string>>
}
const manifest = JSON.parse(read('package.json')) as Package
const { scripts, dependencies, devDependencies, optionalDependencies } = manifest
const all = { ...dependencies, ...devDependencies, ...optionalDependencies }

describe('package.json', () => {
  test('pins every version exactly', () => {
    expect(Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
  })

  test('hands signals to our own runtime: every script that starts it replaces its shell', () => {
    const starting = Object.values(scripts).filter((script) => script.includes('bin/easel.mjs'))
    expect(starting.length).toBeGreaterThan(3)
    expect(starting.filter((script) => !script.startsWith('exec node bin/easel.mjs '))).toEqual([])
  })

  test('never relies on the runtime being linked', () => {
    const files = ['package.json', 'Dockerfile', '.ci/run', '.ci/smoke.mjs', 'README.md']
    expect(files.filter((file) => read(file).includes('node_modules/.bin/node'))).toEqual([])
  })
})

describe('the lock file', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<
      string,
      { optionalDependencies?: Record<string, string>; resolved?: string; os?: string | string[]; cpu?: string | string[] }
    >
  }

  test('names every optional package of every platform, or npm 11 refuses to install by it', () => {
    const missing = Object.entries(packages).flatMap(([holder, { optionalDependencies: optional = {} }]) =>
      Object.keys(optional).filter(
        (name) => packages[`node_modules/${name}`] === undefined && packages[`${holder}/node_modules/${name}`] === undefined,
      ),
    )
    expect(missing).toEqual([])
  })

  test('says for which platform each runtime is', () => {
    for (const name of Object.keys(optionalDependencies)) {
      const { os = [], cpu = [] } = packages[`node_modules/${name}`] ?? {}
      expect([[os].flat().length, [cpu].flat().length], name).toEqual([1, 1])
    }
  })

  test('names no registry: an installation uses the one it is set up for', () => {
    expect(Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
  })
})

describe('the documents', () => {
  test('give a reason for every dependency, and for none that is gone', () => {
    const lines = read('docs', 'dependencies.md')
      .split('\n')
      .filter((line) => line.startsWith('| `'))
    const named = new Set(lines.flatMap((line) => Array.from(line.split('|')[1]?.matchAll(/`([^`]+)`/g) ?? [], (match) => match[1] ?? '')))
    const unexplained = Object.keys(all).filter((name) => !named.has(name) && !(name.startsWith('@types/') && named.has('@types/*')))
    expect(unexplained).toEqual([])
    const builtIn = ['node:sqlite', '@types/*']
    expect([...named].filter((name) => !(name in all) && !builtIn.includes(name))).toEqual([])
  })

  test('link to files that exist', () => {
    const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md']
    const folder = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
    const broken = [...documents.map((name) => ['', name] as const), ...folder.map((name) => ['docs', name] as const)].flatMap(
      ([place, name]) =>
        Array.from(read(place, name).matchAll(/\]\((?!https?:|#)([^)#]+)/g), (match) => join(place, match[1] ?? '')).filter(
          (path) => !existsSync(join(root, path)),
        ),
    )
    expect(broken).toEqual([])
  })

  test('name npm scripts that exist', () => {
    const text = ['README.md', 'CONTRIBUTING.md', join('docs', 'testing.md'), join('.ci', 'run')].map((name) => read(name)).join('\n')
    const named = Array.from(text.matchAll(/npm run (?:-s )?([a-z][a-z:]*)/g), (match) => match[1] ?? '')
    expect(named.length).toBeGreaterThan(5)
    expect(named.filter((name) => !(name in scripts))).toEqual([])
  })

  test('number the decisions without a gap', () => {
    const names = readdirSync(join(root, 'docs', 'decisions')).sort()
    expect(names.map((name) => Number(name.slice(0, 3)))).toEqual(names.map((_, index) => index + 1))
  })
})

describe('the image', () => {
  const dockerfile = read('Dockerfile')

  test('copies what the build context holds, and nothing else is in it', () => {
    const copied = Array.from(dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm), (match) => (match[1] ?? '').split(' ')).flat()
    const context = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1))
    expect(copied.filter((path) => !context.includes(path) || !existsSync(join(root, path)))).toEqual([])
    expect(context.filter((path) => !copied.includes(path))).toEqual([])
  })

  test('serves as a user without rights, on the port phones expect, and keeps its data in a volume', () => {
    expect(dockerfile).toMatch(/^USER node$/m)
    expect(dockerfile).toMatch(/EASEL_HTTPS_PORT=443\b/)
    expect(dockerfile).toMatch(/^EXPOSE 443$/m)
    expect(dockerfile).toMatch(/^VOLUME \/data$/m)
    expect(dockerfile).toMatch(/^HEALTHCHECK /m)
  })

  test('knows whether the server answers, also where its ports talk to a proxy alone', async () => {
    const [program = '', ...args] = JSON.parse(/^HEALTHCHECK [^[]*(\[.*\])$/m.exec(dockerfile)?.[1] ?? '[]') as string[]
    const isWell = async (data: string) => {
      const child = spawn(program, args, { env: { ...process.env, EASEL_DATA: data, EASEL_HTTPS_PORT: '443' }, stdio: 'ignore' })
      return (await once(child, 'exit'))[0] as number
    }
    const environment = { EASEL_HTTPS_PROXY_PROTOCOL: 'required', EASEL_TRUSTED_PROXIES: '192.0.2.1' }
    const server = await startTestServer({ accounts: [], environment })
    expect(await isWell(server.data)).toBe(0)
    await server.close()
    expect(await isWell(server.data)).toBe(1)
  })
})

test('the scripts of CI can be run', () => {
  const scripts = ['run', 'daemons', 'with-postgres']
  expect(scripts.filter((name) => (statSync(join(root, '.ci', name)).mode & 0o111) !== 0o111)).toEqual([])
})
