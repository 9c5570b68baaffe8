// GetAttachment (up to 12.1, MS-ASCMD 2.2.1.8): a file as the bare body of the answer; there is no document, so HTTP says what fails.
import { dialects } from '../../model/dialect.ts'
import { StoreFailure } from '../../store/failure.ts'
import { fileBytes, findFile, readFile } from '../classes/attachments.ts'
import type { Answer, Call } from '../command.ts'
import type { Command } from '../define.ts'
import { commonStatus, Failure } from '../error.ts'

function refuse(call: Call, failure: Failure): Answer {
  const common = failure.failure in commonStatus ? commonStatus[failure.failure as keyof typeof commonStatus] : null
  call.trace.note('failure', { failure: failure.failure, detail: failure.message })
  return { status: common?.[1] ?? 500, body: null }
}

async function serve(call: Call): Promise<Answer> {
  const { account, house, line } = call
  if (line.attachmentName === null) throw new Failure('InvalidContent', 'no AttachmentName')
  const file = await findFile(await house.store.mailbox(account.id), line.attachmentName)
  if (file === null) throw new Failure('ItemNotFound', 'no such file')
  const bytes = await fileBytes(file)
  const content = bytes === 0 ? new Uint8Array(0) : readFile(file, 0, bytes - 1)
  return { status: 200, body: { type: file.type, content, bytes } }
}

export const getAttachment: Command = {
  name: 'GetAttachment',
  kind: 'ordinary',
  speaks: (version) => dialects[version].getAttachment,
  refuse,
  serve: async (call) => {
    try {
      return await serve(call)
    } catch (thrown) {
      if (thrown instanceof Failure) return refuse(call, thrown)
      if (thrown instanceof StoreFailure && thrown.reason === 'unavailable') return refuse(call, new Failure('ServerErrorRetryLater'))
      call.house.log.error({ err: thrown, command: 'GetAttachment', device: call.device.id }, 'command failed')
      return refuse(call, new Failure('ServerError'))
    }
  },
}
