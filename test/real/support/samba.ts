// A real Active Directory domain controller: Samba, speaking nothing but LDAP, on an address of the loopback network of its own.
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { programPath, run, selfSigned, start, temporaryFolder, until } from './daemon.ts'
import { DirectoryDaemon } from './directory-daemon.ts'
import { mailCertificate } from './mail-certificate.ts'
import { castDn, lockoutThreshold, sambaEntries, sambaSchema } from './samba-entries.ts'

export const domain = { realm: 'EASEL.EXAMPLE', netbios: 'EASEL', suffix: 'DC=easel,DC=example' }
const administrator = { dn: `CN=Administrator,CN=Users,${domain.suffix}`, password: 'Passw0rd-of-Root' }
/** Debian's, which finds the modules of Samba; another that comes first in PATH would not. */
const python = '/usr/bin/python3'

/** Whether this is root: Samba's ports are those of LDAP, below 1024, and its files are the system's. */
export const mayRunSamba = process.getuid?.() === 0

export class Samba extends DirectoryDaemon {
  /** Ports cannot be chosen, so the address is: 127.64.0.1 to 127.127.254.254. */
  readonly address: string
  /** The path of the certificate to be pinned, PEM. */
  readonly ca: string
  /** A plain user, who may read what every user may. */
  readonly service = { dn: `CN=Easel Service,OU=Services,${domain.suffix}`, password: 'Serv1ce-secret' }

  private constructor(folder: string, address: string, ca: string) {
    super(folder)
    this.address = address
    this.ca = ca
  }

  /** Provisions a domain, which takes a few seconds, and fills it. */
  static async start(): Promise<Samba> {
    const folder = temporaryFolder()
    const address = ['127', 64 + (process.pid % 64), Math.trunc(process.hrtime()[1] / 1000) % 255, 1].join('.')
    const { certificate, key } = selfSigned(folder, address)
    await chmod(key, 0o600)
    const samba = new Samba(folder, address, certificate)
    try {
      await samba.#provision(certificate, key)
      await samba.boot()
      await samba.#fill()
    } catch (error) {
      await samba.dispose()
      throw error
    }
    return samba
  }

  async #fill(): Promise<void> {
    const { suffix } = domain
    await this.modify(sambaSchema(suffix))
    await this.modify(sambaEntries(suffix, this.service, await mailCertificate(this.folder, 'alice@north.example')))
    await this.#letPasswordExpire(castDn(suffix, 'paul'))
    for (let tries = 0; tries < lockoutThreshold; tries++) await this.logIn('lena', 'wrong')
  }

  get urls(): { readonly plain: string; readonly tls: string } {
    return { plain: `ldap://${this.address}`, tls: `ldaps://${this.address}` }
  }

  async #provision(certificate: string, key: string): Promise<void> {
    const { folder, address } = this
    for (const name of ['run', 'cache', 'ncalrpc']) await mkdir(join(folder, name))
    const provisioned = await run(programPath('samba-tool') ?? 'samba-tool', [
      ...['domain', 'provision', `--realm=${domain.realm}`, `--domain=${domain.netbios}`, '--server-role=dc', '--use-rfc2307'],
      ...['--dns-backend=NONE', `--adminpass=${administrator.password}`, `--targetdir=${folder}`, '--host-name=dc1'],
      ...[
        `--host-ip=${address}`,
        `--option=interfaces=${address}/8`,
        '--option=bind interfaces only=yes',
        `--option=log file=${folder}/log`,
      ],
    ])
    if (provisioned.code !== 0) throw new Error(`samba-tool domain provision: ${provisioned.stderr}`)
    await writeFile(join(folder, 'smb.conf'), configuration(folder, address, certificate, key))
  }

  /** Starts it at its address, again if it was stopped. */
  async boot(): Promise<void> {
    // One process, so that a signal reaches all of it.
    const daemon = start(programPath('samba') ?? 'samba', [
      ...['--foreground', '--no-process-group', '--debug-stdout', '--model=single', '-s', join(this.folder, 'smb.conf')],
    ])
    this.runs(daemon)
    const asks = ['-x', '-H', this.urls.tls, '-s', 'base', '-b', '', 'defaultNamingContext']
    await until('Samba answers', async () => daemon.running() && (await run('ldapsearch', asks, '', this.#trusting)).code === 0)
  }

  /** How many logins it has seen of this account (`sAMAccountName`). */
  binds(account: string): number {
    return this.log
      .split('\n')
      .filter((line) => line.includes('"type": "Authentication"') && line.includes(`"mappedAccount": "${account}"`)).length
  }

  /** The values of one attribute of a person, as the administrator sees them. */
  async attribute(account: string, name: string): Promise<string[]> {
    const { stdout } = await run(
      'ldapsearch',
      [...this.#asAdministrator(), '-LLL', '-o', 'ldif-wrap=no', '-b', domain.suffix, `(sAMAccountName=${account})`, name],
      '',
      this.#trusting,
    )
    return stdout.split('\n').flatMap((line) => (line.startsWith(`${name}: `) ? [line.slice(name.length + 2)] : []))
  }

  /** Changes entries, as LDIF. */
  async modify(ldif: string): Promise<void> {
    const { code, stderr } = await run('ldapmodify', [...this.#asAdministrator(), '-a'], ldif, this.#trusting)
    if (code !== 0) throw new Error(`ldapmodify: ${stderr}`)
  }

  async remove(dn: string): Promise<void> {
    const { code, stderr } = await run('ldapdelete', [...this.#asAdministrator(), dn], '', this.#trusting)
    if (code !== 0) throw new Error(`ldapdelete: ${stderr}`)
  }

  /** A login past Easel; whether it went well. */
  async logIn(account: string, password: string): Promise<boolean> {
    const as = ['-x', '-H', this.urls.tls, '-D', `${domain.netbios}\\${account}`, '-w', password, '-s', 'base', '-b', '', 'dn']
    return (await run('ldapsearch', as, '', this.#trusting)).code === 0
  }

  #asAdministrator(): string[] {
    return ['-x', '-H', this.urls.tls, '-D', administrator.dn, '-w', administrator.password]
  }

  get #trusting(): NodeJS.ProcessEnv {
    return { ...process.env, LDAPTLS_CACERT: this.ca }
  }

  /** Nobody can say over LDAP that a password is old: it is written past the module that keeps passwords (BYPASS_PASSWORD_HASH). */
  async #letPasswordExpire(dn: string): Promise<void> {
    const script = `
import ldb, sys
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB
settings = LoadParm()
settings.load(sys.argv[1])
database = SamDB(session_info=system_session(settings), lp=settings)
change = ldb.Message(ldb.Dn(database, sys.argv[2]))
change["pwdLastSet"] = ldb.MessageElement("131000000000000000", ldb.FLAG_MOD_REPLACE, "pwdLastSet")
database.modify(change, controls=["local_oid:1.3.6.1.4.1.7165.4.3.12:0"])
`
    const { code, stderr } = await run(python, ['-c', script, join(this.folder, 'smb.conf'), dn])
    if (code !== 0) throw new Error(`SamDB.modify: ${stderr}`)
  }
}

function configuration(folder: string, address: string, certificate: string, key: string): string {
  const settings = {
    ...{ realm: domain.realm, workgroup: domain.netbios, 'netbios name': 'DC1', 'disable netbios': 'yes' },
    ...{ 'server role': 'active directory domain controller', 'server services': 'ldap', 'dcerpc endpoint servers': '-none' },
    ...{ interfaces: `${address}/8`, 'bind interfaces only': 'yes' },
    ...{ 'private dir': `${folder}/private`, 'lock directory': folder, 'state directory': `${folder}/state` },
    ...{ 'cache directory': `${folder}/cache`, 'pid directory': `${folder}/run`, 'ncalrpc dir': `${folder}/ncalrpc` },
    ...{
      'winbindd socket directory': `${folder}/winbindd`,
      'ntp signd socket directory': `${folder}/ntp`,
      'binddns dir': `${folder}/bind-dns`,
    },
    ...{ 'tls enabled': 'yes', 'tls certfile': certificate, 'tls keyfile': key, 'tls cafile': '' },
    // What Windows asks for as well: no password over a connection that is not encrypted.
    'ldap server require strong auth': 'yes',
    'dsdb:schema update allowed': 'yes',
    // By itself it takes the password before the last for an hour more.
    'old password allowed period': '0',
    'idmap_ldb:use rfc2307': 'yes',
    'log level': '1 auth_json_audit:3',
  }
  return ['[global]', ...Object.entries(settings).map(([name, value]) => `  ${name} = ${value}`), ''].join('\n')
}
