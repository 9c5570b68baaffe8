// Settings of the identity provider whose access tokens phones may come in with.
import { z } from 'zod'
import { Secret } from '../log.ts'
import { group, list, namesFile, number, text } from '../setting.ts'

const words = z.string('must be text').min(1, 'must not be empty')
const secret = words.transform((value) => new Secret(value)).nullable()
const address = words.refine(isProviderAddress, 'must be an https address, such as https://login.example.com/realms/staff').nullable()

export const oauthSettings = group({
  issuer: text(address, null, {
    environment: 'EASEL_OAUTH_ISSUER',
    description:
      'The identity provider whose access tokens are taken: its discovery document lies below, at `/.well-known/openid-configuration`.',
  }),
  tokenIssuer: text(words.nullable(), null, {
    environment: 'EASEL_OAUTH_TOKEN_ISSUER',
    shown: 'the same as `oauth.issuer`',
    description: 'What its tokens call it (`iss`), where that is another name, as with AD FS.',
  }),
  audience: list({ environment: 'EASEL_OAUTH_AUDIENCE', description: 'Whom tokens have to be meant for (`aud`): one of these. Needed.' }),
  scopes: list({ environment: 'EASEL_OAUTH_SCOPES', description: 'Scopes that a token has to have, all of them.' }),
  claim: text(words, 'email', {
    environment: 'EASEL_OAUTH_CLAIM',
    description:
      'The claim that names the account: `email`, `upn`, `preferred_username`, `sub` or any other whose text is a login name here.',
  }),
  skewSeconds: number(60, [0, 600], {
    environment: 'EASEL_OAUTH_SKEW',
    description: 'How far the clocks of the provider and of this server may be apart, seconds.',
  }),
  clientId: text(words.nullable(), null, {
    environment: 'EASEL_OAUTH_CLIENT_ID',
    description: 'With which the provider is asked about tokens that are not signed (RFC 7662). Without it only signed ones are taken.',
  }),
  clientSecret: text(secret, null, { environment: 'EASEL_OAUTH_CLIENT_SECRET', description: 'The secret of `oauth.clientId`.' }),
  clientSecretFile: text(words.nullable(), null, {
    environment: 'EASEL_OAUTH_CLIENT_SECRET_FILE',
    paths: namesFile,
    description: 'File that holds the secret instead.',
  }),
  ca: text(words.nullable(), null, {
    environment: 'EASEL_OAUTH_CA',
    paths: namesFile,
    shown: 'the public ones',
    description: "PEM file of the authority that signed the provider's certificate.",
  }),
  authorizationUri: text(address, null, {
    environment: 'EASEL_OAUTH_AUTHORIZATION_URI',
    shown: 'from the provider',
    description: 'Where phones are told that people log in.',
  }),
  challengeClientId: text(words, '00000002-0000-0ff1-ce00-000000000000', {
    environment: 'EASEL_OAUTH_CHALLENGE_CLIENT_ID',
    description: 'What the challenge calls this server (`client_id`); by itself what Exchange calls itself everywhere.',
  }),
  trustedIssuers: list({
    environment: 'EASEL_OAUTH_TRUSTED_ISSUERS',
    description: "The challenge's `trusted_issuers`, for clients that want them: `00000001-0000-0000-c000-000000000000@TENANT` for Entra.",
  }),
  issuerKind: text(words.nullable(), null, {
    environment: 'EASEL_OAUTH_ISSUER_KIND',
    description: "The challenge's `issuer_kind`: `ADFS` or `AzureAD`, as Exchange writes it.",
  }),
})

type OauthSettings = z.output<typeof oauthSettings>

/** The identity provider, with the files read. */
export interface Oauth extends Omit<OauthSettings, 'issuer' | 'clientId' | 'clientSecret' | 'clientSecretFile'> {
  readonly issuer: string
  /** PEM of a private authority; null for the public ones. */
  readonly ca: string | null
  /** With what the provider is asked about tokens; null where it is not. */
  readonly introspection: { readonly clientId: string; readonly clientSecret: Secret } | null
}

type Reader = (path: string, setting: string) => string

/** Null where no tokens are taken. `read` gives the content of a file, given the setting that names it. */
export function decideOauth(given: OauthSettings, read: { readonly secret: Reader; readonly authorities: Reader }): Oauth | null {
  const { issuer, clientId, clientSecret, clientSecretFile, ...rest } = given
  if (issuer === null) return null
  const secret =
    clientSecretFile === null
      ? clientSecret
      : new Secret(read.secret(clientSecretFile, 'oauth.clientSecretFile (EASEL_OAUTH_CLIENT_SECRET_FILE)').trim())
  return {
    ...rest,
    issuer,
    ca: rest.ca === null ? null : read.authorities(rest.ca, 'oauth.ca (EASEL_OAUTH_CA)'),
    introspection: clientId === null || secret === null ? null : { clientId, clientSecret: secret },
  }
}

/** What contradicts itself, in sentences. */
export function oauthContradictions({ issuer, audience, clientId, clientSecret, clientSecretFile }: OauthSettings): string[] {
  const checks: readonly (readonly [contradiction: boolean, sentence: string])[] = [
    [
      issuer !== null && audience.length === 0,
      'oauth.issuer is set, but not whom its tokens are meant for: set oauth.audience (EASEL_OAUTH_AUDIENCE), or a token for any other service of the company would open the mailbox.',
    ],
    [
      issuer === null && (audience.length > 0 || clientId !== null),
      'There are settings of OAuth but no provider: set oauth.issuer (EASEL_OAUTH_ISSUER).',
    ],
    [clientSecret !== null && clientSecretFile !== null, 'oauth.clientSecret and oauth.clientSecretFile are both set: keep one.'],
    [
      (clientId === null) !== (clientSecret === null && clientSecretFile === null),
      'oauth.clientId and oauth.clientSecret go together: give both or neither.',
    ],
  ]
  return checks.filter(([contradiction]) => contradiction).map(([, sentence]) => sentence)
}

/** Tokens and secrets travel there: TLS, or this machine. */
function isProviderAddress(value: string): boolean {
  if (!URL.canParse(value)) return false
  const { protocol, hostname, username, search, hash } = new URL(value)
  const isHere = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
  return (protocol === 'https:' || (protocol === 'http:' && isHere)) && username === '' && search === '' && hash === ''
}
