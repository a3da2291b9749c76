import type { ConfigMap } from '../generated/types.gen.ts'
import { defineKind } from '../kinds/define.ts'
import { age, integer } from '../printing/columns.ts'
import { configMaps } from '../resources.ts'

const entries = (object: ConfigMap): number => Object.keys(object.data ?? {}).length + Object.keys(object.binaryData ?? {}).length

export const configMap = defineKind<ConfigMap>(configMaps, {
  schema: 'io.k8s.api.core.v1.ConfigMap',
  shortNames: ['cm'],
  columns: [{ ...integer('Data', 'How many entries there are.', entries), type: 'string' }, age],
})
