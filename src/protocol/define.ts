// How a command is declared: its documents, its statuses and what it does; from that comes the one way in which commands are served.
import type { Device } from '../model/device.ts'
import type { Instant } from '../model/id.ts'
import { isSince, type ProtocolVersion } from '../model/version.ts'
import type { CommandKind } from '../policy/engine.ts'
import { StoreFailure } from '../store/failure.ts'
import { WireError } from '../wbxml/error.ts'
import { decode, encode, SchemaError, type Encodable, type Infer, type Schema } from '../wbxml/schema.ts'
import type { Answer, Call, CommandName } from './command.ts'
import { commonStatus, Failure, type FailureName } from './error.ts'
import type { FailureEntry } from './failure-book.ts'

export const wbxmlType = 'application/vnd.ms-sync.wbxml'

/** What a command's `run` gives back. */
export type Reply<Document> =
  | { readonly kind: 'document'; readonly document: Document; readonly changedAt: Instant | null }
  /** HTTP 200 with nothing: success of SendMail and its kin, a Sync with nothing to say. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'raw'; readonly answer: Answer }

export const emptyReply: Reply<never> = { kind: 'empty' }
const noBytes = new Uint8Array()
export const bareAnswer: Answer = { status: 200, body: null }

/** A reply that carries a document. `changedAt`: see Answer. */
export function reply<Document>(document: Document, changedAt: Instant | null = null): Reply<Document> {
  return { kind: 'document', document, changedAt }
}

export interface Definition<Request extends Schema, Response extends Schema> {
  readonly name: CommandName
  readonly since?: ProtocolVersion
  /** How the policy looks at it; `ordinary` if left out. */
  readonly kind?: CommandKind
  readonly request: Request
  readonly response: Response
  /** The numbers of this command's own failures. A common failure named here takes this number instead. */
  readonly statuses: Readonly<Partial<Record<FailureName, number>>>
  /** The document that says nothing but a Status. */
  readonly failed: (status: number, failure: Failure) => Encodable<Response>
  /** Whether a request may come without a body (`run` gets null), or as a message (`call.body` is read by the command). */
  readonly body?: 'required' | 'optional' | 'own'
  readonly run: (request: Infer<Request> | null, call: Call) => Promise<Reply<Encodable<Response>>>
  /** The Status of an answer, for the figures: that of its root, unless this looks elsewhere. */
  readonly statusOf?: (document: Encodable<Response>) => number | null
  /** What passes before a failure is answered: some clients ask again at once, whatever they are told. */
  readonly beforeFailure?: (call: Call, failure: Failure) => Promise<void> | null
}

/** A command as the registry keeps it: the documents' types are sealed inside. */
export interface Command {
  readonly name: CommandName
  readonly kind: CommandKind
  readonly speaks: (version: ProtocolVersion) => boolean
  readonly serve: (call: Call) => Promise<Answer>
  /** The answer to a failure found before the body was decoded (a verdict of the policy, for one). */
  readonly refuse: (call: Call, failure: Failure) => Answer
}

/** Turns whatever was thrown into a failure with a name. Unexpected trouble is logged here, once, with its stack. */
function toFailure(thrown: unknown, call: Call, statuses: Definition<Schema, Schema>['statuses']): Failure {
  if (thrown instanceof Failure) return thrown
  if (thrown instanceof WireError) return new Failure('InvalidWBXML', thrown.message)
  if (thrown instanceof SchemaError) {
    if (statuses.ProtocolError !== undefined) return new Failure('ProtocolError', thrown.message)
    return new Failure(thrown.kind === 'dateTime' ? 'InvalidDateTime' : 'InvalidXML', thrown.message)
  }
  if (thrown instanceof StoreFailure) {
    if (thrown.reason === 'full') return new Failure('MailboxQuotaExceeded', thrown.message)
    if (thrown.reason === 'unavailable') return new Failure('ServerErrorRetryLater', thrown.message)
  }
  call.house.log.error({ err: thrown, command: call.line.command, device: call.device.id }, 'command failed')
  return new Failure(statuses.CommandServerError === undefined ? 'ServerError' : 'CommandServerError')
}

/** MS-ASCMD 2.2.2: a Status in the command's root from 14.0 on, an HTTP status before; a command's own statuses in every version. */
function answerFailure<Response extends Schema>(
  definition: Pick<Definition<Schema, Response>, 'response' | 'statuses' | 'failed'>,
  call: Call,
  failure: Failure,
): Answer {
  const { dialect } = call
  const own = definition.statuses[failure.failure]
  const common = failure.failure in commonStatus ? commonStatus[failure.failure as keyof typeof commonStatus] : null
  const status = own ?? common?.[0] ?? commonStatus.ServerError[0]
  call.trace.note('failure', { failure: failure.failure, status, detail: failure.message })
  call.house.log.info(
    { command: call.line.command, device: call.device.id, failure: failure.failure, status, detail: failure.message },
    'refused',
  )
  const http = own === undefined && !dialect.commonStatuses ? (common?.[1] ?? 500) : null
  remember(call, { failure: failure.failure, status: http ?? status, detail: failure.message })
  if (http !== null) {
    return { status: http, ...(http === 503 ? { headers: { 'Retry-After': '60' } } : {}), body: null }
  }
  const content = encode(definition.response, definition.failed(status, failure), dialect.version)
  return { status: 200, body: { type: wbxmlType, content }, documentStatus: status }
}

/** Keeps a failure for whoever asks why a device does not sync. */
export function remember(
  call: Pick<Call, 'house' | 'account' | 'line'> & { readonly device: Pick<Device, 'id'> },
  failed: Pick<FailureEntry, 'failure' | 'status' | 'detail'>,
): void {
  const { house, account, device, line } = call
  house.failures.record({ account: account.id, device: device.id, command: line.command ?? 'none', ...failed })
}

function rootStatus(document: unknown): number | null {
  if (typeof document !== 'object' || document === null || !('Status' in document)) return null
  return typeof document.Status === 'number' ? document.Status : null
}

async function perform<Request extends Schema, Response extends Schema>(
  definition: Definition<Request, Response>,
  call: Call,
): Promise<Answer> {
  const { body, dialect, trace } = call
  const own = definition.body === 'own'
  let request: Infer<Request> | null = null
  if (body.bytes.length === 0 && !own) {
    if (definition.body !== 'optional') throw new Failure('InvalidContent', 'the request has no body')
  } else if (body.type === 'rfc822' || body.type === 'none') {
    if (!own) throw new Failure('InvalidContent', `the body came as ${body.type}`)
  } else {
    if (trace.on) trace.document('request', body.bytes)
    request = decode(definition.request, body.bytes, dialect.version)
    body.bytes = noBytes
  }
  const result = await definition.run(request, call)
  switch (result.kind) {
    case 'raw':
      return result.answer
    case 'empty':
      return bareAnswer
    case 'document': {
      const content = encode(definition.response, result.document, dialect.version)
      if (trace.on) trace.document('response', content)
      const said = definition.statusOf === undefined ? rootStatus(result.document) : definition.statusOf(result.document)
      return {
        status: 200,
        body: { type: wbxmlType, content },
        ...(said === null ? {} : { documentStatus: said }),
        ...(result.changedAt === null ? {} : { changedAt: result.changedAt }),
      }
    }
  }
}

/** Seals a definition into a command. */
export function command<Request extends Schema, Response extends Schema>(definition: Definition<Request, Response>): Command {
  const { since } = definition
  return {
    name: definition.name,
    kind: definition.kind ?? 'ordinary',
    speaks: (version) => since === undefined || isSince(version, since),
    refuse: (call, failure) => answerFailure(definition, call, failure),
    serve: async (call) => {
      try {
        return await perform(definition, call)
      } catch (thrown) {
        const failure = toFailure(thrown, call, definition.statuses)
        await definition.beforeFailure?.(call, failure)
        return answerFailure(definition, call, failure)
      }
    },
  }
}
