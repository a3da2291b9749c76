import type { Column, Kind, RowCondition } from './kind.ts'
import type { KubeObject } from './object.ts'
import { name } from './printing/columns.ts'

/** `Object` is kubectl's default: with it `-o wide`, `-L` and sorting work without another request. */
export type IncludeObject = 'None' | 'Metadata' | 'Object'

export interface Table {
  readonly kind: 'Table'
  readonly apiVersion: 'meta.k8s.io/v1'
  readonly metadata: object
  readonly columnDefinitions: readonly ColumnDefinition[]
  readonly rows: readonly Row[]
}

interface ColumnDefinition {
  readonly name: string
  readonly type: string
  readonly format: string
  readonly description: string
  readonly priority: number
}

interface Row {
  readonly cells: readonly (string | number | boolean)[]
  readonly conditions?: readonly RowCondition[]
  readonly object?: object
}

interface TableOptions {
  /** Milliseconds since the epoch: the ages are as of now. */
  readonly now: number
  /** The metadata of the list or object that the table stands for: resourceVersion, continue, remainingItemCount. */
  readonly metadata: object
  readonly include?: IncludeObject
  /** Watches send the columns with their first event only. */
  readonly withoutColumns?: boolean
}

/** The answer to `Accept: application/json;as=Table`: what `kubectl get` prints, without its headers in capitals. */
export function table(kind: Kind, objects: readonly KubeObject[], options: TableOptions): Table {
  const columns = columnsOf(kind)
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: options.metadata,
    columnDefinitions: options.withoutColumns ? [] : columns.map(definition),
    rows: objects.map((object) => row(object, columns, { ...options, kind })),
  }
}

const columnsOf = (kind: Kind): readonly Column<KubeObject>[] =>
  kind.columns.some((column) => column.name === 'Name') ? kind.columns : [name, ...kind.columns]

const definition = ({ name: title, type, format = '', description, priority }: Column<KubeObject>): ColumnDefinition => ({
  name: title,
  type,
  format,
  description,
  priority,
})

function row(object: KubeObject, columns: readonly Column<KubeObject>[], options: TableOptions & { kind: Kind }): Row {
  const cells = columns.map((column) => column.value(object, options.now))
  const conditions = options.kind.rowConditions?.(object) ?? []
  const included = include(object, options.include ?? 'Metadata')
  return { cells, ...(conditions.length > 0 && { conditions }), ...(included && { object: included }) }
}

function include(object: KubeObject, what: IncludeObject): object | undefined {
  if (what === 'None') return undefined
  return what === 'Object' ? object : partialObjectMetadata(object)
}

/** The answer to `as=PartialObjectMetadata`: the metadata of an object and nothing else. */
export const partialObjectMetadata = (object: KubeObject): KubeObject => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata: object.metadata,
})
