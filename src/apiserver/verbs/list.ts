import { isStoreError } from '../../store/index.ts'
import type { Entry } from '../../store/index.ts'
import type { HttpResponse } from '../../wire/index.ts'
import { bytesResponse, piecesResponse } from '../http/respond.ts'
import type { ListMeta, Representation } from '../http/representation.ts'
import { expired, StatusError, tooLargeResourceVersion } from '../http/status-error.ts'
import type { Core } from '../registry/core.ts'
import { storePrefix } from '../registry/location.ts'
import { selectedEntries } from '../selection/selected.ts'
import type { Wanted } from '../selection/selected.ts'
import { selection } from '../selection/selection.ts'
import { encodeContinue, listOptionsOf } from './list-options.ts'
import type { ListOptions } from './list-options.ts'
import { locationFor, viewFor } from './request.ts'
import type { ResourceRequest } from './request.ts'

/** A page of a kind's objects: the stored bytes, one after the other. */
export function list(core: Core, request: ResourceRequest): HttpResponse {
  const { kind, query } = request
  const view = viewFor(core, request)
  const options = listOptionsOf(query)
  const { namespace } = locationFor(request)
  const wanted = { kind, namespace, selection: selection(kind, query.get('labelSelector'), query.get('fieldSelector')) }
  if (options.notOlderThan > core.store.revision) throw tooLargeResourceVersion(options.notOlderThan, core.store.revision)
  if (!wanted.selection && isWhole(core, options)) return everything(core, wanted, view)
  const { entries, meta } = page(core, wanted, options)
  const items = entries.map((entry) => entry.value)
  return bytesResponse(200, view.list(kind, items, meta), view.contentType)
}

const isWhole = ({ store }: Core, { limit, after, revision = store.revision }: ListOptions): boolean =>
  limit === Infinity && after === undefined && revision === store.revision

function everything(core: Core, { kind, namespace }: Wanted, view: Representation): HttpResponse {
  const meta = { resourceVersion: String(core.store.revision) }
  const prefix = storePrefix(kind, namespace)
  const around = view.around?.(kind, meta)
  if (around) return piecesResponse(200, [around.head, core.wholeLists.of(prefix), around.end], view.contentType)
  const items = core.store.list(prefix).map(({ value }) => value)
  return bytesResponse(200, view.list(kind, items, meta), view.contentType)
}

function page(core: Core, wanted: Wanted, options: ListOptions): { entries: Entry[]; meta: ListMeta } {
  const prefix = storePrefix(wanted.kind, wanted.namespace)
  const revision = options.revision ?? core.store.revision
  const entries = listOrExpire(core, wanted, options)
  const resourceVersion = String(revision)
  const last = entries[options.limit - 1]
  if (!last) return { entries, meta: { resourceVersion } }
  const after = last.key
  const more = wanted.selection ? entries.length > options.limit : core.store.count(prefix, after) > 0
  if (!more) return { entries, meta: { resourceVersion } }
  const meta: ListMeta = { resourceVersion, continue: encodeContinue(revision, after.slice(prefix.length)) }
  if (wanted.selection) return { entries: entries.slice(0, options.limit), meta }
  return { entries, meta: { ...meta, remainingItemCount: core.store.count(prefix, after) } }
}

/** With a selector, one more than the limit, so that it is known whether there are more. */
function listOrExpire(core: Core, wanted: Wanted, { after, limit, revision }: ListOptions): Entry[] {
  const start = after === undefined ? undefined : storePrefix(wanted.kind, wanted.namespace) + after
  try {
    return selectedEntries(core, wanted, { revision, after: start, limit: wanted.selection ? limit + 1 : limit })
  } catch (error) {
    if (!isStoreError(error, 'compacted')) throw error
    throw after === undefined ? expired(`The resourceVersion for the provided list is too old.`) : expiredToken(after)
  }
}

/** The rest of the list can still be had, as it is now: upstream's `handleCompactedErrorForPaging`. */
function expiredToken(after: string): StatusError {
  const error = expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  )
  Object.assign(error.status.metadata, { continue: encodeContinue(-1, after) })
  return error
}
