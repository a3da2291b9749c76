import { duplicate, forbidden, invalid, invalids, notSupported, required } from '../../../field.ts'
import type {
  Container,
  ContainerPort,
  ContainerResizePolicy,
  EphemeralContainer,
  PodSpec,
} from '../../../generated/types.gen.ts'
import type { FieldError } from '../../../kind.ts'
import { dns1123Label, portName, portNumber } from '../../../names.ts'
import type { Written } from '../../../object.ts'
import { PROTOCOLS } from '../../service/validate-ports.ts'
import { validateEnvironment } from './environment.ts'
import { validateDevices, validateMounts } from './mounts.ts'
import type { Volumes } from './mounts.ts'
import { validateContainerResources } from './resources.ts'
import { validateSecurity } from './security.ts'
import { validatePullPolicy } from './volumes.ts'

/** What a container may refer to, and what it must fit in with. */
export interface Surroundings {
  readonly spec: PodSpec
  readonly volumes: Volumes
  /** False in the template of a workload. */
  readonly isPod: boolean
}

/** What holds for containers of every kind. As upstream's `validateContainerCommon`. */
export function validateContainer(field: string, container: Container | EphemeralContainer, around: Surroundings): FieldError[] {
  const { image = '', name } = container
  const found = name ? invalids(`${field}.name`, name, dns1123Label(name)) : [required(`${field}.name`)]
  if (image === '') found.push(required(`${field}.image`))
  found.push(
    ...validateMessages(`${field}.terminationMessagePolicy`, container.terminationMessagePolicy),
    ...validatePorts(`${field}.ports`, container.ports ?? []),
    ...validateEnvironment(field, container),
    ...validateMounts(`${field}.volumeMounts`, container, around.volumes),
    ...validateDevices(`${field}.volumeDevices`, container, around.volumes),
    ...validatePullPolicy(`${field}.imagePullPolicy`, container.imagePullPolicy),
    ...validateContainerResources(`${field}.resources`, container.resources),
    ...validateResizing(`${field}.resizePolicy`, container.resizePolicy ?? [], around.spec.restartPolicy),
    ...validateSecurity(`${field}.securityContext`, container.securityContext, around.spec.hostUsers),
    ...validateRestarts(field, container),
  )
  return found
}

/** In a template, a blank may stand for what somebody fills in later. As upstream's `validateContainerOnlyForPod`. */
export const validateImage = (field: string, { image = '' }: Container | EphemeralContainer): FieldError[] =>
  image === image.trim() ? [] : [invalid(`${field}.image`, image, 'must not have leading or trailing whitespace')]

const MESSAGES = ['File', 'FallbackToLogsOnError']

function validateMessages(field: string, policy: string | undefined): FieldError[] {
  if (!policy) return [required(field)]
  return MESSAGES.includes(policy) ? [] : [notSupported(field, policy, MESSAGES)]
}

function validatePorts(field: string, ports: readonly ContainerPort[]): FieldError[] {
  const names = new Set<string>()
  return ports.flatMap((port, index) => {
    const at = `${field}[${index}]`
    const { name = '', containerPort = 0, hostPort = 0, protocol = '' } = port as Written<ContainerPort>
    const found: FieldError[] = name === '' ? [] : invalids(`${at}.name`, name, portName(name))
    if (names.has(name)) found.push(duplicate(`${at}.name`, name))
    if (name !== '' && found.length === 0) names.add(name)
    if (containerPort === 0) found.push(required(`${at}.containerPort`))
    else found.push(...invalids(`${at}.containerPort`, containerPort, portNumber(containerPort)))
    if (hostPort !== 0) found.push(...invalids(`${at}.hostPort`, hostPort, portNumber(hostPort)))
    if (protocol === '') found.push(required(`${at}.protocol`))
    else if (!PROTOCOLS.includes(protocol)) found.push(notSupported(`${at}.protocol`, protocol, PROTOCOLS))
    return found
  })
}

/** Upstream names the list and not the policy that is wrong. */
function validateResizing(field: string, policies: readonly ContainerResizePolicy[], restarts = 'Always'): FieldError[] {
  const seen = new Set<string>()
  return policies.flatMap((policy, index) => {
    const { resourceName = '', restartPolicy = '' } = policy as Written<ContainerResizePolicy>
    const found = seen.has(resourceName) ? [duplicate(`${field}[${index}]`, resourceName)] : []
    seen.add(resourceName)
    found.push(...validateChoice(field, resourceName, ['cpu', 'memory']))
    found.push(...validateChoice(field, restartPolicy, ['NotRequired', 'RestartContainer']))
    if (restarts === 'Never' && restartPolicy !== 'NotRequired') {
      found.push(invalid(field, restartPolicy, "must be 'NotRequired' when `restartPolicy` is 'Never'"))
    }
    return found
  })
}

function validateChoice(field: string, value: string, choices: readonly string[]): FieldError[] {
  if (value === '') return [required(field)]
  return choices.includes(value) ? [] : [notSupported(field, value, choices)]
}

const RESTARTS = ['Always', 'Never', 'OnFailure']

/** A container's own rule of when it is started anew (KEP-5307). */
function validateRestarts(
  field: string,
  { restartPolicy, restartPolicyRules = [] }: Container | EphemeralContainer,
): FieldError[] {
  const at = `${field}.restartPolicy`
  const found: FieldError[] = []
  if (restartPolicy === undefined) {
    if (restartPolicyRules.length > 0) found.push(required(at, 'must specify restartPolicy when restart rules are used'))
  } else if (!RESTARTS.includes(restartPolicy)) found.push(notSupported(at, restartPolicy, RESTARTS))
  for (const [index, { exitCodes }] of restartPolicyRules.entries()) {
    const { operator = '' } = (exitCodes ?? {}) as Written<NonNullable<typeof exitCodes>>
    if (operator === 'In' || operator === 'NotIn') continue
    found.push(notSupported(`${field}.restartPolicyRules[${index}].exitCodes.operator`, operator, ['In', 'NotIn']))
  }
  return found
}

/** Two containers can't have one port of the node. As upstream's `checkHostPortConflicts`. */
export function validateHostPorts(field: string, containers: readonly Container[]): FieldError[] {
  const taken = new Set<string>()
  return containers.flatMap(({ ports = [] }, container) =>
    ports.flatMap(({ protocol = '', hostIP = '', hostPort = 0 }, index) => {
      const key = `${protocol}/${hostIP}/${hostPort}`
      if (hostPort === 0) return []
      if (taken.has(key)) return [duplicate(`${field}[${container}].ports[${index}].hostPort`, key)]
      taken.add(key)
      return []
    }),
  )
}

/** On the node's own network a port can't be another one outside. As upstream's `validatePodHostNetworkDeps`. */
export function validateHostNetwork(field: string, { hostNetwork, containers }: PodSpec, { isPod }: Surroundings): FieldError[] {
  if (!hostNetwork) return []
  return (containers ?? []).flatMap(({ ports = [] }, container) =>
    ports.flatMap(({ hostPort = 0, containerPort }, index) => {
      if (hostPort === containerPort || (hostPort === 0 && !isPod)) return []
      const at = `${field}.containers[${container}].ports[${index}].hostPort`
      return [invalid(at, hostPort, 'must match `containerPort` when `hostNetwork` is true')]
    }),
  )
}

export const forbidAll = (field: string, names: readonly string[], rule: string): FieldError[] =>
  names.map((name) => forbidden(`${field}.${name}`, rule))
