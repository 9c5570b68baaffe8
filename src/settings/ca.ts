// Settings of our own certificate authority for clients, and what contradicts itself among them.
import { isIP } from 'node:net'
import { z } from 'zod'
import { flag, group, number, port, text } from '../setting.ts'

const address = z
  .string('must be text')
  .refine((value) => value === '*' || isIP(value) !== 0, 'must be an IP address of this machine, or *')
const origin = z
  .string('must be text')
  .refine(isOrigin, 'must be the start of an address, such as http://mail.example.com')
  .transform((value) => new URL(value).origin)
  .nullable()

export const caSettings = group({
  automatic: flag<boolean>(false, {
    environment: 'EASEL_CA_AUTOMATIC',
    description: 'Whether our own authority for client certificates is made once somebody needs it; else by `easel ca init`.',
  }),
  days: number(397, [1, 3650], {
    environment: 'EASEL_CA_DAYS',
    description: 'How long client certificates live, days. None outlives the authority.',
  }),
  listHours: number(24, [1, 2160], {
    environment: 'EASEL_CA_LIST_HOURS',
    description: 'How long a list of revoked certificates is good, hours. It is signed anew at half of it, and with each revocation.',
  }),
  listOrigin: text(origin, null, {
    environment: 'EASEL_CA_LIST_ORIGIN',
    shown: 'by `ca.listPort`, else as phones reach the server',
    description:
      'What the address of that list in each certificate starts with. Programs that fetch such lists by plain HTTP alone need `http://…` here, or `ca.listPort`.',
  }),
  listPort: port(null, {
    environment: 'EASEL_CA_LIST_PORT',
    description:
      'Port where these lists lie for the world by plain HTTP, where `acme.port` and no proxy does that: 80. Whatever else is asked there is sent to HTTPS.',
  }),
  listAddress: text(address, '*', { environment: 'EASEL_CA_LIST_ADDRESS', description: 'Address to listen on; `*` for all.' }),
})

function isOrigin(value: string): boolean {
  if (!URL.canParse(value)) return false
  const url = new URL(value)
  return /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === '' && url.hash === '' && url.username === ''
}
