import { setMaxListeners } from 'node:events'
import type { Handler } from '../wire/index.ts'
import { allocation } from './allocation/index.ts'
import { nodeRules } from './auth/default-roles/index.ts'
import { nodeAuthorizer } from './auth/node/authorizer.ts'
import { relations } from './auth/node/related.ts'
import { anyOf, rbacAuthorizer } from './auth/rbac/authorizer.ts'
import { RoleIndex } from './auth/rbac/role-index.ts'
import type { User } from './auth/user.ts'
import { bootstrap } from './bootstrap/bootstrap.ts'
import { handle } from './handle.ts'
import type { Handling } from './handle.ts'
import { repairAddresses } from './upkeep/repair.ts'
import { runUpkeep } from './upkeep/run.ts'
import { Indexes } from './selection/selected.ts'
import { WholeLists } from './selection/whole-lists.ts'
import { upgrade } from './upgrade.ts'
import { kindsOf } from './kinds.ts'
import type { ApiServerOptions } from './options.ts'
import { Metrics } from './metrics.ts'
import { otherRoutes } from './other.ts'
import type { Core } from './registry/core.ts'
import { bearerOf } from './tokens/bearer.ts'
import { signingKey } from './tokens/signing-key.ts'
import { Tokens } from './tokens/tokens.ts'
import { listen } from './transport/listen.ts'
import type { Listener, ListenOn, ServerTls } from './transport/listen.ts'

export interface ApiServer {
  /** The server as a function for clients in the same process: who holds it is `user`. */
  handlerFor(user: User): Handler
  /** Answers over the network, to whoever shows a certificate, too. */
  listen(on: ListenOn, tls: ServerTls): Promise<Listener>
  /** What the server does unasked: keeps the `kubernetes` Service, repairs addresses, expires Events. Until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>
  /** Ends all listeners and watches. The store stays open: it was given. */
  close(): Promise<void>
}

/** An API server over a store, with the objects that every cluster has. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { store, clock, log, random, advertise } = options
  const { effects, stop } = allocation(options, options)
  const roles = new RoleIndex()
  const unfollow = roles.follow(store)
  const indexes = new Indexes(store)
  const wholeLists = new WholeLists(store)
  const kinds = kindsOf(options.kinds)
  const isRelated = relations(store, kinds, indexes)
  const closing = new AbortController()
  setMaxListeners(0, closing.signal) // each watch listens
  const key = options.serviceAccountKey === undefined ? undefined : signingKey(options.serviceAccountKey)
  const core: Core = {
    store,
    clock,
    log,
    random,
    effects,
    kinds,
    metrics: new Metrics(),
    closing: closing.signal,
    tokens: key && new Tokens(key),
    admitsServiceAccounts: options.admitServiceAccounts ?? false,
    authorizer: anyOf(nodeAuthorizer(nodeRules, isRelated), rbacAuthorizer(roles), options.authorizer),
    roles,
    indexes,
    wholeLists,
  }
  await bootstrap(core, options)
  await repairAddresses(core)
  const handling: Handling = {
    core,
    kubelet: options.kubelet,
    other: otherRoutes(core, `${advertise.address}:${advertise.port}`, key),
  }
  const listeners: Listener[] = []
  return {
    handlerFor: (user) => (request) => handle(handling, request, user),
    listen: async (on, tls) => {
      const listener = await listen({
        on,
        tls,
        log,
        authenticate: (token) => bearerOf(core, token),
        answer: (request, user) => handle(handling, request, user),
        upgrade: (client, user) => upgrade(handling, client, user),
      })
      listeners.push(listener)
      return listener
    },
    run: (signal) => runUpkeep(core, options, signal),
    close: async () => {
      closing.abort()
      stop()
      unfollow()
      indexes.stop()
      wholeLists.stop()
      await Promise.all(listeners.map((listener) => listener.close()))
    },
  }
}
