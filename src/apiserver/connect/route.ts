import type { Pod } from '../../api/index.ts'
import { noSuchResource } from '../http/status-error.ts'
import type { RequestInfo } from '../http/request-info.ts'
import type { Core } from '../registry/core.ts'
import { mustGet } from '../registry/read.ts'
import { containerOf, kubeletOf } from './kubelet.ts'
import type { Route } from './kubelet.ts'
import { logPath, portForwardPath, streamPath } from './kubelet-path.ts'
import { proxied } from './proxied.ts'

const PROXY = 'proxy'

/** Throws NotFound, BadRequest or InternalError when it leads nowhere. */
export function routeOf(core: Core, { resource, query }: RequestInfo): Route {
  if (!resource) throw noSuchResource()
  const kind = core.kinds.find(resource.group, resource.version, resource.plural)
  if (!kind?.subresources.some((name) => name === resource.subresource)) throw noSuchResource()
  if (resource.subresource === PROXY) return proxied(core, resource, query)
  const { namespace, name } = resource
  const pod = JSON.parse(mustGet(core, { kind, namespace, name }).value.toString()) as Pod
  const to = kubeletOf(core, pod)
  const where = (container: string) => ({ namespace, pod: name, container })
  switch (resource.subresource) {
    case 'exec':
    case 'attach':
      return {
        to,
        over: 'kubelet',
        path: streamPath(resource.subresource, where(containerOf(pod, query.get('container'))), query),
      }
    case 'portforward':
      return { to, over: 'kubelet', path: portForwardPath(where(''), query) }
    case 'log':
      return { to, over: 'kubelet', path: logPath(where(containerOf(pod, query.get('container'))), query) }
    default:
      throw noSuchResource()
  }
}
