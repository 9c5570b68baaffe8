// The SCEP server (RFC 8894): says what it can, shows the authority, and certifies the keys of phones that may have it.
import { keyHash } from '../../auth/own-certificates.ts'
import type { Logger } from 'pino'
import type { Clock } from '../../model/clock.ts'
import type { Account } from '../../model/account.ts'
import type { Certificate, CertificateWay } from '../../model/certificate.ts'
import type { DeviceId } from '../../model/id.ts'
import type { Store } from '../../store/store.ts'
import { CertificateRefused, type CertificateDesk, type ClientAuthority } from '../certificate-desk.ts'
import { requestedKey } from '../certificate-request.ts'
import { oneByOne } from '../one-by-one.ts'
import { certificatesOnly } from '../signed-data.ts'
import { challengeHash } from './challenge.ts'
import { openEnvelope, sealEnvelope, UnopenedEnvelope, type Opened } from './envelope.ts'
import { certRep, messageTypes, parseMessage, type ScepFailure, type ScepMessage } from './message.ts'
import { ownCertificate } from './own-certificate.ts'
import { isStrongKey, parseRequest, type SigningRequest } from './signing-request.ts'

export interface ScepOptions {
  readonly certificates: CertificateDesk
  readonly store: Pick<Store, 'accounts' | 'audit' | 'scepChallenges'>
  readonly clock: Clock
  readonly log: Logger
}

export interface ScepAnswer {
  readonly type: string
  readonly content: Uint8Array
  /** Whether what was asked for was refused: whoever guesses waits. */
  readonly refused: boolean
}

export interface ScepDesk {
  /** RFC 8894 3.5.2. */
  readonly capabilities: string
  /** Whether there is an authority that could answer. */
  readonly isOpen: boolean
  /** RFC 8894 4.2: the authority, or it and those above it. Null where there is none. */
  authority(): ScepAnswer | null
  /** RFC 8894 4.3. Null where there is no authority; throws NoScepMessage. The audit log says to which address a certificate went. */
  operate(message: Uint8Array, address: string): Promise<ScepAnswer | null>
}

// SCEPStandard means most of these. strongSwan 5.9.8 takes the name before for the one it looks for: SHA-384 stands for it.
const capabilities = ['AES', 'POSTPKIOperation', 'Renewal', 'SHA-256', 'SHA-384', 'SHA-512', 'SCEPStandard'].join('\n')
const messageType = 'application/x-pki-message'

/** A refusal in SCEP's words. */
class Refused extends Error {
  override readonly name = 'Refused'
  readonly reason: ScepFailure
  constructor(reason: ScepFailure, message: string) {
    super(message)
    this.reason = reason
  }
}

/** What lets a key be certified: a challenge of its own, or the certificate that is renewed. */
interface Warrant {
  readonly hash: string
  readonly way: CertificateWay
  readonly device: DeviceId | null
}

export function createScepDesk(options: ScepOptions): ScepDesk {
  const { certificates, log } = options
  // A challenge is looked at, used and given back by one request at a time: of two at once each would have its certificate.
  const inTurn = oneByOne()
  const failed = (message: ScepMessage, authority: ClientAuthority, reason: ScepFailure): ScepAnswer => ({
    type: messageType,
    content: certRep(message, { kind: 'failure', reason }, signerOf(authority), []),
    refused: true,
  })
  return {
    capabilities,
    get isOpen() {
      return certificates.authority !== null
    },
    authority: () => (certificates.authority === null ? null : authorityAnswer(certificates.authority)),
    operate: async (bytes, address) => {
      const { authority } = certificates
      if (authority === null) return null
      const message = parseMessage(bytes)
      try {
        const { certificate, cipher } = await inTurn(() => certify(options, authority, message, address))
        const envelope = sealEnvelope(certificatesOnly([certificate]), message.signer.raw, cipher)
        return {
          type: messageType,
          content: certRep(message, { kind: 'success', envelope }, signerOf(authority), []),
          refused: false,
        }
      } catch (error) {
        const refusal = refusalOf(error)
        if (refusal === null) throw error
        log.info({ reason: refusal.reason, why: refusal.message }, 'a SCEP request was refused')
        return failed(message, authority, refusal.reason)
      }
    },
  }
}

function authorityAnswer({ chain }: ClientAuthority): ScepAnswer {
  const [own] = chain
  if (own === undefined) throw new Error('an authority has a certificate')
  if (chain.length === 1) return { type: 'application/x-x509-ca-cert', content: own, refused: false }
  return { type: 'application/x-x509-ca-ra-cert', content: certificatesOnly(chain), refused: false }
}

function signerOf({ chain, key }: ClientAuthority) {
  const [certificate] = chain
  if (certificate === undefined) throw new Error('an authority has a certificate')
  return { certificate, key }
}

function refusalOf(error: unknown): Refused | null {
  if (error instanceof Refused) return error
  if (error instanceof UnopenedEnvelope) return new Refused('badMessageCheck', error.message)
  if (error instanceof CertificateRefused) return new Refused('badRequest', error.message)
  return null
}

/** Issues what the message asks for, or answers what was issued to the same request before. */
async function certify(
  options: ScepOptions,
  authority: ClientAuthority,
  message: ScepMessage,
  address: string,
): Promise<Pick<Opened, 'cipher'> & { readonly certificate: Uint8Array }> {
  const { certificates, store, clock } = options
  // RFC 8894 3.3.3 to 3.3.5: nothing waits here, and certificates are not handed out to whoever knows a number.
  if (message.type === messageTypes.certPoll || message.type === messageTypes.getCert) throw new Refused('badCertId', 'nothing waits here')
  if (message.type !== messageTypes.pkcsReq && message.type !== messageTypes.renewalReq) {
    throw new Refused('badRequest', `messages of the type ${message.type} are not answered`)
  }
  if (message.signer.publicKey.asymmetricKeyType !== 'rsa') throw new Refused('badAlg', 'the answer can be sealed for an RSA key only')
  const { certificate, key } = signerOf(authority)
  const { content, cipher } = openEnvelope(message.envelope, certificate, key)
  const request = parseRequest(content)
  if (request === null) throw new Refused('badMessageCheck', 'what it holds is no signing request')
  if (!isStrongKey(request.key)) throw new Refused('badAlg', 'the key is too weak, or of a kind that is not certified')
  // Whoever does not have the key uses no challenge up, and gives none back that another request is at.
  await requestedKey(content)
  const { hash, way, device } = await warrantOf(options, message, request)
  const publicKey = keyHash(request.key)
  const use = await store.scepChallenges.use(hash, { publicKey, transaction: message.transaction, at: clock.now() })
  if (use === null || use.publicKey !== publicKey) throw new Refused('badRequest', 'the challenge was used for another key')
  if (use.certificate !== null) return { certificate: use.certificate, cipher }
  const account = await openAccount(options, use.account)
  try {
    const issued = await certificates.issueFor(content, { account, device, way, by: account.address })
    await store.scepChallenges.keep(hash, issued.content)
    await record(options, account, issued.certificate, address)
    return { certificate: issued.content, cipher }
  } catch (error) {
    await store.scepChallenges.release(hash)
    throw error
  }
}

async function record({ store, clock, log }: ScepOptions, account: Account, { serial, way }: Certificate, address: string): Promise<void> {
  log.info({ account: account.id, way, serial }, 'a certificate was issued by SCEP')
  await store.audit.append({
    at: clock.now(),
    actor: way === 'renewal' ? 'whoever has the certificate before' : 'somebody with a challenge',
    role: 'user',
    origin: address,
    action: 'scep.issue',
    target: account.address,
    detail: { way, serial },
  })
}

/** A challenge where there is one; else the certificate that signed, if it is of ours: it may be renewed once, for one key. */
async function warrantOf(options: ScepOptions, message: ScepMessage, request: SigningRequest): Promise<Warrant> {
  const { store, clock } = options
  if (request.challenge !== null && message.type === messageTypes.pkcsReq) {
    const hash = challengeHash(request.challenge)
    const challenge = await store.scepChallenges.byHash(hash)
    if (challenge === null) throw new Refused('badRequest', 'the challenge is none of ours')
    // What was issued already is answered again for as long as it is kept.
    if (challenge.certificate === null && challenge.expiresAt <= clock.now()) throw new Refused('badRequest', 'the challenge is over')
    // RFC 8894 2.3: whoever has no certificate yet signs with the key that he asks for.
    if (keyHash(message.signer.publicKey) !== keyHash(request.key))
      throw new Refused('badRequest', 'signed by another key than the one asked for')
    await openAccount(options, challenge.account)
    return { hash, way: 'scep', device: null }
  }
  const renewed = await ownCertificate(options, message.signer)
  if (renewed === null) throw new Refused('badRequest', 'there is no challenge, and no good certificate of ours')
  await openAccount(options, renewed.account)
  const hash = challengeHash(`renewal of ${renewed.issuer}/${renewed.serial}`)
  await store.scepChallenges.add({ hash, account: renewed.account, expiresAt: renewed.notAfter })
  return { hash, way: 'renewal', device: renewed.device }
}

async function openAccount({ store }: ScepOptions, id: Account['id']): Promise<Account> {
  const account = await store.accounts.byId(id)
  if (account === null || account.disabled) throw new Refused('badRequest', 'the account is gone or disabled')
  return account
}
