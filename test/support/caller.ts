// One device at a desk: it sends documents to commands, under a policy of its own if it is given one.
import { randomBytes } from 'node:crypto'
import type { Device } from '../../src/model/device.ts'
import type { DeviceId } from '../../src/model/id.ts'
import type { Policy } from '../../src/model/policy.ts'
import type { ProtocolVersion } from '../../src/model/version.ts'
import { createPolicyEngine } from '../../src/policy/policy-engine.ts'
import { noPolicy } from './admin.ts'
import type { Call, House } from '../../src/protocol/command.ts'
import type { Command } from '../../src/protocol/define.ts'
import type { Desk } from './call.ts'
import { read, textAt, write, type Node } from './wire.ts'

/** A policy that asks for a password of four digits and lets nobody in without. */
export const strictPolicy: Policy = {
  ...noPolicy,
  name: 'strict',
  provisions: true,
  allowNonProvisionable: false,
  rules: {
    devicePasswordEnabled: true,
    minDevicePasswordLength: 4,
    maxInactivityTimeDeviceLock: 900,
    maxDevicePasswordFailedAttempts: 8,
  },
}

/** What came back. */
export interface CallReply {
  /** Of HTTP. */
  readonly http: number
  readonly node: Node | null
  /** The Status in the root element; null where there is none. */
  readonly status: number | null
}

export interface CallerOptions {
  readonly version?: ProtocolVersion
  readonly device?: string
  readonly policy?: Policy | null
}

export class Caller {
  readonly desk: Desk
  readonly house: House
  readonly device: DeviceId
  readonly version: ProtocolVersion

  constructor(desk: Desk, { version = '16.1', device = 'phone', policy = null }: CallerOptions = {}) {
    this.desk = desk
    this.house = {
      ...desk.house,
      policy: createPolicyEngine({ store: desk.store, book: { policyFor: () => policy ?? noPolicy }, random: randomBytes }),
    }
    this.device = device as DeviceId
    this.version = version
  }

  /** The device's record as it stands now; made on the first request. */
  async record(): Promise<Device> {
    const sighting = { type: 'iPhone', userAgent: null, version: this.version, address: null, at: this.desk.clock.now() }
    return this.desk.store.devices.enrol(this.desk.account.id, this.device, sighting)
  }

  /** A request on its way, as `protocol/run` makes it: the account and the device as they stand now. */
  async call(command: Command, body: Node | null): Promise<Call> {
    const account = (await this.desk.store.accounts.byId(this.desk.account.id)) ?? this.desk.account
    const bytes = body === null ? new Uint8Array(0) : write(body)
    const options = { version: this.version, device: this.device, account, line: { command: command.name } }
    return { ...(await this.desk.call({ type: body === null ? 'none' : 'wbxml', bytes }, options)), house: this.house }
  }

  /** Serves a command, without the policy's verdict. */
  async send(command: Command, body: Node | null): Promise<CallReply> {
    const answer = await command.serve(await this.call(command, body))
    const content = answer.body?.content
    if (content === undefined) return { http: answer.status, node: null, status: null }
    if (!(content instanceof Uint8Array)) throw new Error('a streamed answer')
    this.desk.answered.push({ command: command.name, version: this.version, bytes: content })
    const node = read(content)
    const status = textAt(node, 'Status')
    return { http: answer.status, node, status: status === null ? null : Number(status) }
  }
}
