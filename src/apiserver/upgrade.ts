import { mustBeAllowed } from './auth/authorize.ts'
import { actingUser } from './auth/impersonate.ts'
import type { User } from './auth/user.ts'
import { routeOf } from './connect/route.ts'
import { passThrough } from './connect/upgrade.ts'
import type { Handling } from './handle.ts'
import { requestInfoOf } from './http/request-info.ts'
import { badRequest } from './http/status-error.ts'
import { headersOf } from './transport/incoming.ts'
import type { UpgradeRequest } from './transport/listen.ts'

const UPGRADED: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'proxy'])

/** A connection that becomes a stream to a kubelet or a Pod. Throws a StatusError when it may not, or leads nowhere. */
export async function upgrade({ core, kubelet }: Handling, client: UpgradeRequest, asker: User): Promise<void> {
  const info = requestInfoOf(client.request.method ?? 'GET', client.request.url ?? '/')
  const user = await actingUser(core.authorizer, asker, headersOf(client.request))
  await mustBeAllowed(core.authorizer, user, info)
  if (!UPGRADED.has(info.resource?.subresource ?? '')) throw badRequest('the request can not be upgraded')
  await passThrough(routeOf(core, info), kubelet, client)
}
