import type { EndpointSlice } from '../generated/types.gen.ts'

/** The Service that a slice is of, `namespace/name`; empty when it is of none. */
export function serviceKeysOf({ metadata }: EndpointSlice): string[] {
  const name = metadata.labels?.['kubernetes.io/service-name']
  return name ? [`${metadata.namespace}/${name}`] : []
}
