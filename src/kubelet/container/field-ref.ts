import type { Pod } from '../../api/index.ts'

export interface FieldFacts {
  /** One of each family at most, the primary first; none of a Pod that has no address yet. */
  readonly podIPs: readonly string[]
  readonly hostIPs: readonly string[]
}

/** The value of `fieldRef.fieldPath`, for variables and downwardAPI files; undefined for a path that has none. */
export function fieldValue(pod: Pod, path: string, { podIPs, hostIPs }: FieldFacts): string | undefined {
  const { metadata, spec } = pod
  const one = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path)
  if (one) return metadata[one[1] as 'labels' | 'annotations']?.[one[2] ?? ''] ?? ''
  const values: Record<string, string | undefined> = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace,
    'metadata.uid': metadata.uid,
    'metadata.labels': printMap(metadata.labels),
    'metadata.annotations': printMap(metadata.annotations),
    'spec.nodeName': spec?.nodeName ?? '',
    'spec.serviceAccountName': spec?.serviceAccountName ?? '',
    'status.hostIP': hostIPs[0] ?? '',
    'status.hostIPs': hostIPs.join(','),
    'status.podIP': podIPs[0] ?? '',
    'status.podIPs': podIPs.join(','),
  }
  return values[path]
}

/** `key="value"` on a line each, sorted, as the downward API prints maps. */
const printMap = (map: Readonly<Record<string, string>> = {}): string =>
  Object.entries(map)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n')
