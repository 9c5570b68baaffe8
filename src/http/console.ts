// The administrators' console: a listener's application of its own, and the users' page that may stand beside the phones' endpoint.
import cookie from '@fastify/cookie'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { restPath } from '../admin/openapi.ts'
import { bareApp, type AppOptions } from './bare-app.ts'
import { mountAssets } from './console/assets.ts'
import { isOurs, nameOfHost } from './console/guard.ts'
import { harden } from './console/headers.ts'
import { mountOwnLogin } from './console/own-login.ts'
import { mountPages } from './console/pages.ts'
import { mountRest, sendProblem } from './console/rest.ts'
import { refuse, type ConsolePorts, type Room } from './console/room.ts'
import { mountSignIn } from './console/sign-in.ts'
import { HttpRefusal } from './console/trouble.ts'
import { Visitors, type Face } from './console/visitor.ts'

/** Builds the console's application; it does not listen yet. */
export function createConsole(ports: ConsolePorts, options: AppOptions): FastifyInstance {
  const app = bareApp(ports, options, (error, request, reply) => {
    harden(reply, false, '')
    fail(request, reply, error)
  })
  const room = mount(app, ports, 'console')
  const fail = (request: FastifyRequest, reply: FastifyReply, error: unknown) =>
    request.url.startsWith(`${restPath}/`) ? sendProblem(room, request, reply, error) : refuse(room, request, reply, error, null)
  app.setErrorHandler((error, request, reply) => fail(request, reply, error))
  app.setNotFoundHandler((request, reply) => fail(request, reply, new HttpRefusal(404, 'There is nothing here.')))
  mountRest(app, room)
  return app
}

/** Mounts the users' own page, with the way in, beside other routes. */
export function mountUserPage(app: FastifyInstance, ports: ConsolePorts): void {
  void app.register((scope, _options, done) => {
    const room = mount(scope, ports, 'user')
    scope.setErrorHandler((error, request, reply) => refuse(room, request, reply, error, null))
    done()
  })
}

function mount(app: FastifyInstance, ports: ConsolePorts, face: Face): Room {
  const room: Room = { ports, face, visitors: new Visitors(ports.sessions, ports.peers, face) }
  const names = new Set(ports.names)
  void app.register(cookie)
  app.addHook('onRequest', (request, reply, done) => {
    harden(reply, room.visitors.isSecure(request), nameOfHost(request.host))
    if (ports.peers.cameInTheClear(request.raw))
      return done(new HttpRefusal(403, 'Your browser reached the proxy in plain HTTP: use https.'))
    if (face === 'console' && !isOurs(request, names)) {
      return done(
        new HttpRefusal(421, 'This server is not known by that name. If it should be, add it to the setting names (EASEL_NAMES).'),
      )
    }
    return done()
  })
  mountAssets(app)
  mountSignIn(app, room)
  mountOwnLogin(app, room)
  mountPages(app, room)
  return room
}
