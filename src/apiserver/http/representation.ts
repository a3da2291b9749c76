import { dump } from 'js-yaml'
import { partialObjectMetadata, table } from '../../api/machinery/index.ts'
import type { IncludeObject } from '../../api/machinery/index.ts'
import type { Kind } from '../api.ts'
import { decode, shown } from '../registry/encode.ts'
import { parseAccept } from './accept.ts'
import type { MediaRange } from './accept.ts'
import { badRequest, notAcceptable } from './status-error.ts'

/** What a list says about itself. */
export interface ListMeta {
  readonly resourceVersion: string
  readonly continue?: string
  readonly remainingItemCount?: number
}

/** How objects are shown to one asker, as its `Accept` header wants it. */
export interface Representation {
  readonly contentType: string
  /** The same for askers that get the same bytes. */
  readonly id: string
  object(kind: Kind, bytes: Buffer): Buffer
  list(kind: Kind, items: readonly Buffer[], meta: ListMeta): Buffer
  /** What stands before and after the stored bytes, where a list shows them as they are. */
  around?(kind: Kind, meta: ListMeta): { readonly head: Buffer; readonly end: Buffer } | undefined
  /** The object of a watch event. Of a table, only the `first` one has column definitions. */
  event(kind: Kind, bytes: Buffer, first: boolean): Buffer
}

export interface ViewOptions {
  /** Milliseconds since the epoch, for ages. */
  readonly now: number
  /** `includeObject` of a Table: Object, Metadata (as when left out) or None. */
  readonly includeObject: string | null
}

const ACCEPTED = ['application/json', 'application/yaml', 'application/json;stream=watch']

/** Throws NotAcceptable when nothing that is accepted can be served. */
export function representationFor(accept: string | undefined, options: ViewOptions): Representation {
  if (!accept || accept === 'application/json' || accept === '*/*') return json
  for (const range of parseAccept(accept)) {
    const found = representationOf(range, options)
    if (found) return found
  }
  throw notAcceptable(ACCEPTED)
}

/** Throws NotAcceptable for who takes nothing but tables, where there are none. */
export function mustTakeObjects(accept: string | undefined): void {
  if (parseAccept(accept).every(({ parameters }) => parameters['as'] === 'Table')) throw notAcceptable(ACCEPTED)
}

function representationOf({ type, parameters }: MediaRange, options: ViewOptions): Representation | undefined {
  const yaml = type === 'application/yaml'
  if (!yaml && type !== 'application/json' && type !== 'application/*' && type !== '*/*') return undefined
  const view = viewOf(parameters, options)
  return view && yaml ? yamlOf(view) : view
}

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources */
function viewOf({ as, v = 'v1', g = 'meta.k8s.io' }: MediaRange['parameters'], options: ViewOptions): Representation | undefined {
  if (as === undefined) return json
  if (g !== 'meta.k8s.io' || (v !== 'v1' && v !== 'v1beta1')) return undefined
  if (as === 'Table') return tableView(v, options)
  if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return partialView(v)
  return undefined
}

const COMMA = Buffer.from(',')
const END = Buffer.from(']}\n')

/** The stored bytes, one after the other, unless they are another kind's. */
const json: Representation = {
  contentType: 'application/json',
  id: 'json',
  object: shown,
  event: shown,
  list: (kind, items, meta) => concatenate(listHead(kind, meta), kind.storedAs ? items.map((item) => shown(kind, item)) : items),
  around: (kind, meta) => (kind.storedAs ? undefined : { head: Buffer.from(listHead(kind, meta)), end: END }),
}

function listHead({ group, version, kind }: Kind, meta: ListMeta): string {
  const apiVersion = group === '' ? version : `${group}/${version}`
  return `{"kind":"${kind}List","apiVersion":"${apiVersion}","metadata":${JSON.stringify(meta)},"items":[`
}

function concatenate(head: string, items: readonly Buffer[]): Buffer {
  const pieces: Buffer[] = [Buffer.from(head)]
  for (const [index, item] of items.entries()) {
    if (index > 0) pieces.push(COMMA)
    pieces.push(item)
  }
  pieces.push(END)
  return Buffer.concat(pieces)
}

const INCLUDED = ['Metadata', 'Object', 'None']

/** Throws BadRequest when rows are asked to include what they can't. */
function tableView(version: string, { now, includeObject }: ViewOptions): Representation {
  if (includeObject && !INCLUDED.includes(includeObject)) {
    const rule = "must be 'Metadata', 'Object', 'None', or empty"
    const wrong = `includeObject: Invalid value: ${JSON.stringify(includeObject)}: ${rule}`
    throw badRequest(`Unable to convert to Table as requested: ${wrong}`)
  }
  const apiVersion = `meta.k8s.io/${version}`
  const include = (includeObject || undefined) as IncludeObject | undefined
  const render = (kind: Kind, items: readonly Buffer[], options: { metadata: object; withoutColumns?: boolean }): Buffer => {
    const objects = items.map((item) => decode(kind, item))
    return Buffer.from(JSON.stringify({ ...table(kind, objects, { now, include, ...options }), apiVersion }))
  }
  const one = (kind: Kind, bytes: Buffer, withoutColumns: boolean): Buffer => {
    const { resourceVersion } = decode(kind, bytes).metadata
    return render(kind, [bytes], { metadata: { resourceVersion }, withoutColumns })
  }
  return {
    contentType: 'application/json',
    id: `table ${version} ${includeObject ?? ''} ${Math.floor(now / 1000)}`,
    object: (kind, bytes) => one(kind, bytes, false),
    event: (kind, bytes, first) => one(kind, bytes, !first),
    list: (kind, items, metadata) => render(kind, items, { metadata }),
  }
}

function partialView(version: string): Representation {
  const apiVersion = `meta.k8s.io/${version}`
  const one = (kind: Kind, bytes: Buffer): Buffer =>
    Buffer.from(JSON.stringify({ ...partialObjectMetadata(decode(kind, bytes)), apiVersion }))
  const head = (meta: ListMeta): string =>
    `{"kind":"PartialObjectMetadataList","apiVersion":"${apiVersion}","metadata":${JSON.stringify(meta)},"items":[`
  return {
    contentType: 'application/json',
    id: `partial ${version}`,
    object: one,
    event: one,
    list: (kind, items, meta) =>
      concatenate(
        head(meta),
        items.map((item) => one(kind, item)),
      ),
  }
}

function yamlOf(inner: Representation): Representation {
  const convert = (bytes: Buffer): Buffer => Buffer.from(dump(JSON.parse(bytes.toString()), { lineWidth: -1, noRefs: true }))
  return {
    contentType: 'application/yaml',
    id: `yaml ${inner.id}`,
    object: (kind, bytes) => convert(inner.object(kind, bytes)),
    event: (kind, bytes, first) => convert(inner.event(kind, bytes, first)),
    list: (kind, items, meta) => convert(inner.list(kind, items, meta)),
  }
}
