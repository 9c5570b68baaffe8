// Past the rules for devices: other names for a phone, other moments, other commands.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ActionInput } from '../../src/admin/actions.ts'
import type { AccessState } from '../../src/model/device.ts'
import { act } from '../support/admin.ts'
import { message } from '../support/message.ts'
import type { Phone } from '../support/phone.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { el, textAt } from '../support/wire.ts'

const postmaster = 'postmaster@example.test'
let server: TestServer
let number = 0

beforeAll(async () => {
  server = await startTestServer({ accounts: [postmaster], environment: { EASEL_ADMIN_NOTIFY: postmaster, EASEL_POLICY: 'false' } })
})
afterAll(() => server.close())

async function account(): Promise<string> {
  const address = `person${++number}@example.test`
  await server.account(address)
  await server.deliver(address, message({ subject: 'Private' }))
  return address
}

/** Sets the rules for the time of `work`. */
async function under(fallback: AccessState, rules: ActionInput<'access.set'>['rules'], work: () => Promise<void>): Promise<void> {
  await act(server.running.admin, 'access.set', { fallback, rules })
  try {
    await work()
  } finally {
    await act(server.running.admin, 'access.set', { fallback: 'allowed', rules: [] })
  }
}

const chosen = (phone: Phone) => ({ device: phone.options.deviceId, account: phone.options.address })
const subjects = (phone: Phone, folder = 'Inbox') => phone.items(folder).map((item) => item.properties.get('Email:Subject'))

/** FolderSync as it is: the Status, or HTTP's. */
async function told(phone: Phone): Promise<number> {
  const reply = await phone.post('FolderSync', el('FolderHierarchy:FolderSync', [el('FolderHierarchy:SyncKey', phone.folderKey)]))
  return reply.status === 200 ? Number(textAt(reply.node, 'Status')) : reply.status
}

describe('the DeviceId of a phone that only checks credentials', () => {
  it.each([
    ['blocked', 129],
    ['quarantined', 1],
  ] as const)('is no way in where devices are %s', async (fallback, status) => {
    const phone = server.bare(await account(), { deviceId: 'validate' })
    await under(fallback, [], async () => {
      expect(await told(phone)).toBe(status)
      expect(textAt((await phone.post('Sync', null)).node, 'Status')).toBe('108')
    })
  })

  it('is no way to mail where an account may have no more devices', async () => {
    const address = await account()
    await act(server.running.admin, 'account.set', { address, devicesMax: 0 })
    const phone = server.bare(address, { deviceId: 'validate' })
    expect(await phone.folderSync()).toBe(1)
    for (const command of ['Sync', 'Ping', 'Search', 'Find', 'ItemOperations', 'MoveItems', 'GetItemEstimate', 'SendMail', 'SmartReply'])
      expect(textAt((await phone.post(command, null)).node, 'Status')).toBe('108')
    const old = server.bare(address, { deviceId: 'validate', version: '12.1' })
    expect((await old.post('GetAttachment', null, { parameters: { AttachmentName: '1:1:1' } })).status).toBe(400)
  })
})
