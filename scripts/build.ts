// Compiles src into dist, and puts the console's own files beside what needs them. `--outDir FOLDER` for another place than dist.
import { spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const root = join(import.meta.dirname, '..')
const assets = join('admin', 'web', 'assets')

const { outDir } = parseArgs({ options: { outDir: { type: 'string', default: join(root, 'dist') } } }).values
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
const { status } = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json'), '--outDir', outDir], {
  stdio: 'inherit',
})
if (status === 0) cpSync(join(root, 'src', assets), join(outDir, assets), { recursive: true })
process.exitCode = status ?? 1
