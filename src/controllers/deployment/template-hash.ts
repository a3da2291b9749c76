import type { PodTemplateSpec } from '../../api/index.ts'
import { canonical, nameHash } from '../name-hash.ts'

export const TEMPLATE_HASH = 'pod-template-hash'

/** What a ReplicaSet's name ends in: the same for the same template. */
export const templateHash = (template: PodTemplateSpec | undefined, collisions = 0): string => nameHash(template, collisions)

/** Whether two templates are the same but for the hash that a ReplicaSet's carries. */
export const sameTemplate = (a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean =>
  canonical(withoutHash(a)) === canonical(withoutHash(b))

function withoutHash(template: PodTemplateSpec | undefined): PodTemplateSpec | undefined {
  const { [TEMPLATE_HASH]: _, ...labels } = template?.metadata?.labels ?? {}
  return template && { ...template, metadata: { ...template.metadata, labels } }
}
