/**
 * Whether two JSON values mean the same to Kubernetes: key order doesn't matter, and a missing or null list is an empty
 * one, as in upstream's `equality.Semantic.DeepEqual`.
 */
export function semanticEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a) || Array.isArray(b)) return equalLists(a ?? [], b ?? [])
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return (a ?? undefined) === (b ?? undefined)
  return equalObjects(a as Record<string, unknown>, b as Record<string, unknown>)
}

function equalLists(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false
  return a.every((item, index) => semanticEqual(item, b[index]))
}

function equalObjects(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  for (const key in a) if (!semanticEqual(a[key], b[key])) return false
  for (const key in b) if (!(key in a) && !semanticEqual(undefined, b[key])) return false
  return true
}
