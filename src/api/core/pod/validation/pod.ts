import { duplicate, forbidden, invalid, invalids, notSupported, required } from '../../../field.ts'
import type { Pod, PodSpec, PodTemplateSpec } from '../../../generated/types.gen.ts'
import type { FieldError } from '../../../kind.ts'
import { validateAnnotations, validateLabels } from '../../../metadata.ts'
import { dns1123Label, dns1123Subdomain, qualifiedName } from '../../../names.ts'
import { validateInRange } from '../../../numbers.ts'
import { validateAffinity } from './affinity.ts'
import { validateHostNetwork } from './container.ts'
import { validateContainers, validateImages } from './containers.ts'
import { validateDns, validateHostAliases } from './dns.ts'
import { validateContainerResources, validatePodResources } from './resources.ts'
import { validateHostUsers, validatePodSecurity } from './security.ts'
import { validateSpreading } from './spreading.ts'
import { validateTolerations } from './tolerations.ts'
import { checkVolumes } from './volumes.ts'

/** As upstream's `ValidatePodCreate`; of an update, what it makes of the Pod. */
export function validatePod({ metadata, spec = { containers: [] } }: Pod, old?: Pod): FieldError[] {
  const found = [
    ...validateOwnAnnotations('metadata.annotations', metadata.annotations, spec),
    ...validateSpec('spec', spec, { isPod: true, name: metadata.name ?? '' }),
  ]
  if (old) return found
  if (spec.ephemeralContainers?.length) found.push(forbidden('spec.ephemeralContainers', 'cannot be set on create'))
  if (spec.nodeName && spec.schedulingGates?.length) {
    found.push(forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'))
  }
  return found
}

/** What a workload's Pods will be. As upstream's `ValidatePodTemplateSpec`. */
export function validatePodTemplate(field: string, { metadata = {}, spec = { containers: [] } }: PodTemplateSpec): FieldError[] {
  const found = [
    ...validateLabels(`${field}.labels`, metadata.labels),
    ...validateAnnotations(`${field}.annotations`, metadata.annotations),
    ...validateOwnAnnotations(`${field}.annotations`, metadata.annotations, spec),
    ...validateSpec(`${field}.spec`, spec, { isPod: false, name: '' }),
  ]
  if (!spec.ephemeralContainers?.length) return found
  return [...found, forbidden(`${field}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template')]
}

const MIRROR = 'kubernetes.io/config.mirror'
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost'

/** Annotations that mean something for Pods. As upstream's `ValidatePodSpecificAnnotations`. */
function validateOwnAnnotations(field: string, annotations: Readonly<Record<string, string>> = {}, spec: PodSpec): FieldError[] {
  const found: FieldError[] = []
  if (MIRROR in annotations && !spec.nodeName) {
    const rule = 'must set spec.nodeName if mirror pod annotation is set'
    found.push(invalid(`${field}[${MIRROR}]`, annotations[MIRROR], rule))
  }
  const cost = annotations[DELETION_COST]
  if (cost !== undefined && !isInt32(cost)) found.push(invalid(`${field}[${DELETION_COST}]`, cost, 'must be a 32bit integer'))
  return found
}

/** As Go would write it: no plus sign, no zeros in front. */
const isInt32 = (text: string): boolean => /^(?:0|-?[1-9]\d*)$/.test(text) && Number(text) === (Number(text) | 0)

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never']
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']

interface Whose {
  readonly isPod: boolean
  readonly name: string
}

/** As upstream's `ValidatePodSpec`, in its order. */
function validateSpec(field: string, spec: PodSpec, { isPod, name }: Whose): FieldError[] {
  const { errors, volumes } = checkVolumes(`${field}.volumes`, spec.volumes ?? [], name)
  const around = { spec, volumes, isPod }
  return [
    ...(spec.terminationGracePeriodSeconds === undefined ? [required(`${field}.terminationGracePeriodSeconds`)] : []),
    ...errors,
    ...validateContainers(field, around),
    ...validatePodResources(`${field}.resources`, spec.resources),
    ...validateHostNetwork(field, spec, around),
    ...validateChoice(`${field}.restartPolicy`, spec.restartPolicy, RESTART_POLICIES),
    ...validateChoice(`${field}.dnsPolicy`, spec.dnsPolicy, DNS_POLICIES),
    ...validateLabels(`${field}.nodeSelector`, spec.nodeSelector),
    ...validatePodSecurity(field, spec),
    ...validateAffinity(`${field}.affinity`, spec.affinity),
    ...validateDns(`${field}.dnsConfig`, spec),
    ...validateGates(field, spec),
    ...validateSpreading(`${field}.topologySpreadConstraints`, spec.topologySpreadConstraints ?? []),
    ...validateHostUsers(field, spec),
    ...validateNames(field, spec),
    ...validateRest(field, spec),
    ...(isPod ? validateImages(field, around) : []),
  ]
}

function validateChoice(field: string, value: string | undefined, choices: readonly string[]): FieldError[] {
  if (!value) return [required(field)]
  return choices.includes(value) ? [] : [notSupported(field, value, choices)]
}

function validateGates(field: string, { readinessGates = [], schedulingGates = [] }: PodSpec): FieldError[] {
  const found = readinessGates.flatMap(({ conditionType }, index) =>
    invalids(`${field}.readinessGates[${index}].conditionType`, conditionType ?? '', qualifiedName(conditionType ?? '')),
  )
  for (const [index, { name = '' }] of (schedulingGates as readonly { readonly name?: string }[]).entries()) {
    const at = `${field}.schedulingGates[${index}]`
    found.push(...invalids(at, name, qualifiedName(name)))
    if (schedulingGates.findIndex((gate) => gate.name === name) < index) found.push(duplicate(at, name))
  }
  return found
}

function validateNames(field: string, spec: PodSpec): FieldError[] {
  const rules = {
    serviceAccountName: dns1123Subdomain,
    nodeName: dns1123Subdomain,
    hostname: dns1123Label,
    subdomain: dns1123Label,
    priorityClassName: dns1123Subdomain,
  } as const
  const found = Object.entries(rules).flatMap(([name, rule]) => {
    const value = spec[name as keyof typeof rules] ?? ''
    return value === '' ? [] : invalids(`${field}.${name}`, value, rule(value))
  })
  const { runtimeClassName: runtime } = spec
  if (runtime !== undefined) found.push(...invalids(`${field}.runtimeClassName`, runtime, dns1123Subdomain(runtime)))
  return found
}

const PREEMPTION_POLICIES = ['PreemptLowerPriority', 'Never']
const SYSTEMS = ['linux', 'windows']

function validateRest(field: string, spec: PodSpec): FieldError[] {
  const { activeDeadlineSeconds: deadline, preemptionPolicy, overhead, os } = spec
  const found = [
    ...(deadline === undefined ? [] : validateInRange(`${field}.activeDeadlineSeconds`, deadline, [1, 2147483647])),
    ...validateTolerations(`${field}.tolerations`, spec.tolerations ?? []),
    ...validateHostAliases(`${field}.hostAliases`, spec.hostAliases ?? []),
    ...(preemptionPolicy === undefined ? [] : validateChoice(`${field}.preemptionPolicy`, preemptionPolicy, PREEMPTION_POLICIES)),
    ...(overhead ? validateContainerResources(`${field}.overhead`, { limits: overhead }) : []),
  ]
  if (!os) return found
  if (!os.name) return [...found, required(`${field}.os.name`, 'cannot be empty')]
  return SYSTEMS.includes(os.name) ? found : [...found, notSupported(`${field}.os`, os.name, SYSTEMS)]
}
