// The file that settings are read from.
import { readFileSync } from 'node:fs'
import { parse as parseYaml } from 'yaml'
import { ConfigError } from '../setting.ts'

/** The document of a YAML file; null if there is none at `path` and none is required. */
export function readFile(path: string, required: boolean): Record<string, unknown> | null {
  let source: string
  try {
    source = readFileSync(path, 'utf8')
  } catch (error) {
    if (!required && error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null
    throw new ConfigError(`The configuration file ${path} cannot be read: check the path and its permissions.`, { cause: error })
  }
  let document: unknown
  try {
    document = parseYaml(source) ?? {}
  } catch (error) {
    throw new ConfigError(
      `The configuration file ${path} is not YAML: ${error instanceof Error ? (error.message.split(/:?\n/, 1)[0] ?? '') : ''}.`,
      {
        cause: error,
      },
    )
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new ConfigError(`The configuration file ${path} must hold settings, one "name: value" on a line.`)
  }
  return document as Record<string, unknown>
}
