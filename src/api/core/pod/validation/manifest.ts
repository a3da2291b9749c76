/** For tests: what becomes of a Pod on its way to validation. */
import { fieldErrorText } from '../../../field.ts'
import type { Pod } from '../../../generated/types.gen.ts'
import type { Draft } from '../../../object.ts'
import { setPodDefaults } from '../defaults.ts'
import { validatePod } from './pod.ts'
import { validatePodUpdate } from './update.ts'

export interface Manifest {
  readonly annotations?: Readonly<Record<string, string>>
  /** Anything a user may write; one container `c` of the image `i` is put in front. */
  readonly spec?: object
}

function written({ annotations, spec = {} }: Manifest): Pod {
  const draft = structuredClone({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'pod', namespace: 'default', ...(annotations && { annotations }) },
    spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
  }) as Draft<Pod>
  setPodDefaults(draft)
  return draft as Pod
}

/** Everything the API server would say about a new Pod, as kubectl prints it. */
export const complaints = (manifest: Manifest): string[] => validatePod(written(manifest)).map(fieldErrorText)

/** Everything it would say about the change from one Pod to another. */
export function complaintsOfUpdate(before: Manifest, after: Manifest): string[] {
  const [old, now] = [written(before), written(after)]
  return [...validatePodUpdate(now, old), ...validatePod(now, old)].map(fieldErrorText)
}
