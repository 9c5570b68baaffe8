// OpenLDAP's server on random loopback ports, filled with a company of five thousand: what people run who have no Active Directory.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort, listens, programPath, run, selfSigned, start, temporaryFolder, until } from './daemon.ts'
import { DirectoryDaemon } from './directory-daemon.ts'
import { mailCertificate } from './mail-certificate.ts'
import { slapdEntries } from './slapd-entries.ts'

export const suffix = 'dc=easel,dc=example'
const schemas = '/etc/ldap/schema'
const rootPassword = 'root secret'
const modules = '/usr/lib/ldap'
const debian = { user: 'openldap', group: 'openldap' }

export interface SlapdOptions {
  /** How many people besides the cast. */
  readonly crowd?: number
}

export class Slapd extends DirectoryDaemon {
  #ports = { ldap: 0, ldaps: 0 }
  /** The path of the certificate to be pinned, PEM. */
  readonly ca: string
  /** May read everything but passwords. */
  readonly service = { dn: `cn=easel,ou=services,${suffix}`, password: 'service secret' }

  private constructor(folder: string, ca: string) {
    super(folder)
    this.ca = ca
  }

  static async start({ crowd = 5000 }: SlapdOptions = {}): Promise<Slapd> {
    const folder = temporaryFolder()
    const { certificate, key } = selfSigned(folder)
    const slapd = new Slapd(folder, certificate)
    try {
      await slapd.#load(crowd, key)
      await slapd.#settle()
    } catch (error) {
      await slapd.dispose()
      throw error
    }
    return slapd
  }

  async #load(crowd: number, key: string): Promise<void> {
    const { folder, ca, service } = this
    await mkdir(join(folder, 'db'))
    const entries = slapdEntries(suffix, crowd, service, await mailCertificate(folder, 'alice@north.example'))
    const [settings, ldif] = [join(folder, 'slapd.conf'), join(folder, 'entries.ldif')]
    await writeFile(settings, configuration(folder, ca, key, service.dn))
    await writeFile(ldif, entries)
    const loaded = await run(programPath('slapadd') ?? 'slapadd', ['-q', '-f', settings, '-l', ldif])
    if (loaded.code !== 0) throw new Error(`slapadd: ${loaded.stderr}`)
    // The key is the daemon's alone; a plain user who runs the tests is that daemon himself.
    if (process.getuid?.() === 0) await run('chown', ['-R', `${debian.user}:${debian.group}`, folder])
  }

  /** Looks for ports: one that was free a moment ago may be another daemon's now. */
  async #settle(): Promise<void> {
    for (let tries = 1; ; tries++) {
      this.#ports = { ldap: await freePort(), ldaps: await freePort() }
      try {
        return await this.boot()
      } catch (error) {
        if (tries === 3) throw error
      }
    }
  }

  get ports(): { readonly ldap: number; readonly ldaps: number } {
    return this.#ports
  }

  get urls(): { readonly plain: string; readonly tls: string } {
    return { plain: `ldap://localhost:${this.ports.ldap}`, tls: `ldaps://localhost:${this.ports.ldaps}` }
  }

  /** Starts it on its ports, again if it was stopped. */
  async boot(): Promise<void> {
    const { ldap, ldaps } = this.ports
    const own = process.getuid?.() === 0 ? ['-u', debian.user, '-g', debian.group] : []
    // `-d stats` keeps it in the foreground, and has it print each operation.
    const daemon = start(programPath('slapd') ?? 'slapd', [
      ...['-f', join(this.folder, 'slapd.conf'), '-d', 'stats', ...own],
      ...['-h', `ldap://127.0.0.1:${ldap} ldaps://127.0.0.1:${ldaps}`],
    ])
    this.runs(daemon)
    await until('slapd listens', async () => daemon.running() && (await listens(ldap)) && listens(ldaps))
  }

  /** How many simple binds with a password it has seen of this name. */
  binds(dn: string): number {
    return this.log.split('\n').filter((line) => line.toLowerCase().includes(`bind dn="${dn.toLowerCase()}" method=128`)).length
  }

  /** Changes entries, as LDIF; the root of the directory does it. */
  async modify(ldif: string): Promise<void> {
    const { code, stderr } = await run('ldapmodify', [...this.#asRoot()], ldif)
    if (code !== 0) throw new Error(`ldapmodify: ${stderr}`)
  }

  async remove(dn: string): Promise<void> {
    const { code, stderr } = await run('ldapdelete', [...this.#asRoot(), dn])
    if (code !== 0) throw new Error(`ldapdelete: ${stderr}`)
  }

  #asRoot(): string[] {
    return ['-x', '-H', `ldap://127.0.0.1:${this.ports.ldap}`, '-D', `cn=root,${suffix}`, '-w', rootPassword]
  }
}

function configuration(folder: string, certificate: string, key: string, service: string): string {
  const indices = ['objectClass eq', 'uid,mail,cn,sn,givenName,displayName eq,sub', 'member,memberUid,entryUUID,gidNumber eq']
  return `
    ${['core', 'cosine', 'inetorgperson', 'nis'].map((name) => `include ${schemas}/${name}.schema`).join('\n    ')}
    attributetype ( 1.3.6.1.4.1.32473.1.1 NAME 'easelHidden' EQUALITY booleanMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.7 SINGLE-VALUE )
    attributetype ( 1.3.6.1.4.1.32473.1.2 NAME 'easelDisabled' EQUALITY booleanMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.7 SINGLE-VALUE )
    attributetype ( 1.3.6.1.4.1.32473.1.3 NAME 'msExchHideFromAddressLists' EQUALITY booleanMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.7 SINGLE-VALUE )
    objectclass ( 1.3.6.1.4.1.32473.2.1 NAME 'easelExtras' AUXILIARY MAY ( easelHidden $ easelDisabled $ mail $ displayName $ msExchHideFromAddressLists ) )
    modulepath ${modules}
    moduleload back_mdb
    moduleload ppolicy
    pidfile ${folder}/pid
    argsfile ${folder}/args
    TLSCertificateFile ${certificate}
    TLSCertificateKeyFile ${key}
    idletimeout 0
    sizelimit 500
    database mdb
    maxsize 268435456
    suffix "${suffix}"
    rootdn "cn=root,${suffix}"
    rootpw "${rootPassword}"
    directory ${folder}/db
    dbnosync
    ${indices.map((index) => `index ${index}`).join('\n    ')}
    # Pages may go on for as long as there are entries; without them a search ends after 500.
    limits dn.exact="${service}" size.soft=500 size.hard=500 size.pr=500 size.prtotal=unlimited
    access to attrs=userPassword by anonymous auth by * none
    access to * by dn.exact="${service}" read by * none
    overlay ppolicy
    ppolicy_default "cn=default,ou=policies,${suffix}"
    ppolicy_use_lockout
  `.replaceAll(/^ {4}/gm, '')
}
