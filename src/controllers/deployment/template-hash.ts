import type { PodTemplateSpec } from '../../api/index.ts'

export const TEMPLATE_HASH = 'pod-template-hash'

/** No vowels and no digits that look like them, so that no word comes out: apimachinery's rand.SafeEncodeString. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'

/**
 * A short name for a Pod template, the same for the same template. `collisions` gives another one where two templates
 * happen to have the same. FNV-1a of 32 bits over the template with its keys sorted, as decimal digits made safe.
 */
export function templateHash(template: PodTemplateSpec | undefined, collisions = 0): string {
  let hash = 0x811c9dc5
  const text = canonical(template) + (collisions === 0 ? '' : `#${collisions}`)
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0
  return String(hash).replaceAll(/\d/g, (digit) => ALPHABET[digit.charCodeAt(0) % ALPHABET.length] ?? '')
}

/** Whether two templates are the same but for the hash that a ReplicaSet's carries. */
export const sameTemplate = (a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean =>
  canonical(withoutHash(a)) === canonical(withoutHash(b))

function withoutHash(template: PodTemplateSpec | undefined): PodTemplateSpec | undefined {
  const { [TEMPLATE_HASH]: _, ...labels } = template?.metadata?.labels ?? {}
  return template && { ...template, metadata: { ...template.metadata, labels } }
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
