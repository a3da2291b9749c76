import type { Column } from '../kind.ts'
import type { KubeObject } from '../object.ts'
import { since } from './duration.ts'

type Value<T> = Column<T>['value']

const column =
  (type: Column<unknown>['type'], priority: number) =>
  <T>(name: string, description: string, value: Value<T>): Column<T> => ({ name, type, description, priority, value })

/** A column that is always shown. */
export const text = column('string', 0)
export const integer = column('integer', 0)
export const boolean = column('boolean', 0)
/** A column of `-o wide`. */
export const wide = column('string', 1)
export const wideInteger = column('integer', 1)

/** What every table begins with, unless the kind places Name itself (Events do, last; StorageClasses mark the default). */
export const name: Column<KubeObject> = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'The name of the object, unique within its namespace and kind.',
  priority: 0,
  value: (object) => object.metadata.name ?? '',
}

export const age: Column<KubeObject> = text('Age', 'How long ago the object was created.', (object, now) =>
  since(object.metadata.creationTimestamp, now),
)

/** What kinds without a printer of their own show, as upstream's default table convertor. */
export const createdAt: Column<KubeObject> = {
  name: 'Created At',
  type: 'date',
  description: 'When the object was created.',
  priority: 0,
  value: (object) => object.metadata.creationTimestamp ?? '',
}

type Containers = ReadonlyArray<{ readonly name: string; readonly image?: string }>

/** The three columns that everything with a Pod template has under `-o wide`. */
export const workload = <T>(of: {
  containers: (object: T) => Containers | undefined
  selector?: (object: T) => string
}): readonly Column<T>[] => [
  wide('Containers', 'Names of each container in the template.', (object) => names(of.containers(object))),
  wide('Images', 'Images referenced by each container in the template.', (object) => images(of.containers(object))),
  ...(of.selector ? [wide('Selector', 'The labels of the Pods that this object selects.', of.selector)] : []),
]

export const names = (containers: Containers = []): string => containers.map((container) => container.name).join(',')
export const images = (containers: Containers = []): string => containers.map((container) => container.image ?? '').join(',')

/** `a=b,c=d` in the order of the keys; `<none>` when empty. */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {})
  if (pairs.length === 0) return '<none>'
  if (pairs.length > 1) pairs.sort(([a], [b]) => (a < b ? -1 : 1))
  return pairs.map(([key, value]) => `${key}=${value}`).join(',')
}

/** `80,443,8080 + 2 more...`: at most three, then how many are left out; `empty` when there is nothing. */
export function firstThree(items: readonly string[], empty: string): string {
  if (items.length === 0) return empty
  const shown = items.slice(0, 3).join(',')
  return items.length > 3 ? `${shown} + ${items.length - 3} more...` : shown
}
