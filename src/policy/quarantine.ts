// Quarantine: what a phone is shown while it waits, and who is told that it does.
import { createHash } from 'node:crypto'
import { emailDraft } from '../mail/draft.ts'
import { noticeMessage, type Notices } from '../mail/notice.ts'
import type { Account } from '../model/account.ts'
import { asLine, deviceName, type Device } from '../model/device.ts'
import { folderType } from '../model/folder.ts'
import type { Identity, Instant } from '../model/id.ts'
import type { Store } from '../store/store.ts'

export interface Quarantine {
  /** The device has just been quarantined: its message is put where it looks, and the administrators are told. */
  admit(account: Account, device: Device): Promise<void>
}

interface Parts {
  readonly store: Pick<Store, 'waitingRoom'>
  readonly notices: Notices
  /** Addresses of the administrators. */
  readonly administrators: readonly string[]
  readonly hostName: string
  readonly now: () => Instant
}

const day = 86_400_000
/** Whoever has a password can make up devices without end. So many of one account are told of; the others find the same messages. */
const waitingMax = 10

/** The message lies in a mailbox of its own: nothing of the account's mail is in the device's reach. */
export function createQuarantine({ store, notices, administrators, hostName, now }: Parts): Quarantine {
  return {
    admit: async (account, device) => {
      const waiting = (await store.waitingRoom.devices.list(account.id)).filter(
        ({ id, access }) => id !== device.id && access === 'quarantined',
      )
      if (waiting.length >= waitingMax) return
      const at = now()
      // A phone that the rules let in and out by turns is told once a day, and so are the administrators.
      const occasion = `quarantine/${account.id}/${device.id}/${Math.floor(at / day)}`
      const name = deviceName(device)
      const subject = 'Your device is waiting for approval'
      const message = await noticeMessage({ to: account.address, subject, text: explanation(name), occasion }, hostName, at)
      const identity = createHash('sha256').update(occasion).digest('base64url') as Identity
      const draft = emailDraft(message, { received: Math.floor(at / 1000) * 1000, read: false })
      await store.waitingRoom.unit(async (unit) => {
        const mailbox = await unit.mailbox(account.id)
        const inbox = await mailbox.defaultFolder(folderType.inbox)
        await mailbox.create(inbox.id, draft, identity)
      })
      await notices.send(
        administrators.map((to) => ({
          to,
          subject: `A device of ${account.address} waits in quarantine`,
          text: report(account, device, name),
          occasion,
        })),
      )
    },
  }
}

function explanation(name: string): string {
  return [
    `Your device "${name}" has reached the mail server, and has to be approved by an administrator before it may synchronise.`,
    '',
    'The administrators have been told. You need do nothing: as soon as the device is approved, your mail appears here by itself, and',
    'this message goes away.',
    '',
    'Until then nothing of your mailbox is shown on this device.',
  ].join('\r\n')
}

function report(account: Account, device: Device, name: string): string {
  const { information, type, userAgent, version, lastAddress } = device
  const said = (text: string | null | undefined) => asLine(text ?? '-')
  return [
    'A device waits for your decision.',
    '',
    `  account   ${account.address}`,
    `  device    ${name} (${device.id})`,
    `  type      ${said(type)}`,
    `  model     ${said(information.model)}`,
    `  system    ${said(information.os)}`,
    `  agent     ${said(userAgent)}`,
    `  protocol  ${version ?? '-'}`,
    `  address   ${lastAddress ?? '-'}`,
    '',
    `Release it in the console, or with: easel device allow ${device.id} --account ${account.address}`,
    `Keep it out with:                   easel device block ${device.id} --account ${account.address}`,
  ].join('\r\n')
}
