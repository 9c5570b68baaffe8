// What proves to an ACME server that a name is ours: an answer over HTTP, or a record that a program of the administrator's writes.
import { execFile } from 'node:child_process'

/** Shows and takes back the proof of one name. */
export interface Prover {
  /** RFC 8555 8.3, 8.4. */
  readonly kind: 'http-01' | 'dns-01'
  /** Rejects where it cannot be shown. `proof`: the key authorization, or its digest for DNS. */
  present(name: string, token: string, proof: string): Promise<void>
  cleanup(name: string, token: string, proof: string): Promise<void>
}

/** The answers that are open over HTTP. */
export interface HttpChallenges extends Prover {
  /** Null for a token that was not asked for. */
  answer(token: string): Uint8Array | null
}

export const challengePath = '/.well-known/acme-challenge/'

/** RFC 8555 8.3. */
export function httpChallenges(): HttpChallenges {
  const open = new Map<string, Uint8Array>()
  return {
    kind: 'http-01',
    answer: (token) => open.get(token) ?? null,
    present: (_name, token, proof) => {
      open.set(token, Buffer.from(proof))
      return Promise.resolve()
    },
    cleanup: (_name, token) => {
      open.delete(token)
      return Promise.resolve()
    },
  }
}

/** A name server may need a minute until all of it knows. */
const hookSeconds = 300

/** RFC 8555 8.4: runs `hook… present|cleanup _acme-challenge.NAME VALUE`, one after the other, without a shell. */
export function dnsChallenges(hook: readonly string[], environment: NodeJS.ProcessEnv): Prover {
  const [program = '', ...given] = hook
  // Our own settings hold passwords, which are none of its business.
  const env = Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('EASEL_')))
  let last: Promise<unknown> = Promise.resolve()
  const run = (what: 'present' | 'cleanup', name: string, proof: string): Promise<void> => {
    const turn = last.then(
      () =>
        new Promise<void>((resolve, reject) => {
          const args = [...given, what, `_acme-challenge.${name}`, proof]
          execFile(program, args, { env, timeout: hookSeconds * 1000 }, (error) => {
            // What it printed may hold the keys to a name server: it is not for the log.
            if (error === null) resolve()
            else
              reject(new Error(`${program} ${what} _acme-challenge.${name} failed (${String(error.code ?? error.signal)}): run it by hand`))
          })
        }),
    )
    last = turn.catch(() => undefined)
    return turn
  }
  return {
    kind: 'dns-01',
    present: (name, _token, proof) => run('present', name, proof),
    cleanup: (name, _token, proof) => run('cleanup', name, proof),
  }
}
