// The settings of Autodiscover: for which domains it answers, and who is to be sent elsewhere.
import { z } from 'zod'
import { group, list } from '../setting.ts'

const domainPattern = '[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+'
const isDomain = (text: string) => new RegExp(`^${domainPattern}$`, 'i').test(text)
const isAddress = (text: string) => new RegExp(`^[^\\s@=]+@${domainPattern}$`, 'i').test(text)

const domain = z
  .string('must be text')
  .refine(isDomain, 'must hold domains such as example.com')
  .transform((text) => text.toLowerCase())
const rule = z
  .string('must be text')
  .refine(
    (text) => parts(text) !== null,
    'must hold WHO=WHERE, where WHO is an address, a domain or group:NAME, and WHERE is https://server, an address or a domain',
  )

export const autodiscoverSettings = group({
  domains: list(
    {
      environment: 'EASEL_AUTODISCOVER_DOMAINS',
      description: "Mail domains that are answered for, besides the accounts' own and those that this server's names lie in.",
    },
    domain,
  ),
  moved: list(
    {
      environment: 'EASEL_MOVED',
      description:
        'Accounts that live elsewhere, `WHO=WHERE`: an address, a domain or `group:NAME`, and the server that has them (`https://mail2.example.com`), or the address or domain they have now. See docs/deploy/README.md.',
    },
    rule,
  ),
})

function parts(text: string): readonly [who: string, where: string] | null {
  const at = text.lastIndexOf('=')
  if (at === -1) return null
  const [who, where] = [text.slice(0, at), text.slice(at + 1)]
  if (!isDomain(who) && !isAddress(who) && !/^group:.+/.test(who)) return null
  return isDomain(where) || isAddress(where) || isServer(where) ? [who, where] : null
}

function isServer(text: string): boolean {
  return URL.canParse(text) && text.startsWith('https://') && new URL(text).href === `${new URL(text).origin}/`
}

/** What contradicts itself, a sentence each. */
export function autodiscoverContradictions({ moved }: z.output<typeof autodiscoverSettings>): string[] {
  const setting = 'autodiscover.moved (EASEL_MOVED)'
  return moved.flatMap((text) => {
    const [who, where] = parts(text) ?? ['', '']
    if (isAddress(where) && !isAddress(who))
      return [`${setting} gives one address to many people (${text}): name the domain they have now.`]
    if (who.toLowerCase() === where.toLowerCase()) return [`${setting} sends ${who} in a circle: name another place, or leave it out.`]
    return []
  })
}
