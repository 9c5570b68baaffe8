// A phone of the doctor's: it provisions, reads the folder list and holds a Ping, to see how long what stands between lets it.
import type { Clock } from '../../model/clock.ts'
import { fromXml, toDocument } from '../../wbxml/xml.ts'
import { bad, good, skipped, type Finding } from './finding.ts'
import type { Target } from './network.ts'
import { ask, trouble, type HttpAnswer, type Outfit } from './probe.ts'

export interface Patient {
  readonly target: Target
  /** Fingerprint of the server's certificate. */
  readonly pin: string
  readonly address: string
  /** Null where the certificate is the login. */
  readonly password: string | null
  readonly outfit: Outfit
}

/** The id under which the doctor's phone appears in the list of devices. */
export const doctorDevice = 'EASELDOCTOR'

const version = '14.1'
const subject = 'held request'
const answerSeconds = 30

/** What the doctor's phone was told when it was told anything else than it wanted to hear. */
class Unexpected extends Error {}

/** The Authorization header; none without a password. */
export function basic(address: string, password: string | null): { authorization?: string } {
  return password === null ? {} : { authorization: `Basic ${Buffer.from(`${address}:${password}`, 'utf8').toString('base64')}` }
}

class DoctorPhone {
  readonly #patient: Patient
  #policyKey = '0'

  constructor(patient: Patient) {
    this.#patient = patient
  }

  async post(command: string, xml: string, seconds = answerSeconds): Promise<HttpAnswer> {
    const { target, pin, address, password, outfit } = this.#patient
    const query = new URLSearchParams({ Cmd: command, User: address, DeviceId: doctorDevice, DeviceType: 'EaselDoctor' })
    return ask(
      target,
      {
        method: 'POST',
        path: `/Microsoft-Server-ActiveSync?${query}`,
        headers: {
          ...basic(address, password),
          'content-type': 'application/vnd.ms-sync.wbxml',
          'ms-asprotocolversion': version,
          'x-ms-policykey': this.#policyKey,
        },
        body: fromXml(xml),
        timeoutSeconds: seconds,
      },
      pin,
      outfit,
    )
  }

  /** Posts, and gives the texts of the answer's elements by name. */
  async told(command: string, xml: string): Promise<Map<string, string[]>> {
    const answer = await this.post(command, xml)
    if (answer.status === 401) throw new Unexpected('The server does not accept the password.')
    if (answer.status !== 200) throw new Unexpected(`The server answered ${command} with HTTP ${answer.status}.`)
    return textsOf(answer.body)
  }

  /** MS-ASPROV 3.1.5: asks for the policy, then acknowledges it; the doctor has no passcode to enforce. */
  async provision(): Promise<void> {
    const policy = (inner: string) => `<Provision xmlns="Provision" xmlns:Settings="Settings">${inner}</Provision>`
    const information =
      '<Settings:DeviceInformation><Settings:Set><Settings:Model>easel doctor</Settings:Model></Settings:Set></Settings:DeviceInformation>'
    const type = '<PolicyType>MS-EAS-Provisioning-WBXML</PolicyType>'
    const offered = await this.told('Provision', policy(`${information}<Policies><Policy>${type}</Policy></Policies>`))
    const key = offered.get('PolicyKey')?.[0]
    if (key === undefined) return
    const accepted = await this.told(
      'Provision',
      policy(`<Policies><Policy>${type}<PolicyKey>${key}</PolicyKey><Status>1</Status></Policy></Policies>`),
    )
    this.#policyKey = accepted.get('PolicyKey')?.[0] ?? key
  }

  /** The folder a Ping waits on: the Outbox, where nothing ever arrives. */
  async primedFolder(): Promise<string> {
    const list = await this.told('FolderSync', '<FolderSync xmlns="FolderHierarchy"><SyncKey>0</SyncKey></FolderSync>')
    const outbox = (list.get('Type') ?? []).findIndex((type) => type === '6')
    const folder = list.get('ServerId')?.[Math.max(outbox, 0)]
    const hierarchyKey = list.get('SyncKey')?.[0]
    if (folder === undefined || hierarchyKey === undefined) {
      throw new Unexpected(`The server gave no folders; Status ${list.get('Status')?.[0] ?? 'none'}.`)
    }
    await this.told('FolderSync', `<FolderSync xmlns="FolderHierarchy"><SyncKey>${hierarchyKey}</SyncKey></FolderSync>`)
    let key = '0'
    for (let round = 0; round < 2; round++) key = (await this.#sync(folder, key)) ?? key
    return folder
  }

  async #sync(folder: string, key: string): Promise<string | undefined> {
    const xml =
      `<Sync xmlns="AirSync"><Collections><Collection><SyncKey>${key}</SyncKey><CollectionId>${folder}</CollectionId>` +
      '</Collection></Collections></Sync>'
    const answer = await this.post('Sync', xml)
    // MS-ASCMD 2.2.1.21: an answer without a body says that nothing changed.
    return answer.body.length === 0 ? undefined : textsOf(answer.body).get('SyncKey')?.[0]
  }
}

function textsOf(body: Uint8Array): Map<string, string[]> {
  const texts = new Map<string, string[]>()
  if (body.length === 0) return texts
  for (const element of Array.from(toDocument(body).getElementsByTagName('*'))) {
    const name = element.localName ?? element.tagName
    texts.set(name, [...(texts.get(name) ?? []), element.textContent ?? ''])
  }
  return texts
}

/** Holds a Ping for `seconds` through whatever stands between, and says what became of it. */
export async function holdPing(patient: Patient, seconds: number, clock: Clock): Promise<Finding> {
  const phone = new DoctorPhone(patient)
  let folder: string
  try {
    await phone.provision()
    folder = await phone.primedFolder()
  } catch (error) {
    if (error instanceof Unexpected) return bad(subject, error.message)
    throw error
  }
  const xml =
    `<Ping xmlns="Ping"><HeartbeatInterval>${seconds}</HeartbeatInterval>` +
    `<Folders><Folder><Id>${folder}</Id><Class>Email</Class></Folder></Folders></Ping>`
  const begun = clock.now()
  const elapsed = () => Math.round((clock.now() - begun) / 1000)
  const advice = 'raise the idle timeout of whatever stands between (proxy_read_timeout, timeout server) to 61 minutes'
  try {
    const answer = await phone.post('Ping', xml, seconds + answerSeconds)
    if (answer.status !== 200) return bad(subject, `A proxy gave up after ${elapsed()} seconds with HTTP ${answer.status}: ${advice}.`)
    const status = textsOf(answer.body).get('Status')?.[0]
    if (status === '1') return good(subject, `A request was held for ${elapsed()} seconds, as long as it asked for.`)
    if (status === '2') return skipped(subject, `Something arrived after ${elapsed()} seconds; try again.`)
    return bad(subject, `The server ended the request after ${elapsed()} seconds with Status ${status ?? 'none'}.`)
  } catch (error) {
    return bad(subject, `The request was cut after ${elapsed()} seconds (${trouble(error)}): ${advice}.`)
  }
}
