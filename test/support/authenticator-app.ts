// An authenticator app: it is shown a secret, and tells the code of the moment.
import { Secret, TOTP } from 'otpauth'
import type { Clock } from '../../src/model/clock.ts'
import type { Browser } from './console.ts'

/** The code of the secret, `steps` of thirty seconds from now. */
export function codeOf(secret: string, clock: Clock, steps = 0): string {
  return new TOTP({ secret: Secret.fromBase32(secret.replaceAll(' ', '')) }).generate({ timestamp: clock.now() + steps * 30_000 })
}

/** Sets up a second factor for whoever is logged in with this browser; gives the secret. */
export async function setUpSecondFactor(browser: Browser, clock: Clock): Promise<string> {
  await browser.get('/account')
  await browser.post('/account/second-factor/begin')
  const shown = await browser.get('/account')
  const secret = /<code>([A-Z2-7 ]+)<\/code>/.exec(shown.body)?.[1] ?? ''
  const confirmed = await browser.post('/account/second-factor/confirm', { code: codeOf(secret, clock) })
  if (confirmed.location !== '/account') throw new Error(`the second factor was not taken: ${confirmed.status}`)
  await browser.get('/account')
  return secret
}
