// The REST interface: every action has its place, every role its limits, every failure its status, and the description is true.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { actions, type ActionName } from '../../src/admin/actions.ts'
import type { Action } from '../../src/admin/action.ts'
import { openApi } from '../../src/admin/openapi.ts'
import { fieldsOf, restRoutes, type RestAction, type RestRoute } from '../../src/admin/rest.ts'
import { schemaOf } from '../../src/admin/rest-input.ts'
import { roles, staffRoles, type Role } from '../../src/model/actor.ts'
import type { ApiAnswer, Browser } from '../support/console.ts'
import { password, startTestServer, type TestServer } from '../support/server.ts'

const [alice, bob] = ['alice@example.test', 'bob@example.test']
const table = Object.entries(restRoutes) as [RestAction, RestRoute][]

let server: TestServer
const browsers = {} as Record<Role, Browser>
const tokens = {} as Record<Role, string>
beforeAll(async () => {
  server = await startTestServer({ console: true, accounts: [alice, bob] })
  for (const role of staffRoles) {
    await server.administrator(role, role)
    browsers[role] = server.browser()
    await browsers[role].login(role, password)
  }
  browsers.user = server.browser()
  await browsers.user.login(alice, password)
  for (const role of staffRoles) {
    const { json } = await browsers.administrator.api('POST', '/tokens', { name: `a ${role}`, role })
    tokens[role] = (json as { token: string }).token
  }
  await server.phone(alice, { deviceId: 'ALICE1' })
  for (const deviceId of ['BOB1', 'SPARE1']) await server.phone(bob, { deviceId })
})
afterAll(() => server.close())

const statusAnd = ({ status, json }: ApiAnswer) => [status, (json as { detail?: string }).detail]
const entries = async () => (await server.store.audit.list({}, 1))[0]?.number ?? 0

/** A call that is understood, and does as little as it can. */
function call(route: RestRoute, by: Browser, token?: string): Promise<ApiAnswer> {
  const sample: Readonly<Record<string, string>> = {
    account: bob,
    address: bob,
    device: 'SPARE1',
    id: '999999',
    name: 'nobody-there',
    person: 'nobody-there',
  }
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_all, field: string) => encodeURIComponent(sample[field] ?? field))
  return by.api(route.method, path, route.method === 'GET' || route.method === 'DELETE' ? undefined : {}, token)
}

describe('the table', () => {
  test('has a place for every action but those that are for the shell, and no place twice', () => {
    const shellOnly = (Object.entries(actions) as [ActionName, Action][]).filter(([, action]) => action.shellOnly).map(([name]) => name)
    expect(shellOnly.toSorted()).toEqual(['mail.import', 'mirror.look', 'records.export', 'records.import', 'store.backup'])
    expect([...Object.keys(restRoutes), ...shellOnly].toSorted()).toEqual(Object.keys(actions).toSorted())
    const places = table.map(([, { method, path }]) => `${method} ${path.replaceAll(/\{\w+\}/g, '{}')}`)
    expect(new Set(places).size).toBe(places.length)
  })

  test.each(table)(
    '%s: its path names fields of its input, and nothing is read with a POST or changed with a GET',
    (name, { method, path }) => {
      const action: Action = actions[name]
      const { properties = {} } = schemaOf(action)
      expect(fieldsOf(path).filter((field) => !Object.hasOwn(properties, field))).toEqual([])
      if (method === 'GET') expect(action.kind).toBe('read')
      if (action.kind === 'read' && method !== 'GET') expect(path).toMatch(/\/preview$/)
    },
  )
})

describe('who may do what', () => {
  test.each(table)('%s is for its roles alone, by a session as by a token', async (name, route) => {
    const { roles: allowed } = actions[name] as Action
    for (const role of roles) {
      for (const token of role === 'user' ? [undefined] : [undefined, tokens[role]]) {
        const before = await entries()
        const { status, json } = await call(route, browsers[role], token)
        const how = `${role} by ${token === undefined ? 'session' : 'token'}`
        if (allowed.includes(role)) expect([401, 403, 405, 500], how).not.toContain(status)
        else {
          expect([how, status]).toEqual([how, 403])
          expect(JSON.stringify(json)).toContain('That is not for the role')
          expect(await entries()).toBe(before)
        }
      }
    }
    expect((await call(route, server.browser())).status).toBe(401)
  })

  test('is decided before anything is read of what he asks', async () => {
    const answer = await browsers.auditor.api('PUT', '/access', { nonsense: 'x' })
    expect(statusAnd(answer)).toEqual([403, expect.stringContaining('not for the role auditor')])
  })

  test('the help desk neither locks out nor helps out who works at the console', async () => {
    const staffed = await startTestServer({ console: true, accounts: [alice, bob], environment: { EASEL_AUDITORS: 'audit' } })
    try {
      await staffed.administrator('hal', 'helpdesk')
      await staffed.store.accounts.change((await staffed.accountOf(bob)).id, { groups: ['Audit'] })
      const hal = staffed.browser()
      await hal.login('hal', password)
      expect((await hal.api('POST', `/accounts/${alice}/disable`)).status).toBe(200)
      for (const path of [`/accounts/${bob}/disable`, `/accounts/${bob}/enable`]) expect((await hal.api('POST', path)).status).toBe(422)
      expect((await hal.api('DELETE', `/second-factors/${bob}`)).status).toBe(422)
      expect((await hal.api('DELETE', '/second-factors/hal')).status).toBe(422)
    } finally {
      await staffed.close()
    }
  })
})

describe('a call', () => {
  let admin: Browser
  beforeEach(() => {
    admin = browsers.administrator
  })

  test('puts path, query and body together, and reads numbers and flags from a query', async () => {
    expect(await admin.api('GET', `/devices?account=${alice}`)).toMatchObject({ status: 200, json: [{ id: 'ALICE1', account: alice }] })
    expect(await admin.api('GET', `/accounts/${encodeURIComponent(alice)}/devices/alice1`)).toMatchObject({
      status: 200,
      json: { id: 'ALICE1' },
    })
    expect(((await admin.api('GET', '/audit?limit=2')).json as unknown[]).length).toBe(2)
    expect(await admin.api('PUT', `/accounts/${alice}/devices/ALICE1/label`, { label: 'Phone of Alice' })).toMatchObject({
      json: { label: 'Phone of Alice' },
    })
    expect(await admin.api('PUT', `/accounts/${alice}/devices/ALICE1/label`, { label: null })).toMatchObject({ json: { label: null } })
    expect(await admin.api('PATCH', `/accounts/${alice}`, { groups: ['a', 'b'], syncEnabled: null })).toMatchObject({
      json: { groups: ['a', 'b'] },
    })
    const put = await admin.api('PUT', '/policies/Strict%20ones', { rank: 5, rules: { devicePasswordEnabled: true } })
    expect(put).toMatchObject({ status: 200, json: { name: 'Strict ones', rank: 5 } })
    expect((await admin.api('GET', '/policies/Strict%20ones')).status).toBe(200)
    expect((await admin.api('DELETE', '/policies/Strict%20ones')).status).toBe(200)
  })

  test.each<[what: string, status: number, detail: string | RegExp, method: string, path: string, body?: unknown]>([
    ['a wrong value', 400, /^limit: /, 'GET', '/audit?limit=0'],
    ['a text for a number', 400, /^limit: /, 'GET', '/audit?limit=ten'],
    ['a field twice', 400, /^account: /, 'GET', `/devices?account=${alice}&account=${bob}`],
    [
      'a field that contradicts the path',
      400,
      'account: is said twice',
      'POST',
      `/accounts/${alice}/devices/ALICE1/block`,
      { account: bob },
    ],
    ['a field that contradicts the query', 400, 'device: is said twice', 'POST', `/accounts/${alice}/devices/ALICE1/block?device=BOB1`, {}],
    ['a field nobody knows', 400, 'syncEnable: there is no such field', 'PATCH', `/accounts/${alice}`, { syncEnable: false }],
    ['a prototype’s name', 400, 'constructor: there is no such field', 'PATCH', `/accounts/${alice}`, { constructor: {} }],
    ['a NUL', 400, 'name: must not hold a NUL', 'PATCH', `/accounts/${alice}`, { name: 'a\u0000b' }],
    ['an account nobody has', 404, 'There is no account no@example.test.', 'GET', '/accounts/no@example.test/devices/ALICE1'],
    ['a device nobody has', 404, `There is no device NONE of ${alice}.`, 'GET', `/accounts/${alice}/devices/NONE`],
    ['a device of somebody else', 404, `There is no device BOB1 of ${alice}.`, 'GET', `/accounts/${alice}/devices/BOB1`],
    ['a policy nobody wrote', 404, 'There is no policy None.', 'GET', '/policies/None'],
    ['a wipe nobody asked for', 404, 'There is no wipe 7.', 'POST', '/wipes/7/cancel', {}],
    ['an administrator nobody is', 404, 'There is no administrator none.', 'POST', '/administrators/none/enable', {}],
    ['a token nobody has', 404, 'There is no token none.', 'DELETE', '/tokens/none'],
    [
      'an address that is taken',
      409,
      'That address belongs to an account already.',
      'POST',
      '/accounts',
      { address: alice, password: 'long enough' },
    ],
    [
      'a name that is taken',
      409,
      'That name is taken.',
      'POST',
      '/administrators',
      { name: 'auditor', role: 'auditor', password: 'long enough for all' },
    ],
    ['a refusal', 422, /has to be given exactly/, 'POST', `/accounts/${alice}/devices/ALICE1/wipe`, { scope: 'device', confirm: 'no' }],
    ['a place nobody knows', 404, 'There is nothing here.', 'GET', '/nowhere'],
    ['a method of somewhere else', 405, 'Here are GET, PUT.', 'DELETE', '/access'],
  ])('with %s is a problem of its own', async (_what, status, detail, method, path, body) => {
    const answer = await admin.api(method, path, body)
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect(answer.json).toMatchObject({ type: 'about:blank', status })
    expect(statusAnd(answer)).toEqual([status, typeof detail === 'string' ? detail : expect.stringMatching(detail)])
  })

  test('with a body that cannot be read is told so', async () => {
    const send = (body: string, type: string | null, headers = {}) =>
      admin.send('PUT', '/api/v1/access', {
        body,
        headers: { 'X-CSRF-Token': admin.csrf, ...(type === null ? {} : { 'Content-Type': type }), ...headers },
      })
    expect((await send('{"fallback":', 'application/json')).status).toBe(400)
    expect((await send('[]', 'application/json')).status).toBe(400)
    expect((await send('"x"', 'application/json; charset=utf-8')).status).toBe(400)
    expect((await send('\xff\xfe', 'application/json')).status).toBe(400)
    expect((await send('{"__proto__": {"fallback": "blocked"}}', 'application/json')).status).toBe(400)
    expect((await send('fallback=blocked', 'application/x-www-form-urlencoded')).status).toBe(415)
    expect((await send('{}', 'text/plain')).status).toBe(415)
    expect((await send('{}', null)).status).toBe(415)
    expect((await send('{}', 'application/json', { 'Content-Encoding': 'gzip' })).status).toBe(415)
    expect((await send(`{"x":"${'x'.repeat(300_000)}"}`, 'application/json')).status).toBe(413)
  })

  test('that creates something answers 201', async () => {
    const added = await admin.api('POST', '/accounts', { address: 'carol@example.test', password: 'long enough' })
    expect([added.status, (added.json as { address: string }).address]).toEqual([201, 'carol@example.test'])
  })

  test('for the whole audit log is answered line by line, across its pages', async () => {
    const { audit } = server.store
    const first = await entries()
    const entry = { at: 1, actor: 'x', role: 'user', origin: null, action: 'y', target: null, detail: {} } as const
    for (let count = 0; count < 1100; count++) await audit.append(entry)
    const answer = await admin.api('GET', `/audit/export?from=${first}`)
    expect(answer.headers['content-type']).toBe('application/x-ndjson')
    const numbers = String(answer.json)
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { number: number }).number)
    expect(numbers).toEqual(Array.from({ length: 1101 }, (_, index) => first + index))
    expect((await admin.api('GET', '/audit/verify')).json).toEqual({ broken: null })
  })
})

describe('a token', () => {
  test('is shown once, acts in its own name, and says when it was used', async () => {
    const admin = browsers.administrator
    const made = (await admin.api('POST', '/tokens', { name: 'probe', role: 'helpdesk', days: 2 })).json as {
      token: string
      expiresAt: string
    }
    expect(made.token).toMatch(/^easel_[\w-]{43}$/)
    expect(Date.parse(made.expiresAt)).toBe(server.clock.now() + 2 * 86_400_000)
    const program = server.browser()
    expect((await program.api('POST', `/accounts/${bob}/devices/BOB1/allow`, {}, made.token)).status).toBe(200)
    expect((await server.store.audit.list({ action: 'device.allow' }, 1))[0]).toMatchObject({
      actor: 'token probe',
      role: 'helpdesk',
      origin: '127.0.0.1',
    })
    const listed = JSON.stringify((await admin.api('GET', '/tokens')).json)
    expect(listed).toContain('"name":"probe"')
    expect(listed).not.toContain(made.token)
    const kept = await server.store.apiTokens.list()
    expect(kept.find(({ name }) => name === 'probe')?.usedAt).toBe(server.clock.now())
    // It has no account of its own, and no page.
    expect((await program.api('GET', '/me/devices', undefined, made.token)).status).toBe(422)
    expect((await program.send('GET', '/', { headers: { Authorization: `Bearer ${made.token}` } })).location).toBe('/login')
  })

  test('that is wrong, over or revoked is none, and a session beside it does not help', async () => {
    const admin = browsers.administrator
    const make = async (name: string, days: number | null) =>
      ((await admin.api('POST', '/tokens', { name, role: 'auditor', days })).json as { token: string }).token
    const [short, revoked] = [await make('short', 1), await make('revoked', null)]
    expect((await admin.api('DELETE', '/tokens/revoked')).status).toBe(200)
    const ask = (authorization: string) => admin.send('GET', '/api/v1/devices', { headers: { Authorization: authorization } })
    expect((await ask(`Bearer ${short}`)).status).toBe(200)
    expect((await ask(`bearer  ${short}`)).status).toBe(200)
    await server.clock.advance(86_400)
    for (const authorization of [
      `Bearer ${short}`,
      `Bearer ${revoked}`,
      `Bearer ${tokens.auditor.slice(0, -1)}`,
      `Bearer ${tokens.auditor}x`,
      `Bearer easel_${'A'.repeat(43)}`,
      `Basic ${Buffer.from(`administrator:${password}`).toString('base64')}`,
      `Bearer ${'x'.repeat(5000)}`,
      'Bearer',
      'nonsense',
    ]) {
      const answer = await ask(authorization)
      expect([authorization.slice(0, 30), answer.status]).toEqual([authorization.slice(0, 30), 401])
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="easel"')
    }
    expect((await server.browser().api('GET', '/devices', undefined, tokens.auditor)).status).toBe(200)
  })
})

describe('the description', () => {
  interface Operation {
    readonly operationId: string
    readonly summary: string
    readonly 'x-roles'?: readonly string[]
    readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean; readonly schema: object }[]
    readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: { readonly properties: object } }>> }
    readonly responses: Readonly<Record<string, { readonly $ref?: string; readonly description?: string }>>
  }
  const document = openApi() as {
    openapi: string
    info: object
    paths: Record<string, Record<string, Operation>>
    components: Record<string, object>
  }
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )

  test('is told to whoever may call anything, and is what was made here', async () => {
    const token = tokens.auditor
    expect((await server.browser().api('GET', '/openapi.json')).status).toBe(401)
    const answer = await server.browser().api('GET', '/openapi.json', undefined, token)
    expect(answer.json).toEqual(JSON.parse(JSON.stringify(document)))
  })

  test('has every route of the table, with its roles and its fields', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d$/)
    expect(document.info).toMatchObject({ title: expect.any(String), version: expect.any(String) })
    expect(operations).toHaveLength(table.length + 1)
    for (const [name, { method, path }] of table) {
      const operation = document.paths[path]?.[method.toLowerCase()]
      const action: Action = actions[name]
      expect(operation).toMatchObject({ operationId: name, summary: action.about, 'x-roles': action.roles })
      const named = [
        ...(operation?.parameters ?? []).map((parameter) => parameter.name),
        ...Object.keys(operation?.requestBody?.content['application/json']?.schema.properties ?? {}),
      ]
      expect(named.toSorted()).toEqual(Object.keys(schemaOf(action).properties ?? {}).toSorted())
    }
  })

  test('is well formed as OpenAPI 3.1 asks', () => {
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length)
    for (const { path, method, operation } of operations) {
      expect(path).toMatch(/^\//)
      expect(['get', 'put', 'post', 'delete', 'patch']).toContain(method)
      const { parameters = [], responses, requestBody } = operation
      expect(parameters.filter(({ in: place }) => place === 'path').map(({ name }) => name)).toEqual(fieldsOf(path))
      expect(parameters.every(({ in: place, required }) => place !== 'path' || required)).toBe(true)
      expect(new Set(parameters.map(({ name, in: place }) => `${place} ${name}`)).size).toBe(parameters.length)
      if (method === 'get' || method === 'delete') expect(requestBody).toBeUndefined()
      expect(Object.keys(responses).every((status) => /^[1-5]\d\d$/.test(status))).toBe(true)
      expect(Object.keys(responses).some((status) => status.startsWith('2'))).toBe(true)
      for (const response of Object.values(responses)) expect(response.$ref ?? response.description).toBeTypeOf('string')
    }
    const text = JSON.stringify(document)
    for (const [, pointer = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const found = pointer.split('/').reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], document)
      expect(found, pointer).toBeDefined()
    }
  })
})
