// The settings of S/MIME: whom the server believes about certificates that phones have it check.
import { z } from 'zod'
import { flag, group, namesFile, text } from '../setting.ts'

export const smimeSettings = group({
  trusted: text(z.string('must be text').min(1, 'must not be empty').nullable(), null, {
    environment: 'EASEL_SMIME_TRUSTED',
    paths: namesFile,
    description: "File with the authorities (PEM) of the company's mail certificates, or a folder of such files.",
  }),
  publicRoots: flag<boolean>(true, {
    environment: 'EASEL_SMIME_PUBLIC_ROOTS',
    description: 'Whether the authorities that the machine trusts count for mail certificates as well.',
  }),
})
