// The README's two commands in a clean clone: npm ci, npm start, a phone's first question, a stop, a second start; and npm test.
// Usage: node smoke.mjs FOLDER NPM [ARGUMENTS…], where NPM is the npm to use (`npm`, or `npx --yes npm@10`). SMOKE_TESTS names some of the
// tests where not all shall run.
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

const [folder, ...npm] = process.argv.slice(2)
const state = mkdtempSync(join(tmpdir(), 'easel-smoke-'))
const data = join(state, 'data')
const ports = { https: await freePort(), lmtp: await freePort(), admin: await freePort() }
// Nothing of this machine's settings but what the command itself would find; npm must not think that it runs inside npm.
const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'CI' && !/^(EASEL_|npm_)/.test(name))),
  EASEL_DATA: data,
  EASEL_HTTPS_PORT: String(ports.https),
  EASEL_LMTP_PORT: String(ports.lmtp),
  EASEL_ADMIN_PORT: String(ports.admin),
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

function run(...command) {
  const [program, ...args] = command
  return execFileSync(program, args, { cwd: folder, env: environment, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}

function listens(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(socket.destroy() !== null))
    socket.once('error', () => resolve(false))
  })
}

/** Starts the server by npm; resolves once it has said where it listens, and does. */
async function start() {
  const [program, ...args] = [...npm, 'start']
  const child = spawn(program, args, { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  let output = ''
  child.stdout.on('data', (piece) => (output += piece))
  const begun = Date.now()
  while (!(output.includes(`:${ports.https}`) && (await listens(ports.https)))) {
    assert.equal(child.exitCode, null, `npm start ended:\n${output}`)
    assert(Date.now() - begun < 30_000, `npm start did not say where it listens:\n${output}`)
    await setTimeout(100)
  }
  return { child, output: () => output }
}

/** The processes below `pid`, nearest first. */
function descendants(pid) {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid
      } catch {
        return false
      }
    })
    .map(Number)
  return [...children, ...children.flatMap(descendants)]
}

const alive = (pid) => {
  try {
    process.kill(pid, 0)
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** Ends the server by `signal`; everything that `npm start` started must be gone in 5 seconds, in good order. */
async function stop({ child, output }, signal) {
  const pids = descendants(child.pid)
  // The launcher, whatever npm or npx put in between: the parent of the last one, which is the server.
  const launcher = pids.at(-2)
  assert(launcher !== undefined, 'npm start runs no launcher')
  const begun = Date.now()
  // A service manager signals the process; a terminal's Ctrl-C goes to everyone in the group.
  process.kill(signal === 'SIGTERM' ? launcher : -child.pid, signal)
  while (pids.some(alive) && Date.now() - begun < 5000) await setTimeout(50)
  assert.deepEqual(pids.filter(alive), [], `still running 5 seconds after ${signal}`)
  assert.equal(await listens(ports.https), false, 'somebody still listens')
  assert.match(output(), /"msg":"stopped"/, `no orderly stop:\n${output()}`)
  console.log(`${signal}: stopped in ${Date.now() - begun} ms`)
}

/** What a phone asks first, with nothing but the authority's certificate to go by. */
function options(authority, ...more) {
  const { stdout, stderr, status } = spawnSync(
    'curl',
    ['-sS', '-i', '-X', 'OPTIONS', '--cacert', authority, ...more, `https://localhost:${ports.https}/Microsoft-Server-ActiveSync`],
    { encoding: 'utf8' },
  )
  assert.equal(status, 0, stderr)
  return stdout
}

/** The console asks who is there, and shows nothing else to anybody. */
function consoleSays(authority) {
  const { stdout, stderr, status } = spawnSync('curl', ['-sSL', '--cacert', authority, `https://localhost:${ports.admin}/`], {
    encoding: 'utf8',
  })
  assert.equal(status, 0, stderr)
  return stdout
}

const accounts = () => JSON.parse(run('npx', 'easel', 'account', 'list', '--json')).map(({ address }) => address)

try {
  console.log(run(...npm, '--version').trim())
  run(...npm, 'ci', '--no-audit', '--no-fund')

  const first = await start()
  const authority = join(state, 'authority.pem')
  writeFileSync(authority, run('npx', 'easel', 'profile', '--pem'))
  assert.match(options(authority), /^HTTP\/1\.1 401 [\s\S]*^www-authenticate: basic/im, 'OPTIONS without a password')
  assert.match(consoleSays(authority), /<form[^>]*action="\/login"/, 'the console asks for a login')
  const before = accounts()
  assert(before.length >= 2, `demo accounts: ${before.join(', ')}`)
  const added = spawnSync('npx', ['easel', 'account', 'add', 'smoke@example.com', '--password-stdin'], {
    cwd: folder,
    env: environment,
    input: 'correct horse\n',
    encoding: 'utf8',
  })
  assert.equal(added.status, 0, added.stderr)
  assert.match(options(authority, '-u', 'smoke@example.com:correct horse'), /^ms-asprotocolversions: .*16\.1/im, 'OPTIONS with a password')
  await stop(first, 'SIGTERM')

  assert.deepEqual(accounts(), [...before, 'smoke@example.com'], 'the stopped store')
  const second = await start()
  assert.equal(run('npx', 'easel', 'profile', '--pem'), readFileSync(authority, 'utf8'), 'the authority was made anew')
  assert.deepEqual(accounts(), [...before, 'smoke@example.com'], 'the second start')
  assert.match(options(authority, '-u', 'smoke@example.com:correct horse'), /^HTTP\/1\.1 200/m)
  await stop(second, 'SIGINT')

  // As a newcomer runs it: without the reference folder, and with fewer random lives than elsewhere.
  const some = (process.env.SMOKE_TESTS ?? '').split(' ').filter(Boolean)
  const command = [...npm.slice(1), 'test', ...(some.length === 0 ? [] : ['--', ...some])]
  const tested = spawnSync(npm[0], command, { cwd: folder, env: { ...environment, EASEL_LIVES: '5' }, encoding: 'utf8' })
  console.log(tested.stdout.split('\n').slice(-8).join('\n'))
  assert.equal(tested.status, 0, `npm test:\n${tested.stdout.slice(-8000)}\n${tested.stderr.slice(-2000)}`)
} finally {
  for (const pid of descendants(process.pid)) if (alive(pid)) process.kill(pid, 'SIGKILL')
  rmSync(state, { recursive: true, force: true })
}
