import type { HttpRequest } from '../../wire/index.ts'
import type { Kind } from '../api.ts'
import type { User } from '../auth/user.ts'
import type { RequestInfo, ResourceInfo } from '../http/request-info.ts'
import { representationFor } from '../http/representation.ts'
import type { Representation } from '../http/representation.ts'
import { invalid } from '../http/status-error.ts'
import type { Core } from '../registry/core.ts'
import type { Location } from '../registry/location.ts'
import { Warnings } from '../registry/warnings.ts'

/** A request about objects of a kind that is served. */
export interface ResourceRequest {
  readonly http: HttpRequest
  readonly user: User
  readonly kind: Kind
  readonly resource: ResourceInfo
  readonly query: URLSearchParams
  readonly warnings: Warnings
}

export const resourceRequest = (
  http: HttpRequest,
  user: User,
  { info, kind }: { info: RequestInfo; kind: Kind },
): ResourceRequest => ({
  http,
  user,
  kind,
  resource: info.resource as ResourceInfo,
  query: info.query,
  warnings: new Warnings(kind.deprecated),
})

export const locationFor = ({ kind, resource }: ResourceRequest): Location => ({
  kind,
  namespace: kind.namespaced ? resource.namespace : '',
  name: resource.name,
})

export const viewFor = (core: Core, { http, query }: ResourceRequest): Representation =>
  representationFor(http.headers['accept'], { now: core.clock.now(), includeObject: query.get('includeObject') })

/** `dryRun=All`. Throws Invalid for anything else. */
export function isDryRun({ query }: ResourceRequest, optionsKind: string, inBody: readonly string[] = []): boolean {
  const stages = [...query.getAll('dryRun').filter((stage) => stage !== ''), ...inBody]
  if (stages.every((stage) => stage === 'All')) return stages.length > 0
  throw invalid({ kind: optionsKind, group: 'meta.k8s.io', name: '' }, [
    {
      type: 'FieldValueNotSupported',
      field: 'dryRun',
      message: `Unsupported value: ${JSON.stringify(stages.find((stage) => stage !== 'All'))}: supported values: "All"`,
    },
  ])
}
