// Settings of enrolment: what a profile puts on a phone, and how it gets there.
import { z } from 'zod'
import { flag, group, list, number, text, word } from '../setting.ts'

const address = z
  .string('must be text')
  .refine((value) => URL.canParse(value) && new URL(value).protocol === 'https:', 'must be an https address')
  .nullable()

export const enrolmentSettings = group({
  kinds: list(
    {
      environment: 'EASEL_ENROLMENT_KINDS',
      description:
        'What users may choose for their phones, of `password`, `certificate`, `scep` and `oauth`; left out, whatever phones can come in with (`login.basic`, `certificates.mode` with an authority of our own, `oauth.issuer`).',
    },
    z.enum(['password', 'certificate', 'scep', 'oauth'], 'must hold password, certificate, scep or oauth') as z.ZodType<string>,
  ),
  linkHours: number(24, [1, 720], {
    environment: 'EASEL_ENROLMENT_LINK_HOURS',
    description: 'How long a link to a profile, and the challenge in a profile for SCEP, are good, hours.',
  }),
  organization: text(z.string('must be text').min(1, 'must not be empty').max(200).nullable(), null, {
    environment: 'EASEL_ORGANIZATION',
    description: 'Who a profile says it is from.',
  }),
  pastDays: word(['1', '3', '7', '14', '31', 'all'], '7', {
    environment: 'EASEL_ENROLMENT_PAST_DAYS',
    description: 'How many days of mail a phone with a profile shows at first; its owner may change that.',
  }),
  preventMove: flag<boolean>(false, {
    environment: 'EASEL_ENROLMENT_PREVENT_MOVE',
    description: 'Whether a phone with a profile keeps its owner from moving mail into another account.',
  }),
  keepRecents: flag<boolean>(false, {
    environment: 'EASEL_ENROLMENT_KEEP_RECENTS',
    description: 'Whether a phone with a profile keeps the addresses its owner wrote to out of his iCloud.',
  }),
  smime: word(['off', 'allowed', 'sign', 'encrypt'], 'off', {
    environment: 'EASEL_ENROLMENT_SMIME',
    description: 'S/MIME on a phone with a profile: `allowed` lets its owner turn it on, `sign` signs, `encrypt` signs and encrypts.',
  }),
  identityPassword: word(['included', 'asked'], 'included', {
    environment: 'EASEL_ENROLMENT_IDENTITY_PASSWORD',
    description:
      'The password of a certificate in a profile: `included` in it (whoever has the profile has the key), or `asked` for by the phone and shown beside the link.',
  }),
  oauthSignInUrl: text(address, null, {
    environment: 'EASEL_ENROLMENT_OAUTH_SIGN_IN',
    shown: 'as the server tells the phone',
    description: 'Where a phone with a profile of the kind `oauth` logs in.',
  }),
  oauthTokenUrl: text(address, null, {
    environment: 'EASEL_ENROLMENT_OAUTH_TOKEN',
    shown: 'as the server tells the phone',
    description: 'Where it gets its tokens.',
  }),
})

interface Entrances {
  readonly enrolment: z.output<typeof enrolmentSettings>
  readonly certificates: { readonly mode: string }
  readonly oauth: { readonly issuer: string | null }
}

/** Sentences about what cannot stand together. */
export function enrolmentContradictions({ enrolment, certificates, oauth }: Entrances): string[] {
  const { kinds, oauthSignInUrl, oauthTokenUrl } = enrolment
  const checks: readonly (readonly [contradiction: boolean, sentence: string])[] = [
    [
      (oauthSignInUrl === null) !== (oauthTokenUrl === null),
      'enrolment.oauthSignInUrl (EASEL_ENROLMENT_OAUTH_SIGN_IN) and enrolment.oauthTokenUrl (EASEL_ENROLMENT_OAUTH_TOKEN) go together: give both or neither.',
    ],
    [
      kinds.includes('oauth') && oauth.issuer === null,
      'enrolment.kinds offers oauth, but no provider is asked about tokens: set oauth.issuer (EASEL_OAUTH_ISSUER).',
    ],
    [
      (kinds.includes('certificate') || kinds.includes('scep')) && certificates.mode === 'off',
      'enrolment.kinds offers certificates, but they are no login: set certificates.mode (EASEL_CERTIFICATES) to accept or require.',
    ],
  ]
  return checks.filter(([contradiction]) => contradiction).map(([, sentence]) => sentence)
}
