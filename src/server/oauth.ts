// Puts together what judges access tokens, where a provider is configured.
import type { Logger } from 'pino'
import type { Authenticator, BearerCredentials } from '../auth/authenticator.ts'
import { createBearerAuthenticator } from '../auth/bearer.ts'
import type { Budgets } from '../auth/budgets.ts'
import type { BearerInvitation } from '../auth/front-desk.ts'
import { Introspection } from '../auth/oauth/introspection.ts'
import { JsonClient } from '../auth/oauth/json-client.ts'
import { Provider } from '../auth/oauth/provider.ts'
import { Unavailable } from '../auth/password-source.ts'
import type { RememberedRoster } from '../auth/remembered-roster.ts'
import type { Config } from '../config.ts'
import type { Clock } from '../model/clock.ts'
import type { Devices } from '../store/devices.ts'

export interface OauthParts {
  readonly clock: Clock
  readonly log: Logger
  readonly roster: RememberedRoster
  readonly devices: Devices
  readonly budgets: Budgets
}

export interface OauthDesk {
  readonly bearer: Authenticator<BearerCredentials>
  readonly invitation: () => BearerInvitation
}

/** A phone waits while we do. */
const timeoutSeconds = 5

/** Null where there is no provider. The provider is asked at once who he is, and nobody waits for it. */
export function openOauth({ oauth }: Pick<Config, 'oauth'>, parts: OauthParts): OauthDesk | null {
  if (oauth === null) return null
  const { clock, log } = parts
  const { issuer, tokenIssuer, audience, scopes, claim, skewSeconds, ca, introspection: asks } = oauth
  const client = new JsonClient({ ca, timeoutSeconds })
  const provider = new Provider({ issuer, tokenIssuer, client, clock, log })
  const rule = { audiences: audience, scopes, claim, skewSeconds }
  const introspection = asks === null ? null : new Introspection({ provider, client, clock, rule, ...asks })
  provider.metadata().catch((error: unknown) => {
    // What the provider lacks was logged; whoever comes with a token asks again.
    if (!(error instanceof Unavailable)) log.error({ err: error }, 'the identity provider could not be looked at')
  })
  const { challengeClientId: clientId, authorizationUri, trustedIssuers, issuerKind } = oauth
  return {
    bearer: createBearerAuthenticator({ ...parts, provider, introspection, rule }),
    invitation: () => ({
      clientId,
      authorizationUri: authorizationUri ?? provider.known?.authorizationUri ?? null,
      trustedIssuers,
      issuerKind,
      scopes,
    }),
  }
}
