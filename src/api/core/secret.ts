import type { Secret } from '../generated/types.gen.ts'
import { defineKind } from '../kinds/define.ts'
import type { Draft } from '../object.ts'
import { age, integer, text } from '../printing/columns.ts'
import { secrets } from '../resources.ts'

const entries = (object: Secret): number => Object.keys(object.data ?? {}).length

export const secret = defineKind<Secret>(secrets, {
  schema: 'io.k8s.api.core.v1.Secret',
  setDefaults,
  selectableFields: (object) => ({ type: object.type ?? '' }),
  columns: [
    text('Type', 'What the Secret is for.', (object) => object.type ?? ''),
    { ...integer('Data', 'How many entries there are.', entries), type: 'string' },
    age,
  ],
})

/** `stringData` is for writing only: it becomes `data`, over what is there. */
function setDefaults(object: Draft<Secret>): void {
  object.type ||= 'Opaque'
  if (!object.stringData) return
  object.data ??= {}
  for (const [key, value] of Object.entries(object.stringData)) object.data[key] = Buffer.from(value).toString('base64')
  delete object.stringData
}
