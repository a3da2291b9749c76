import { apiVersionOf, type Resource } from '../api/index.ts'
import type { ListOptions, ObjectName } from './client.ts'

/** `/api/v1/namespaces/default/services`; without a namespace the path of all namespaces. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${apiVersionOf(resource)}`
  const scope = resource.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return `${root}${scope}/${resource.plural}`
}

export const objectPath = (resource: Resource, { namespace, name }: ObjectName, subresource?: string): string =>
  `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}${subresource ? `/${subresource}` : ''}`

/** `?a=b`, leaving out what is undefined; empty when nothing is left. */
export function query(parameters: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const defined = Object.entries(parameters).filter(([, value]) => value !== undefined)
  if (defined.length === 0) return ''
  return `?${new URLSearchParams(defined.map(([key, value]) => [key, String(value)])).toString()}`
}

export const selectors = (options: ListOptions): Record<string, string | undefined> => ({
  labelSelector: options.labelSelector,
  fieldSelector: options.fieldSelector,
})
