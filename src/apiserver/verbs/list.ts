import { isStoreError } from '../../store/index.ts'
import type { Entry } from '../../store/index.ts'
import type { HttpResponse } from '../../wire/index.ts'
import type { Kind } from '../api.ts'
import { bytesResponse } from '../http/respond.ts'
import type { ListMeta } from '../http/representation.ts'
import { expired, StatusError, tooLargeResourceVersion } from '../http/status-error.ts'
import { selection } from '../http/selection.ts'
import type { Predicate } from '../http/selection.ts'
import type { Core } from '../registry/core.ts'
import { decode } from '../registry/encode.ts'
import { storePrefix } from '../registry/location.ts'
import { encodeContinue, listOptionsOf } from './list-options.ts'
import type { ListOptions } from './list-options.ts'
import { locationFor, viewFor } from './request.ts'
import type { ResourceRequest } from './request.ts'

/** A page of a kind's objects: the stored bytes, one after the other. */
export function list(core: Core, request: ResourceRequest): HttpResponse {
  const view = viewFor(core, request)
  const options = listOptionsOf(request.query)
  const selects = selection(request.kind, request.query.get('labelSelector'), request.query.get('fieldSelector'))
  if (options.notOlderThan > core.store.revision) throw tooLargeResourceVersion(options.notOlderThan, core.store.revision)
  const prefix = storePrefix(request.kind, locationFor(request).namespace)
  const { entries, meta } = page(core, { kind: request.kind, prefix, selects }, options)
  const items = entries.map((entry) => entry.value)
  return bytesResponse(200, view.list(request.kind, items, meta), view.contentType)
}

interface Query {
  readonly kind: Kind
  readonly prefix: string
  readonly selects: Predicate | undefined
}

function page(core: Core, query: Query, options: ListOptions): { entries: Entry[]; meta: ListMeta } {
  const revision = options.revision ?? core.store.revision
  const entries = selected(core, query, options)
  const resourceVersion = String(revision)
  const last = entries[options.limit - 1]
  if (!last) return { entries, meta: { resourceVersion } }
  const after = last.key
  const more = query.selects ? entries.length > options.limit : core.store.count(query.prefix, after) > 0
  if (!more) return { entries, meta: { resourceVersion } }
  const meta: ListMeta = { resourceVersion, continue: encodeContinue(revision, after.slice(query.prefix.length)) }
  if (query.selects) return { entries: entries.slice(0, options.limit), meta }
  return { entries, meta: { ...meta, remainingItemCount: core.store.count(query.prefix, after) } }
}

/** With a selector, one more than the limit, so that it is known whether there are more. */
function selected(core: Core, { kind, prefix, selects }: Query, { after, limit, revision }: ListOptions): Entry[] {
  const span = { revision, after: after === undefined ? undefined : prefix + after, limit: selects ? undefined : limit }
  const entries = listOrExpire(core, prefix, span)
  if (!selects) return entries
  const found: Entry[] = []
  for (const entry of entries) {
    if (selects(decode(kind, entry.value))) found.push(entry)
    if (found.length > limit) break
  }
  return found
}

function listOrExpire(core: Core, prefix: string, span: { after?: string; limit?: number; revision?: number }): Entry[] {
  try {
    return core.store.list(prefix, span)
  } catch (error) {
    if (!isStoreError(error, 'compacted')) throw error
    throw span.after === undefined
      ? expired(`The resourceVersion for the provided list is too old.`)
      : expiredToken(span.after.slice(prefix.length))
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
