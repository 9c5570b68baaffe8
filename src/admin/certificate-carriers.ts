// Which phone came in by which certificate: those of profiles and SCEP were made before anybody knew whose phone would take them.
import { verifiedFingerprint, type Certificate } from '../model/certificate.ts'
import type { AccountId, DeviceId } from '../model/id.ts'
import type { CertificateFilter } from '../store/certificates.ts'
import type { Desk } from './house.ts'

type House = Pick<Desk, 'certificates' | 'store'>

interface Carrier {
  readonly account: AccountId
  readonly device: DeviceId
  readonly fingerprint: string
}

/** The devices whose last request came with a certificate; of one account, or of all. */
async function carriers({ store }: House, account: AccountId | null): Promise<readonly Carrier[]> {
  const devices = await store.devices.list(account)
  return devices.flatMap(({ account: owner, id, verifier }) => {
    const fingerprint = verifier === null ? null : verifiedFingerprint(verifier)
    return fingerprint === null ? [] : [{ account: owner, device: id, fingerprint }]
  })
}

/** Tells of a certificate the device it was made for, else the one that came in by it last. */
export async function carriersOf(house: House, account: AccountId | null): Promise<(certificate: Certificate) => DeviceId | null> {
  const known = new Map((await carriers(house, account)).map(({ fingerprint, device }) => [fingerprint, device]))
  return ({ device, fingerprint }) => device ?? known.get(fingerprint) ?? null
}

/** The certificates that were made for a device, and the one that it came in by last. */
export async function certificatesOf(
  house: House,
  device: DeviceId,
  filter: CertificateFilter,
  most: number,
): Promise<readonly Certificate[]> {
  const made = await house.certificates.list({ ...filter, device }, most)
  const shown = (await carriers(house, filter.account ?? null)).filter((carrier) => carrier.device === device)
  const used: Certificate[] = []
  for (const { account, fingerprint } of shown) {
    const all = await house.certificates.list({ ...filter, account }, most)
    used.push(...all.filter((each) => each.fingerprint === fingerprint && each.device !== device))
  }
  return [...made, ...used]
}
