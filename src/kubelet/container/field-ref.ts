import type { Pod } from '../../api/index.ts'

export interface FieldFacts {
  readonly podIP: string
  readonly hostIP: string
}

/** The value of `fieldRef.fieldPath`, for variables and downwardAPI files; undefined for a path that has none. */
export function fieldValue(pod: Pod, path: string, { podIP, hostIP }: FieldFacts): string | undefined {
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
    'status.hostIP': hostIP,
    'status.hostIPs': hostIP,
    'status.podIP': podIP,
    'status.podIPs': podIP,
  }
  return values[path]
}

/** `key="value"` on a line each, sorted, as the downward API prints maps. */
const printMap = (map: Readonly<Record<string, string>> = {}): string =>
  Object.entries(map)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n')
