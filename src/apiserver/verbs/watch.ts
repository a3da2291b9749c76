import type { HttpResponse } from '../../wire/index.ts'
import { isTrue } from '../http/request-info.ts'
import { badRequest, invalid, tooManyRequests } from '../http/status-error.ts'
import type { Core } from '../registry/core.ts'
import { selection } from '../selection/selection.ts'
import { watchEvents } from '../watch/watch.ts'
import type { WatchOptions } from '../watch/watch.ts'
import { parseRevision } from './revision.ts'
import { locationFor, viewFor } from './request.ts'
import type { ResourceRequest } from './request.ts'

/** A watch that doesn't say ends after half an hour to an hour, so that not all of them come back at once. */
const SHORTEST = 30 * 60
/** Watches that may be open at once; each holds some kilobytes for as long as its client likes. */
export const MOST_WATCHES = 10_000

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-watch */
export function watch(core: Core, request: ResourceRequest): HttpResponse {
  if (core.metrics.watches >= MOST_WATCHES) throw tooManyRequests()
  const { kind, query, http, resource } = request
  const view = viewFor(core, request)
  const fields = resource.name === '' ? query.get('fieldSelector') : `metadata.name=${resource.name}`
  const options: WatchOptions = {
    kind,
    namespace: locationFor(request).namespace,
    selection: selection(kind, query.get('labelSelector'), fields),
    view,
    ...startOf(core, query),
    timeout: timeoutOf(core, query.get('timeoutSeconds')) * 1000,
  }
  return {
    status: 200,
    headers: { 'content-type': view.contentType, 'cache-control': 'no-cache, private' },
    body: watchEvents(core, options, http.signal),
  }
}

/** From the wanted revision; all that exists first when there is none, or it is `0`, or the watch asks for it. */
function startOf(core: Core, query: URLSearchParams): Pick<WatchOptions, 'after' | 'bookmarks' | 'markInitialEnd'> {
  const wanted = parseRevision(query.get('resourceVersion'))
  const bookmarks = isTrue(query.get('allowWatchBookmarks'))
  const initial = query.get('sendInitialEvents')
  const match = query.get('resourceVersionMatch') ?? ''
  if (initial === null) {
    if (match !== '')
      refuse('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided', 'resourceVersionMatch')
    return { after: wanted || undefined, bookmarks, markInitialEnd: false }
  }
  if (match !== 'NotOlderThan') {
    refuse('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan', 'resourceVersionMatch')
  }
  if (!isTrue(initial)) return { after: wanted ?? core.store.revision, bookmarks, markInitialEnd: false }
  return { after: undefined, bookmarks, markInitialEnd: bookmarks }
}

function timeoutOf(core: Core, text: string | null): number {
  if (text === null || text === '' || text === '0') return SHORTEST + core.random.below(SHORTEST)
  const seconds = Number(text)
  if (!Number.isInteger(seconds) || seconds < 0) throw badRequest(`strconv.ParseInt: parsing "${text}": invalid syntax`)
  return seconds
}

function refuse(why: string, field: string): never {
  throw invalid({ kind: 'ListOptions', group: 'meta.k8s.io', name: '' }, [
    { type: 'FieldValueForbidden', field, message: `Forbidden: ${why}` },
  ])
}
