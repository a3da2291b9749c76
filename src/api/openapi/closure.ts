import type { Schema, Schemas } from '../schemas/index.ts'
import { referenceOf } from '../schemas/index.ts'

/** The schemas `roots` and everything they refer to; names without a schema are left out. */
export function closure(roots: readonly string[], all: Schemas): Schemas {
  const found: Record<string, Schema> = {}
  const queue = [...roots]
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const schema = all[name]
    if (!schema || found[name]) continue
    found[name] = schema
    queue.push(...references(schema))
  }
  return found
}

function references(schema: Schema): string[] {
  const own = referenceOf(schema)
  if (own !== undefined) return [own]
  const parts = [...Object.values(schema.properties ?? {}), schema.items, schema.additionalProperties]
  return parts.flatMap((part) => (part ? references(part) : []))
}
