import { difference } from '../../../difference.ts'
import { semanticEqual } from '../../../equal.ts'
import { forbidden, invalid, required } from '../../../field.ts'
import type { Container, NodeAffinity, NodeSelectorTerm, Pod, PodSpec } from '../../../generated/types.gen.ts'
import type { FieldError } from '../../../kind.ts'
import { validateInRange } from '../../../numbers.ts'
import type { Written } from '../../../object.ts'
import { validateImage } from './container.ts'

const MUTABLE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

/** A running Pod is what it was made as, but for a few fields. As upstream's `ValidatePodUpdate`. */
export function validatePodUpdate(pod: Pod, old: Pod): FieldError[] {
  const now = pod.spec ?? { containers: [] }
  const was = old.spec ?? { containers: [] }
  const found = validateMirror(pod, old)
  for (const list of ['containers', 'initContainers'] as const) {
    if ((now[list]?.length ?? 0) !== (was[list]?.length ?? 0)) {
      return [...found, forbidden(`spec.${list}`, 'pod updates may not add or remove containers')]
    }
    found.push(...validateImages(`spec.${list}`, now[list] ?? []))
  }
  const deadline = validateDeadline(now, was)
  found.push(...deadline)
  if (deadline.length > 0 && now.activeDeadlineSeconds !== undefined) return found
  found.push(...validateTolerations(now, was), ...validateSchedulingGates(now, was))
  const gated = (was.schedulingGates?.length ?? 0) > 0
  if (gated) found.push(...validateNodeSelector(now, was), ...validateNodeAffinity(now, was))
  const munged = gated ? withPlacement(withoutChanges(now, was), was) : withoutChanges(now, was)
  if (semanticEqual(munged, was)) return found
  return [...found, forbidden('spec', `${MUTABLE}\n${difference('core.PodSpec', was, munged)}`)]
}

const MIRROR = 'kubernetes.io/config.mirror'

/** Only a kubelet knows what is the mirror of a Pod of its own. */
function validateMirror(
  { metadata: { annotations: now = {} } }: Pod,
  { metadata: { annotations: was = {} } }: Pod,
): FieldError[] {
  if (now[MIRROR] === was[MIRROR]) return []
  const verb = MIRROR in was ? 'remove or update' : 'add'
  return [forbidden(`metadata.annotations[${MIRROR}]`, `may not ${verb} mirror pod annotation`)]
}

const validateImages = (field: string, containers: readonly Container[]): FieldError[] =>
  containers.flatMap((container, index) => [
    ...(container.image ? [] : [required(`${field}[${index}].image`)]),
    ...validateImage(`${field}[${index}]`, container),
  ])

function validateDeadline({ activeDeadlineSeconds: now }: PodSpec, { activeDeadlineSeconds: was }: PodSpec): FieldError[] {
  const field = 'spec.activeDeadlineSeconds'
  if (now === undefined) {
    return was === undefined ? [] : [invalid(field, undefined, 'must not update from a positive integer to nil value')]
  }
  const found = validateInRange(field, now, [0, 2147483647])
  if (found.length > 0 || was === undefined || now <= was) return found
  return [invalid(field, now, 'must be less than or equal to previous value')]
}

/** Old ones stay, though they may last longer or shorter. */
function validateTolerations({ tolerations: now = [] }: PodSpec, { tolerations: was = [] }: PodSpec): FieldError[] {
  const stays = was.every((old) => now.some((one) => semanticEqual({ ...old, tolerationSeconds: one.tolerationSeconds }, one)))
  return stays ? [] : [forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')]
}

/** Gates can only be opened. */
const validateSchedulingGates = ({ schedulingGates: now = [] }: PodSpec, { schedulingGates: was = [] }: PodSpec): FieldError[] =>
  now.flatMap(({ name }, index) => {
    if (was.some((gate) => gate.name === name)) return []
    const rule = `only deletion is allowed, but found new scheduling gate '${name}'`
    return [forbidden(`spec.schedulingGates[${index}].name`, rule)]
  })

/** While a Pod is held back, where it may go can still be narrowed. */
function validateNodeSelector({ nodeSelector: now = {} }: PodSpec, { nodeSelector: was = {} }: PodSpec): FieldError[] {
  if (Object.entries(was).every(([key, value]) => now[key] === value)) return []
  const rule = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)'
  return [invalid('spec.nodeSelector', now, rule)]
}

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution'

const requiredTerms = (affinity: NodeAffinity | undefined): readonly NodeSelectorTerm[] =>
  (affinity?.[REQUIRED] as Written<NonNullable<NodeAffinity[typeof REQUIRED]>> | undefined)?.nodeSelectorTerms ?? []

/** As upstream's `validateNodeAffinityMutation`. */
function validateNodeAffinity({ affinity: now }: PodSpec, { affinity: was }: PodSpec): FieldError[] {
  const field = `spec.affinity.nodeAffinity.${REQUIRED}.nodeSelectorTerms`
  const before = requiredTerms(was?.nodeAffinity)
  const after = requiredTerms(now?.nodeAffinity)
  if (before.length > 0 && before.length !== after.length) {
    return [invalid(field, after, 'no additions/deletions to non-empty NodeSelectorTerms list are allowed')]
  }
  return before.flatMap((term, index) => {
    if (onlyAdds(after[index] ?? {}, term)) return []
    return [invalid(`${field}[${index}]`, after[index], 'only additions are allowed (no mutations or deletions)')]
  })
}

/** A term that asks for nothing matches no node: to add to it would widen it. */
function onlyAdds(now: NodeSelectorTerm, was: NodeSelectorTerm): boolean {
  const lists = ['matchExpressions', 'matchFields'] as const
  if (lists.every((list) => !was[list]?.length)) return lists.every((list) => !now[list]?.length)
  return lists.every((list) => semanticEqual((now[list] ?? []).slice(0, was[list]?.length ?? 0), was[list] ?? []))
}

/** The new spec with everything put back that any Pod may change. */
function withoutChanges(now: PodSpec, was: PodSpec): PodSpec {
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
    schedulingGates: was.schedulingGates,
  } as PodSpec
}

/** The same with where a Pod that is held back may go. */
function withPlacement(now: PodSpec, was: PodSpec): PodSpec {
  const affinity = { ...now.affinity, nodeAffinity: was.affinity?.nodeAffinity }
  const empty = Object.values(affinity).every((one) => one === undefined)
  return { ...now, nodeSelector: was.nodeSelector, affinity: empty ? was.affinity : affinity } as PodSpec
}
