import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trackUpdate } from '../apply/index.ts'
import { conform } from '../decode/index.ts'
import { table } from '../machinery/index.ts'
import { apiVersionOf } from '../object.ts'
import type { Draft, KubeObject } from '../object.ts'
import { referenceOf, resolve, schemas } from '../schemas/index.ts'
import type { Schema } from '../schemas/index.ts'
import { kinds } from './index.ts'

const SEED = Number(process.env['SEED'] ?? 20260101)
const OBJECTS = 150

/** Mulberry32: small, and the same everywhere. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** Any value that the schema allows: most fields are left out, even required ones, as clients do. */
function anything(schema: Schema, random: () => number, depth = 0): unknown {
  const { type, properties, additionalProperties, items, format, oneOf, enum: choices } = resolve(schema)
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T
  if (choices && random() < 0.7) return pick(choices)
  if (referenceOf(schema)?.endsWith('.Quantity')) return pick(['1', '-1', '100m', '1Gi', 2])
  if (format === 'byte') return pick(['', 'YQ==', 'e30='])
  if (format === 'date-time') return '2026-01-01T00:00:00Z'
  if (oneOf) return pick(['1', '10%', 'http', 0, 80])
  switch (type) {
    case 'string':
      return pick(['', 'a', 'A b', '10.0.0.1', '10.0.0.0/8', 'None', '-'])
    case 'integer':
    case 'number':
      return pick([0, 1, -1, 80, 70000])
    case 'boolean':
      return random() < 0.5
    case 'array':
      return Array.from({ length: Math.floor(random() * 3) }, () => anything(items ?? {}, random, depth + 1))
    default: {
      if (additionalProperties) return random() < 0.5 ? {} : { a: anything(additionalProperties, random, depth + 1) }
      const chance = depth < 2 ? 0.7 : 0.25
      const fields = Object.entries(properties ?? {}).filter(([name]) => name !== 'managedFields' && random() < chance)
      return Object.fromEntries(fields.map(([name, field]) => [name, depth > 8 ? undefined : anything(field, random, depth + 1)]))
    }
  }
}

for (const kind of kinds) {
  test(`whatever is written as a ${apiVersionOf(kind)} ${kind.kind}, it is answered and nothing breaks [SVC-11]`, (context) => {
    context.diagnostic(`SEED=${SEED}`)
    const random = numbers(SEED)
    const make = (): Draft<KubeObject> => {
      const given = anything(schemas()[kind.schema]!, random) as Record<string, unknown>
      const object = { ...given, apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: { ...(given['metadata'] as object) } }
      const written = JSON.parse(JSON.stringify(object)) as Record<string, unknown>
      assert.deepEqual(conform(written, kind.schema), [])
      kind.setDefaults?.(written as unknown as Draft<KubeObject>)
      return written as unknown as Draft<KubeObject>
    }
    for (let count = 0; count < OBJECTS; count++) {
      const old = make()
      kind.prepareForCreate?.(old)
      const now = make()
      kind.prepareForUpdate?.(now, old as KubeObject, '')
      const [before, after] = [old as KubeObject, now as KubeObject]
      for (const errors of [kind.validate?.(before), kind.validate?.(after, before), kind.validateUpdate?.(after, before)]) {
        for (const error of errors ?? []) assert.match(`${error.field}: ${error.message}`, /^\S.*: \S/)
      }
      kind.validateStatusUpdate?.(after, before)
      kind.warnings?.(after, before)
      kind.specChanged?.(after, before)
      kind.selectableFields?.(after)
      trackUpdate(kind, { old: before, now: after }, { manager: 'fuzz', time: '2026-01-01T00:00:00Z' })
      if (kind.validate?.(after, before)?.length === 0) table(kind, [after], { now: 0, metadata: {} })
      const again = structuredClone(after)
      kind.setDefaults?.(again as Draft<KubeObject>)
      assert.deepEqual(again, after)
    }
  })
}
