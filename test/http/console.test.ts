// The console's door: who comes in, how a session lives and ends, and what every answer carries.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { password, startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
beforeEach(async () => {
  server = await startTestServer({ console: true })
  await server.administrator('ada', 'administrator')
})
afterEach(() => server.close())

describe('a login', () => {
  test('lets a local administrator in', async () => {
    const browser = server.browser()
    const entered = await browser.login('ada', password)
    console.log(entered, browser.cookies)
    console.log((await browser.get('/')).body)
    console.log(await browser.api('GET', '/devices'))
    console.log(await browser.api('POST', '/access/preview', { fallback: 'x' }))
    expect([entered.status, entered.location]).toEqual([303, '/'])
  })
})
