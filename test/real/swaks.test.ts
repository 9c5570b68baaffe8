// Mail handed in by swaks over LMTP, as a mail system would.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith, run } from './support/daemon.ts'
import { Easel } from './support/easel.ts'

describeWith(['swaks'], 'swaks', () => {
  const parts = new AsyncDisposableStack()
  let easel: Easel
  beforeAll(async () => {
    easel = await Easel.start()
    parts.defer(() => easel.dispose())
  })
  afterAll(() => parts.disposeAsync())

  const hand = (to: string, subject: string) =>
    run('swaks', [
      ...['--protocol', 'LMTP', '--server', '127.0.0.1', '--port', String(easel.ports.lmtp)],
      ...['--from', 'carol@elsewhere.example', '--to', to, '--header', `Subject: ${subject}`, '--body', 'From outside.'],
    ])

  test('delivers a message that the phone then finds in its inbox', async () => {
    const phone = await easel.phone('alice')
    const handed = await hand('alice@example.com', 'From swaks')
    expect(handed.stdout).toMatch(/<-\s+250/)
    expect(handed.code).toBe(0)
    await phone.syncAll('Inbox')
    expect(phone.mail('Inbox', 'From swaks').properties.get('Email:From')).toContain('carol@elsewhere.example')
    expect(phone.violations).toEqual([])
    phone.close()
  })

  test('wakes a phone that waits, within a second of the delivery', async () => {
    const phone = await easel.phone('bob')
    const pinged = phone.ping(['Inbox'], 300)
    // The request is on its way; whether it is parked before or after the delivery, it must be answered by it.
    await hand('bob@example.com', 'Wake up')
    const delivered = performance.now()
    expect(await pinged).toMatchObject({ status: 2, folders: ['Inbox'] })
    expect(performance.now() - delivered).toBeLessThan(1000)
    await phone.syncAll('Inbox')
    phone.mail('Inbox', 'Wake up')
    phone.close()
  })

  test('is told for each recipient what became of the message', async () => {
    const handed = await hand('alice@example.com,nobody@example.com', 'Half known')
    expect(handed.stdout).toMatch(/RCPT TO:<alice@example\.com>\n<-\s+250/)
    expect(handed.stdout).toMatch(/RCPT TO:<nobody@example\.com>\n<\*\*\s+550/)
  })
})
