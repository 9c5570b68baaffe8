// The lists of revoked certificates as anybody fetches them (RFC 5280 4.2.1.13, RFC 2585 4).
import type { CertificateDesk } from './certificate-desk.ts'
import { listPath } from './open-desk.ts'

const listType = 'application/pkix-crl'

/** What `http` mounts: the list of the authority that signs now at `/ca.crl`, and each one where its certificates say. */
export function listDocuments(desk: Pick<CertificateDesk, 'authority' | 'authorities' | 'revocationList'>) {
  return [
    { path: '/ca.crl', type: listType, content: async () => (desk.authority === null ? null : desk.revocationList(desk.authority.id)) },
    {
      path: '/ca/:file',
      type: listType,
      content: async ({ file }: Readonly<Record<string, string>>) => {
        const authority = desk.authorities().find(({ id }) => listPath(id) === `/ca/${file ?? ''}`)
        return authority === undefined ? null : desk.revocationList(authority.id)
      },
    },
  ]
}
