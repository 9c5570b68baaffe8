// What a phone that is not let in is asked for: the challenges of a 401.
import type { Outcome } from '../auth/authenticator.ts'
import type { BearerInvitation, FrontDesk } from '../auth/front-desk.ts'

type Denied = Outcome & { readonly kind: 'denied' }

/** RFC 6750 3.1. */
const tokenErrors = { invalid: 'invalid_token', unscoped: 'insufficient_scope' } as const

/**
 * One header for each. Microsoft's servers name Bearer first, and clients that know both take the first they know; those that know
 * Basic alone pass over the other. Empty where nothing can be asked for: then only a certificate opens.
 */
export function challenges(desk: Pick<FrontDesk, 'takesBasic' | 'invitation'>, realm: string, { token }: Denied): string[] {
  return [
    ...(desk.invitation === null ? [] : [bearer(desk.invitation(), token)]),
    ...(desk.takesBasic ? [`Basic realm=${quoted(realm)}, charset="UTF-8"`] : []),
  ]
}

/** As Exchange writes it: Outlook takes a server without `authorization_uri` for one that knows no ActiveSync. */
function bearer(invitation: BearerInvitation, token: Denied['token']): string {
  const { clientId, authorizationUri, trustedIssuers, issuerKind, scopes } = invitation
  const parameters: readonly (readonly [name: string, value: string | null])[] = [
    ['client_id', clientId],
    ['trusted_issuers', trustedIssuers.length === 0 ? null : trustedIssuers.join(',')],
    ['token_types', 'app_asserted_user_v1 service_asserted_app_v1'],
    ['authorization_uri', authorizationUri],
    ['issuer_kind', issuerKind],
    ['error', token === undefined ? null : tokenErrors[token]],
    ['scope', token === 'unscoped' && scopes.length > 0 ? scopes.join(' ') : null],
  ]
  return `Bearer ${parameters.flatMap(([name, value]) => (value === null ? [] : [`${name}=${quoted(value)}`])).join(', ')}`
}

const quoted = (text: string) => `"${text.replaceAll(/["\\]|[^\x20-\x7e]/g, '')}"`
