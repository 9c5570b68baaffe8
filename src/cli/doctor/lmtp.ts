// Whether mail is taken where the mail system hands it in.
import { connect } from 'node:net'
import { bad, good, type Finding } from './finding.ts'
import type { Target } from './network.ts'
import { trouble } from './probe.ts'

const greetingSeconds = 15

/** Waits for the greeting. */
export function judgeLmtp({ host, port }: Target): Promise<Finding> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: greetingSeconds * 1000 })
    const end = (finding: Finding) => {
      socket.destroy()
      resolve(finding)
    }
    socket.once('data', (greeting) => {
      const line = greeting.toString('latin1').split('\r\n', 1)[0] ?? ''
      end(line.startsWith('220') ? good('LMTP', `Mail is taken at ${host}:${port}.`) : bad('LMTP', `${host}:${port} greets with ${line}.`))
    })
    socket.once('timeout', () => end(bad('LMTP', `${host}:${port} does not greet.`)))
    socket.once('error', (error) => end(bad('LMTP', `${host}:${port}: ${trouble(error)}.`)))
  })
}
