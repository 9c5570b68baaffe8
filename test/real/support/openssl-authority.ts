// A certificate authority as companies run it with openssl: its index, its lists, its responder.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, start, until, type Daemon } from './daemon.ts'

export interface OpensslIdentity {
  /** Paths, PEM. */
  readonly cert: string
  readonly key: string
  readonly pem: { readonly cert: string; readonly key: string }
}

export interface OpensslTerms {
  /** `notBefore notAfter` as openssl reads them; a year from now if left out. */
  readonly dates?: readonly [from: string, until: string]
  readonly usage?: string
  readonly names?: string
  /** Lines for the extensions' section. */
  readonly more?: readonly string[]
}

export class OpensslAuthority {
  readonly folder: string
  readonly certificate: string
  #issued = 0

  private constructor(folder: string) {
    this.folder = folder
    this.certificate = join(folder, 'ca.pem')
  }

  /** `subject` as openssl reads it; two of one name are two authorities. */
  static make(folder: string, subject = '/O=Example/CN=Example CA'): OpensslAuthority {
    mkdirSync(folder, { recursive: true })
    const authority = new OpensslAuthority(folder)
    writeFileSync(join(folder, 'index.txt'), '')
    writeFileSync(join(folder, 'index.txt.attr'), 'unique_subject = no\n')
    writeFileSync(join(folder, 'serial'), '1000\n')
    writeFileSync(join(folder, 'crlnumber'), '01\n')
    authority.#configure()
    const make = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '3650',
      '-subj',
      subject,
      '-config',
      'openssl.cnf',
      '-extensions',
      'authority',
    ]
    authority.#run(...make, '-keyout', 'ca.key', '-out', 'ca.pem')
    return authority
  }

  #run(...args: readonly string[]): string {
    const ran = spawnSync('openssl', args, { cwd: this.folder, encoding: 'utf8', timeout: 20_000 })
    if (ran.status !== 0) throw new Error(`openssl ${args.join(' ')}: ${ran.stderr}`)
    return ran.stdout
  }

  #configure({ usage = 'clientAuth', names = 'email:alice@example.com', more = [] }: OpensslTerms = {}): void {
    const lines = [
      '[ca]',
      'default_ca = own',
      '[own]',
      'database = index.txt',
      'serial = serial',
      'crlnumber = crlnumber',
      'new_certs_dir = .',
      'certificate = ca.pem',
      'private_key = ca.key',
      'default_md = sha256',
      'default_days = 365',
      'default_crl_days = 1',
      'policy = any',
      '[any]',
      'commonName = supplied',
      '[req]',
      'distinguished_name = name',
      '[name]',
      '[authority]',
      'basicConstraints = critical,CA:true',
      'keyUsage = critical,keyCertSign,cRLSign',
      'subjectKeyIdentifier = hash',
      '[client]',
      'basicConstraints = critical,CA:false',
      'keyUsage = critical,digitalSignature',
      `extendedKeyUsage = ${usage}`,
      ...(names === '' ? [] : [`subjectAltName = ${names}`]),
      'authorityKeyIdentifier = keyid',
      ...more,
    ]
    writeFileSync(join(this.folder, 'openssl.cnf'), `${lines.join('\n')}\n`)
  }

  issue(terms: OpensslTerms = {}): OpensslIdentity {
    this.#configure(terms)
    const name = `client${++this.#issued}`
    this.#run(
      'req',
      '-new',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-subj',
      `/CN=${name}`,
      '-config',
      'openssl.cnf',
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
    )
    const dates = terms.dates === undefined ? [] : ['-startdate', terms.dates[0], '-enddate', terms.dates[1]]
    this.#run(
      'ca',
      '-batch',
      '-notext',
      '-config',
      'openssl.cnf',
      '-extensions',
      'client',
      ...dates,
      '-in',
      `${name}.csr`,
      '-out',
      `${name}.pem`,
    )
    const [cert, key] = [join(this.folder, `${name}.pem`), join(this.folder, `${name}.key`)]
    return { cert, key, pem: { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') } }
  }

  revoke({ cert }: OpensslIdentity): void {
    this.#run('ca', '-config', 'openssl.cnf', '-revoke', cert)
  }

  /** Writes the list of what was revoked; returns its path. */
  list(): string {
    this.#run('ca', '-config', 'openssl.cnf', '-gencrl', '-out', 'list.new')
    const path = join(this.folder, 'list.pem')
    writeFileSync(path, readFileSync(join(this.folder, 'list.new')))
    return path
  }

  /** Starts its responder: it answers by what stands in the index when it starts, with a certificate made for that. */
  async respond(at: number | null = null): Promise<Daemon & { readonly url: string }> {
    const signer = this.issue({ usage: 'OCSPSigning', names: '', more: ['noCheck = ignored'] })
    const port = at ?? (await freePort())
    const args = ['ocsp', '-port', String(port), '-index', join(this.folder, 'index.txt'), '-CA', this.certificate]
    const daemon = start('openssl', [...args, '-rsigner', signer.cert, '-rkey', signer.key, '-nmin', '5'])
    // It serves one at a time, and for ever whoever connects and says nothing.
    await until('the responder listens', () => daemon.running() && daemon.output().includes('waiting for OCSP'))
    return { ...daemon, url: `http://127.0.0.1:${port}` }
  }
}
