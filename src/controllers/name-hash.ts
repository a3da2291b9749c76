/** No vowels and no digits that look like them, so that no word comes out: apimachinery's rand.SafeEncodeString. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'

/**
 * A short name for a value, the same for the same value. `collisions` gives another one where two values happen to have
 * the same. FNV-1a of 32 bits over the {@link canonical} text, as decimal digits made safe.
 */
export function nameHash(value: unknown, collisions = 0): string {
  let hash = 0x811c9dc5
  const text = canonical(value) + (collisions === 0 ? '' : `#${collisions}`)
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0
  return String(hash).replaceAll(/\d/g, (digit) => ALPHABET[digit.charCodeAt(0) % ALPHABET.length] ?? '')
}

/** JSON with the keys of every object in order. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
