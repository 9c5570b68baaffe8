// Debian's Chromium, as the tests in a real browser start it.
import { chromium, type Browser } from 'playwright-core'

// Without these it looks for its maker's servers at every start.
const quiet = ['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

/** Close it afterwards. */
export function launchChrome(): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', ...quiet] })
}
