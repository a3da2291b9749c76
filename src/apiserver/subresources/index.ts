import type { HttpResponse } from '../../wire/index.ts'
import type { Kind, Subresource } from '../api.ts'
import type { Core } from '../registry/core.ts'
import { get } from '../verbs/get.ts'
import { patch } from '../verbs/patch.ts'
import type { ResourceRequest } from '../verbs/request.ts'
import { update } from '../verbs/update.ts'
import { bind } from './binding.ts'
import { evict } from './eviction.ts'
import { getScale, patchScale, updateScale } from './scale.ts'
import { issueToken } from './token.ts'

type Act = (core: Core, request: ResourceRequest) => HttpResponse | Promise<HttpResponse>
type Acts = Readonly<Record<string, Act>>

const acts: Partial<Readonly<Record<Subresource, Acts>>> = {
  status: {
    get,
    update: (core, request) => update(core, request, 'status'),
    patch: (core, request) => patch(core, request, 'status'),
  },
  scale: { get: getScale, update: updateScale, patch: patchScale },
  binding: { create: bind },
  eviction: { create: evict },
  token: { create: issueToken },
  finalize: { update: (core, request) => update(core, request, 'finalize') },
}

/** What can be done to a subresource; undefined when the kind has none of that name, or it is no matter of objects. */
export const subresources = (kind: Kind, name: string): Acts | undefined =>
  kind.subresources.includes(name as Subresource) ? acts[name as Subresource] : undefined
