import type { HttpResponse } from '../../wire/index.ts'
import { bytesResponse } from '../http/respond.ts'
import { tooLargeResourceVersion } from '../http/status-error.ts'
import type { Core } from '../registry/core.ts'
import { mustGet } from '../registry/read.ts'
import { parseRevision } from './revision.ts'
import { locationFor, viewFor } from './request.ts'
import type { ResourceRequest } from './request.ts'

/** One object; `resourceVersion` asks for one that is at least as new. */
export function get(core: Core, request: ResourceRequest): HttpResponse {
  const view = viewFor(core, request)
  const wanted = parseRevision(request.query.get('resourceVersion'))
  if (wanted && wanted > core.store.revision) throw tooLargeResourceVersion(wanted, core.store.revision)
  const { value } = mustGet(core, locationFor(request))
  return bytesResponse(200, view.object(request.kind, value), view.contentType)
}
