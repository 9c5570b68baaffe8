// The literal table of commands: what is not in it does not exist, whatever the client calls it.
import type { CommandName } from './command.ts'
import { folderCreate } from './commands/folder-create.ts'
import { folderDelete } from './commands/folder-delete.ts'
import { folderSync } from './commands/folder-sync.ts'
import { folderUpdate } from './commands/folder-update.ts'
import { find } from './commands/find.ts'
import { getAttachment } from './commands/get-attachment.ts'
import { getItemEstimate } from './commands/get-item-estimate.ts'
import { itemOperations } from './commands/item-operations.ts'
import { meetingResponse } from './commands/meeting-response.ts'
import { moveItems } from './commands/move-items.ts'
import { ping } from './commands/ping.ts'
import { provision } from './commands/provision.ts'
import { resolveRecipients } from './commands/resolve-recipients.ts'
import { search } from './commands/search.ts'
import { sendMail } from './commands/send-mail.ts'
import { settings } from './commands/settings.ts'
import { smartForward } from './commands/smart-forward.ts'
import { smartReply } from './commands/smart-reply.ts'
import { sync } from './commands/sync/sync.ts'
import { validateCert } from './commands/validate-cert.ts'
import type { Command } from './define.ts'

const table: Readonly<Partial<Record<CommandName, Command>>> = {
  Sync: sync,
  SendMail: sendMail,
  SmartForward: smartForward,
  SmartReply: smartReply,
  GetAttachment: getAttachment,
  FolderSync: folderSync,
  FolderCreate: folderCreate,
  FolderDelete: folderDelete,
  FolderUpdate: folderUpdate,
  MoveItems: moveItems,
  GetItemEstimate: getItemEstimate,
  MeetingResponse: meetingResponse,
  Search: search,
  Settings: settings,
  Ping: ping,
  ItemOperations: itemOperations,
  Provision: provision,
  ResolveRecipients: resolveRecipients,
  ValidateCert: validateCert,
  Find: find,
}

/** Null for a command that is not built. */
export function commandNamed(name: CommandName): Command | null {
  return table[name] ?? null
}

/** For MS-ASProtocolCommands: only what works. */
export const announcedCommands: readonly string[] = Object.keys(table)
