// The lists of revoked certificates as anybody fetches them (RFC 5280 4.2.1.13, RFC 2585 4).
import type { CertificateDesk } from './certificate-desk.ts'
import { listPath } from './open-desk.ts'

const listType = 'application/pkix-crl'
type Lists = Pick<CertificateDesk, 'authority' | 'authorities' | 'revocationList'>

/** What is at a path: the list of the authority that signs now at `/ca.crl`, and each one where its certificates say. */
export async function listAt(desk: Lists, path: string): Promise<{ readonly type: string; readonly content: Uint8Array } | null> {
  const authority = path === '/ca.crl' ? desk.authority : desk.authorities().find(({ id }) => listPath(id) === path)
  const content = authority ? await desk.revocationList(authority.id) : null
  return content === null ? null : { type: listType, content }
}

/** What `http` mounts. */
export function listDocuments(desk: Lists) {
  const at = async (path: string) => (await listAt(desk, path))?.content ?? null
  return [
    { path: '/ca.crl', type: listType, content: () => at('/ca.crl') },
    { path: '/ca/:file', type: listType, content: ({ file = '' }: Readonly<Record<string, string>>) => at(`/ca/${file}`) },
  ]
}
