import { semanticEqual } from '../../equal.ts'
import { forbidden, invalid, required } from '../../field.ts'
import type { Container, Pod, PodSpec } from '../../generated/types.gen.ts'
import type { FieldError } from '../../kind.ts'
import type { Written } from '../../object.ts'

const MUTABLE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

/** A running Pod is what it was made as, but for a few fields. As upstream's `ValidatePodUpdate`, without its listing of differences. */
export function validatePodUpdate(pod: Pod, old: Pod): FieldError[] {
  const now = pod.spec ?? { containers: [] }
  const was = old.spec ?? { containers: [] }
  for (const list of ['containers', 'initContainers'] as const) {
    if ((now[list]?.length ?? 0) !== (was[list]?.length ?? 0)) {
      return [forbidden(`spec.${list}`, 'pod updates may not add or remove containers')]
    }
  }
  const found = [...validateImages(now), ...validateDeadline(now, was)]
  if (!keepsTolerations(now, was) || !semanticEqual(fixed(now, was), was)) found.push(forbidden('spec', MUTABLE))
  return found
}

const validateImages = ({ containers = [] }: Written<PodSpec>): FieldError[] =>
  containers.flatMap(({ image }, index) => (image ? [] : [required(`spec.containers[${index}].image`)]))

function validateDeadline({ activeDeadlineSeconds: now }: PodSpec, { activeDeadlineSeconds: was }: PodSpec): FieldError[] {
  const field = 'spec.activeDeadlineSeconds'
  if (was === undefined || now === was) return []
  if (now === undefined) return [invalid(field, undefined, 'must not update from a positive integer to nil value')]
  return now <= was ? [] : [invalid(field, now, 'must be less than or equal to previous value')]
}

const keepsTolerations = (now: PodSpec, was: PodSpec): boolean =>
  (was.tolerations ?? []).every((toleration) => now.tolerations?.some((other) => semanticEqual(other, toleration)))

/** The new spec with everything put back that may change. */
function fixed(now: PodSpec, was: PodSpec): PodSpec {
  const images = (list: readonly Container[] | undefined, before: readonly Container[] | undefined) =>
    list?.map((container, index) => ({ ...container, image: before?.[index]?.image }))
  const { terminationGracePeriodSeconds: grace } = was
  return {
    ...now,
    containers: images(now.containers, was.containers) ?? [],
    initContainers: images(now.initContainers, was.initContainers),
    activeDeadlineSeconds: was.activeDeadlineSeconds,
    tolerations: was.tolerations,
    ...(grace !== undefined && grace < 0 && now.terminationGracePeriodSeconds === 1 && { terminationGracePeriodSeconds: grace }),
    // Gates can only be opened.
    schedulingGates: opensGates(now, was) ? was.schedulingGates : now.schedulingGates,
  } as PodSpec
}

const opensGates = ({ schedulingGates: now = [] }: PodSpec, { schedulingGates: was = [] }: PodSpec): boolean =>
  now.every((gate) => was.some(({ name }) => name === gate.name))
